/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow.h"

#include <stdlib.h>

/* One per program: tests are run one after another, and what is shared is slow to start. */
static struct lab *shared;
static bool mailers_run;

static void close_shared(void)
{
	lab_close(shared);
	shared = NULL;
}

enum lab_db flow_db(void)
{
	return str_eq(getenv("DB"), "postgres") ? LAB_POSTGRES : LAB_SQLITE;
}

static struct lab *open_shared(struct scope *sc)
{
	const struct lab_config c = { .db = flow_db(), .rate = 1, .keep = getenv("KEEP") != NULL };

	if (!shared) {
		OK(lab_open(sc, &c, &shared));
		atexit(close_shared);
	}
	return shared;
}

struct lab *flow_mailers(struct scope *sc)
{
	struct lab *l = open_shared(sc);

	if (!mailers_run) {
		OK(sink_start(sc, l));
		OK(postfix_start(sc, l));
		mailers_run = true;
	}
	return l;
}

void flow_mail(struct scope *sc, struct lab *l, const char *from, const char *to)
{
	const char *const argv[] = { "smtp-source", "-m", "1", "-f", from, "-t", to,
		arena_printf(sc->mem, "127.0.0.1:%d", l->smtp_port), NULL };
	struct proc_spec spec = { "smtp-source", argv, NULL, NULL, 0, 0 };

	OK(proc_run(sc, &spec, 20000, NULL));
}
