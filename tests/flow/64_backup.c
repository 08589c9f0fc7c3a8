/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * docs/backup.md, word by word, while a campaign is on its way: its commands are read from the
 * document and run as they stand, with the places of the lab for those of a machine. Then the
 * campaign ends exactly. And a copy of one kind of database fills the other kind.
 */
#include "flow.h"

#include "base/out.h"
#include "double/s3.h"

#define FINISH_MS 60000
#define PEOPLE    40
#define GAP       (2 * HOUR_MS) /* 0.4 s: it is on its way still when a slow backup is done */

struct ride {
	struct company *c;
	const char *name, *campaign, *mailbox;
	const char *path; /* of programs that stand for the machine's */
	bool from_store;
};

/* ---- the document ---- */

/* The Nth group of indented lines of a section. */
static const char *block(struct scope *sc, struct lab *l, const char *section, int n)
{
	const char *path = arena_printf(sc->mem, "%s/../../docs/backup.md", l->bin);
	bool inside = false, on = false;
	struct bytes doc = { 0 };
	struct out o;

	OK(lab_read(sc, path, &doc));
	out_init(&o, sc->mem);
	for (const char *at = arena_copy(sc->mem, doc.data, doc.len); *at;) {
		size_t len = strcspn(at, "\n");
		bool indented = str_starts(at, "    ");

		if (str_starts(at, "## "))
			on = str_eq(arena_copy(sc->mem, at + 3, len - 3), section);
		if (on && indented && !inside)
			n--;
		if (on && indented && n == 0)
			out_bytes(&o, at + 4, len + 1 - 4);
		inside = indented;
		at += len + (at[len] == '\n');
	}
	NEED(o.data != NULL);
	return o.data;
}

static const char *replace(struct scope *sc, const char *text, const char *from, const char *to)
{
	struct out o;
	const char *at;

	out_init(&o, sc->mem);
	while ((at = strstr(text, from))) {
		out_bytes(&o, text, (size_t)(at - text));
		out_text(&o, to);
		text = at + strlen(from);
	}
	out_text(&o, text);
	return o.data;
}

/* The machine's places, and the database's name, as they are here. */
static const char *here(struct scope *sc, const struct ride *r, const char *text)
{
	struct lab *l = r->c->lab;
	const char *places[][2] = { { " \\\n", " " },
		{ "/var/lib/penguin-hub/hub.db",
			arena_printf(sc->mem, "%s/hub/%s.db", l->folder, l->database) },
		{ "/before", arena_printf(sc->mem, "/before-%s", r->name) },
		{ "/var/lib/penguin-hub", lab_path(l, "hub") },
		{ "penguin_before", arena_printf(sc->mem, "before_%s", r->name) },
		{ "DATABASE penguin ", arena_printf(sc->mem, "DATABASE %s ", l->database) },
		{ "/var/backups/penguin-hub", lab_path(l, r->name) },
		{ "/etc/penguin-hub", arena_printf(sc->mem, "%s/etc-%s", l->folder, r->name) },
		/* "From the store it is …" */
		{ r->from_store ? "--from " : "\1", "--from s3:hub.backup --instead-of=" },
		{ r->from_store ? "hub.keys" : "\1", "s3.keys" } };

	for (size_t i = 0; i < COUNT(places); i++)
		text = replace(sc, text, places[i][0], places[i][1]);
	return text;
}

/* ---- the machine ---- */

