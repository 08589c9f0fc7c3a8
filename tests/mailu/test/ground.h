/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The MailU of the tests: its site in a folder, the desired parts, and questions to what runs. One
 * is shared by all tests of a run, which go in the order they stand; it is gone with the machine.
 */
#ifndef TESTS_MAILU_GROUND_H
#define TESTS_MAILU_GROUND_H

#include <stdatomic.h>
#include <sys/types.h>

#include "kit.h"
#include "mailu/stack.h"
#include "mailu/work.h"

#define OUR_ADDRESS   "198.51.100.10" /* of this machine in its little world */
#define SINK_ADDRESS  "198.51.100.25" /* dest.example and other.example */
#define GROUND_DOCKER "/run/docker.sock"

struct ground {
	char root[64], folder[64];
	struct mailu_site site;
	struct part_mailu part;
	struct part_accounts accounts;
	struct engine *engine; /* owned */
	atomic_bool stop;
	struct stack stack;
	struct work *work; /* owned */
	struct clock clock;
	struct world world; /* with the real clock */
	char *good;         /* owned; what was applied last */
};

/* Nothing runs, nothing is kept from the tests before. */
struct ground *ground_fresh(struct scope *sc);
/* As it stands. */
struct ground *ground_of(struct scope *sc);
/* It runs as it was left; brought up where it does not. */
struct ground *ground_up(struct scope *sc);
/* Applies g->part as the agent does; with KEEP what was applied last stands behind it. */
struct work_result ground_apply(struct scope *sc, struct ground *g, bool keep);

/* Settles g->accounts as the agent does; *OBJECTS may be NULL. */
struct work_result ground_settle(struct scope *sc, struct ground *g, struct objects *objects);
/* A question to MailU's API with the right token; what it said, whatever its status. */
enum err ground_api(struct scope *sc, struct ground *g, const char *method, const char *path,
	const char *body, const struct json **json) MUST;

/* The container of SERVICE; fails the test where there is none. */
struct box ground_box(struct scope *sc, struct ground *g, const char *service);
/* SERVICE has restarted by itself more than BEFORE times. */
void ground_await_restart(struct scope *sc, struct ground *g, const char *service, int64_t before);
/* What a shell in SERVICE says to COMMAND. */
const char *ground_exec(
	struct scope *sc, struct ground *g, const char *service, const char *command);
/* COMMAND on this machine; its output. */
const char *ground_run(struct scope *sc, const char *command);
bool ground_answers(const char *address, int port);
/* A descriptor that listens there. */
int ground_listen(const char *address, int port);
/* The same at a socket in the file system. */
int ground_listen_unix(const char *path);
/* A process that answers whoever comes to the descriptor FD in HTML; to be ended by SIGKILL. */
pid_t ground_answer_html(int fd);
/* The file PATH of the site. */
const char *ground_text(struct scope *sc, struct ground *g, const char *path);

#endif
