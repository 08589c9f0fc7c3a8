/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A whole installation on loopback in a folder of its own: database, broker, mail server, the rest
 * of the world (the sink), hub and agent. Everything is the real program. It is gone with the
 * process that opened it, also when that process crashes.
 */
#ifndef WORLD_LAB_H
#define WORLD_LAB_H

#include "proc.h"

enum lab_db { LAB_SQLITE, LAB_POSTGRES };

struct lab_config {
	enum lab_db db;
	int64_t rate;         /* of the plan clock; 0 means 1 */
	const char *bin;      /* folder of the programs; NULL: where this program lies */
	const char *rules;    /* the sink's rules file's text; NULL accepts everybody */
	const char *hub_more; /* further lines of the hub's configuration, or NULL */
	const char *agent_more;
	int port;              /* of the dashboard; 0 takes a free one */
	const char *sink_host; /* NULL: 127.0.0.1 and a free port; else its port 25 */
	bool keep;             /* the folder stays, for looking at logs */
};

/* Where things are. Texts live as long as the lab. */
struct lab {
	struct lab_config config;
	struct arena *mem; /* owned */
	struct janitor *janitor;
	const char *folder;
	const char *bin;
	const char *hub_config, *agent_config; /* files */
	const char *database;                  /* its name: a file's stem, or PostgreSQL's */
	const char *app_url;
	const char *record, *rules, *mails; /* the sink's */
	const char *mail_log;               /* Postfix's */
	int http_port, agents_port, broker_port, broker_agent_port, smtp_port, sink_port, pg_port;
	/* Files that set the clock of the hub or agent that starts next, by the seconds they say
	   ("+0", "-600"); or NULL. */
	const char *hub_clock, *agent_clock;
	struct proc hub, agent, broker, sink, postfix, postgres;
	int postfix_in, postfix_out; /* commands to its keeper, and its answers */
};

/* Folder, ports and files; nothing runs yet. */
enum err lab_open(struct scope *sc, const struct lab_config *c, struct lab **out) MUST;
/* Stops what runs and removes the folder. Accepts NULL. */
void lab_close(struct lab *l);
/* FOLDER/NAME in the lab's memory. */
const char *lab_path(struct lab *l, const char *name);
/* The end of a part's log, for messages of failed tests. */
const char *lab_log_tail(struct scope *sc, struct lab *l, const char *part);
/* Somewhere in a part's log. */
bool lab_log_says(struct scope *sc, struct lab *l, const char *part, const char *what);

/* Everything in order, up to an enrolled, connected agent of appliance NAME in tenant TENANT. */
enum err lab_start_base(struct scope *sc, struct lab *l) MUST; /* all but tenant and agent */

/* ---- the parts; each start returns when the part answers ---- */

enum err sink_start(struct scope *sc, struct lab *l) MUST;
/* New rules take effect for what comes from now on. */
enum err sink_rules(struct scope *sc, struct lab *l, const char *text) MUST;

enum err postfix_start(struct scope *sc, struct lab *l) MUST;
/* COMMAND: start, stop, kill (the whole tree, -9), flush. */
enum err postfix_do(struct scope *sc, struct lab *l, const char *command) MUST;

enum err postgres_start(struct scope *sc, struct lab *l) MUST;
/* SQL as the owner of the database; output in psql's unaligned form. */
enum err postgres_run(struct scope *sc, struct lab *l, const char *sql, const char **output) MUST;

/* Writes the hub's configuration, the broker's by `broker-sync`, and migrates the database. */
enum err hub_prepare(struct scope *sc, struct lab *l) MUST;
/* Writes the hub's configuration for DATABASE, which becomes the lab's. */
enum err hub_configure(struct scope *sc, struct lab *l, const char *database) MUST;
/* An empty database of that name (PostgreSQL; a file of SQLite makes itself). */
enum err database_make(struct scope *sc, struct lab *l, const char *name) MUST;
enum err hub_start(struct scope *sc, struct lab *l) MUST;
/* Runs `penguin-hub --config … ARGS`; *OUTPUT without its last line end. */
enum err hub_run(
	struct scope *sc, struct lab *l, const char *const *args, const char **output) MUST;
#define HUB_RUN(sc, lab, output, ...)                                                              \
	hub_run(sc, lab, (const char *const[]){ __VA_ARGS__, NULL }, output)

enum err broker_start(struct scope *sc, struct lab *l) MUST;

/* With a one-time TOKEN; writes the agent's configuration too. */
enum err agent_enrol(struct scope *sc, struct lab *l, const char *token) MUST;
/* A stranger's attempt, with a configuration of its own. */
enum err agent_enrol_as(
	struct scope *sc, struct lab *l, const char *config, const char *token) MUST;
enum err agent_start(struct scope *sc, struct lab *l) MUST;

/* One statement on the hub's database, past the hub; the output in columns parted by '|'. */
enum err lab_sql(struct scope *sc, struct lab *l, const char *sql, const char **output) MUST;
/* Its one number; -1 when there is none. */
int64_t lab_number(struct scope *sc, struct lab *l, const char *sql);

/* SIGTERM with time to drain; and SIGKILL. */
void lab_stop_part(struct lab *l, struct proc *p);
void lab_kill_part(struct lab *l, struct proc *p);

/* ---- what the sink received ---- */

struct got {
	const char *what; /* accepted, refused, deferred, closed, dropped */
	int64_t at;       /* real ms */
	const char *message_id, *rcpt, *sender, *queue_id, *reply, *file;
	int64_t size;
};
enum err got_list(struct scope *sc, struct lab *l, struct got **rows, size_t *n) MUST;
/* How many were accepted for RCPT (all when NULL). */
size_t got_accepted(struct scope *sc, struct lab *l, const char *rcpt);
/* The newest accepted mail for RCPT, whole. ERR_MISSING when there is none. */
enum err got_mail(struct scope *sc, struct lab *l, const char *rcpt, const char **mail) MUST;

#endif