/* Users are one here, and what speaks to PostgreSQL speaks to the lab's. */
static void make_machine(struct scope *sc, struct ride *r)
{
	struct lab *l = r->c->lab;
	const char *folder = lab_path(l, arena_printf(sc->mem, "bin-%s", r->name));
	const char *const programs[][2] = { { "sudo", "shift 2; exec \"$@\"" },
		{ "chown", "exit 0" },
		{ "install", "while [ $# -gt 1 ]; do shift; done; exec mkdir -p \"$1\"" },
		{ "penguin-hub",
			arena_printf(sc->mem,
				"for a; do shift; case $a in --instead-of=*) ;; *) set -- \"$@\" "
				"\"$a\" ;; esac; done; exec '%s/penguin-hub' --config '%s' \"$@\"",
				l->bin, l->hub_config) },
		{ "psql", arena_printf(sc->mem,
				  "exec /usr/bin/psql -q -h '%s/pg' -p %d -U postgres \"$@\"",
				  l->folder, l->pg_port) } };
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "mkdir -p '%s' '%s/etc-%s'\n", folder, l->folder, r->name);
	for (size_t i = 0; i < COUNT(programs); i++)
		out_printf(&o, "cat >'%s/%s' <<'END'\n#!/bin/sh\n%s\nEND\nchmod +x '%s/%s'\n",
			folder, programs[i][0], programs[i][1], folder, programs[i][0]);
	r->path = "";
	OK(proc_run(sc,
		&(struct proc_spec){ "sh", (const char *const[]){ "sh", "-ec", o.data, NULL },
			lab_path(l, "log/doc.log"), NULL, 0, 0 },
		10000, NULL));
	r->path = folder;
}

static void run_line(struct scope *sc, const struct ride *r, const char *line)
{
	struct lab *l = r->c->lab;
	const char *command = arena_printf(sc->mem, "PATH='%s':$PATH\n%s", r->path, line);
	const char *const argv[] = { "sh", "-ec", command, NULL };
	struct proc_spec spec = { line, argv, lab_path(l, "log/doc.log"), NULL, 0, 0 };

	if (str_eq(line, "systemctl stop penguin-hub"))
		lab_stop_part(l, &l->hub);
	else if (str_eq(line, "systemctl start penguin-hub"))
		OK(hub_start(sc, l));
	else
		OK(proc_run(sc, &spec, 60000, NULL));
}

/* Each command of a block, one after another, as somebody would type it. */
static void follow(struct scope *sc, const struct ride *r, const char *section, int n)
{
	const char *text = here(sc, r, block(sc, r->c->lab, section, n));

	while (*text) {
		size_t len = strcspn(text, "\n");

		run_line(sc, r, arena_copy(sc->mem, text, len));
		text += len + (text[len] == '\n');
	}
}

/* ---- the campaign beside it ---- */

static struct ride begin(struct scope *sc, const char *name, bool from_store)
{
	struct ride r = { .c = flow_company(sc), .name = name, .from_store = from_store };

	r.mailbox = flow_mailbox(sc, r.c, GAP);
	r.campaign = flow_launch(
		sc, r.c, flow_people(sc, r.c, name, "inbox.test", PEOPLE), r.mailbox, 2);
	make_machine(sc, &r);
	follow(sc, &r, "Once", 1);
	NEED(WAIT_FOR(flow_accepted(sc, r.c->lab, name, NULL) >= 5, FINISH_MS));
	return r;
}

/* Mails go on for a while, then the machine is set back. */
static void restore(struct scope *sc, const struct ride *r)
{
	int64_t sent = flow_accepted(sc, r->c->lab, r->name, NULL);

	NEED(WAIT_FOR(flow_accepted(sc, r->c->lab, r->name, NULL) >= sent + 5, FINISH_MS));
	NEED(!flow_is(sc, r->c, r->campaign, "finished"));
	follow(sc, r, "Restoring", flow_db() == LAB_SQLITE ? 1 : 2);
}

static void check_end(struct scope *sc, const struct ride *r)
{
	int64_t twice;

	flow_hurry(sc, r->c, r->mailbox);
	NEED(WAIT_FOR(flow_is(sc, r->c, r->campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, r->c, r->campaign);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "delivered"), 2 * PEOPLE);
	CHECK_INT(flow_accepted(sc, r->c->lab, r->name, &twice), 2 * PEOPLE);
	CHECK_INT(twice, 0);
}

TEST(the_document_on_backups_followed_word_by_word_ends_a_campaign_exactly)
{
	struct ride r = begin(sc, "wordbyword", false);

	follow(sc, &r, "Making one", 1);
	restore(sc, &r);
	check_end(sc, &r);
}

/* The keys that the document says to set, with the test's store. */
static void set_store(struct scope *sc, const struct ride *r, const struct s3_double *store)
{
	struct lab *l = r->c->lab;
	const char *text = here(sc, r, block(sc, l, "Making one", 2));
	struct bytes config = { 0 };

	text = replace(sc, text, "https://s3.example.com",
		arena_printf(sc->mem, "http://127.0.0.1:%d", s3_double_port(store)));
	text = replace(sc, text, "us-east-1", S3_DOUBLE_REGION);
	text = replace(sc, text, "\342\200\246", S3_DOUBLE_KEY);
	OK(lab_read(sc, l->hub_config, &config));
	OK(lab_write(sc, l->hub_config,
		arena_printf(sc->mem, "%.*s%s", (int)config.len, (const char *)config.data, text)));
	OK(lab_write(sc, arena_printf(sc->mem, "%s/etc-%s/s3.secret", l->folder, r->name),
		S3_DOUBLE_SECRET "\n"));
}

TEST(a_hub_comes_back_from_a_store_as_the_document_says)
{
	struct s3_double *store = s3_double_start(NULL, NULL);
	struct ride r = begin(sc, "fromstore", true);

	set_store(sc, &r, store);
	follow(sc, &r, "Making one", 3);
	CHECK_INT(s3_double_objects(store), 1);
	restore(sc, &r);
	OK(hub_configure(sc, r.c->lab, r.c->lab->database));
	s3_double_stop(store);
	check_end(sc, &r);
}

/* ---- from one kind of database to the other ---- */

static int64_t mass(struct scope *sc, struct lab *l)
{
	return lab_number(sc, l,
		"SELECT (SELECT count(*) FROM contact) * 1000000 + (SELECT count(*) FROM message) * "
		"1000 + (SELECT count(*) FROM campaign)");
}

static void move(struct scope *sc, struct lab *l, enum lab_db to, const char *name)
{
	const char *at = lab_path(l, arena_printf(sc->mem, "moved-%s", name));
	const char *keys = arena_printf(sc->mem, "%s.keys", at), *seal = lab_path(l, "moved.seal");

	OK(HUB_RUN(sc, l, NULL, "backup", "--out", at, "--keys", keys, "--key-file", seal));
	l->config.db = to;
	OK(database_make(sc, l, name));
	OK(hub_configure(sc, l, name));
	OK(HUB_RUN(sc, l, NULL, "restore", "--from", at, "--keys", keys, "--key-file", seal));
}

TEST(a_backup_moves_from_postgresql_to_sqlite_and_back)
{
	struct company *c;
	const char *mailbox, *id;
	struct lab *l;
	int64_t before;

	if (flow_db() != LAB_POSTGRES)
		return;
	c = flow_company(sc);
	l = c->lab;
	mailbox = flow_mailbox(sc, c, 0);
	id = flow_launch(sc, c, flow_people(sc, c, "moved", "inbox.test", 4), mailbox, 1);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	OK(HUB_RUN(sc, l, NULL, "master-key", lab_path(l, "moved.seal")));
	lab_stop_part(l, &l->hub);
	before = mass(sc, l);
	move(sc, l, LAB_SQLITE, "moved_there");
	CHECK_INT(mass(sc, l), before);
	/* On SQLite it is the same hub, to which its appliance comes back. */
	OK(hub_start(sc, l));
	flow_check_exact(sc, c, id);
	OK(company_wait_online(sc, c));
	id = flow_launch(sc, c, flow_people(sc, c, "onsqlite", "inbox.test", 4), mailbox, 1);
	CHECK(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	lab_stop_part(l, &l->hub);
	before = mass(sc, l);
	move(sc, l, LAB_POSTGRES, "moved_back");
	CHECK_INT(mass(sc, l), before);
	OK(hub_start(sc, l));
	flow_check_exact(sc, c, id);
	OK(company_wait_online(sc, c));
	id = flow_launch(sc, c, flow_people(sc, c, "backhome", "inbox.test", 4), mailbox, 1);
	CHECK(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	CHECK_INT(flow_accepted(sc, l, "backhome", NULL), 4);
}
