/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "scorer.h"

#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "errand.h"
#include "link.h"
#include "mailu/score.h"

struct scorer {
	struct agent *agent;   /* borrowed */
	struct errand *errand; /* owned */
	int64_t id;            /* of the command */
	const char *args, *body;
};

static enum err ask(struct scope *sc, void *arg)
{
	struct scorer *s = arg;
	struct http *http = http_new();
	enum err e = score_ask(sc, http, (int)s->agent->config->mailu_scan_port, s->args, &s->body);

	http_free(http);
	return e;
}

static void on_done(struct scope *sc, void *arg, enum err e)
{
	const struct scorer *s = arg;
	const struct wire_result result = { .id = s->id,
		.state = e ? "failed" : "done",
		.reason = e ? sc->why : NULL,
		.body = e ? NULL : s->body };

	link_answer(sc, s->agent->link, &result);
}

enum err scorer_start(struct scope *sc, struct scorer **out)
{
	struct scorer *s = calloc(1, sizeof *s);
	enum err e;

	if (!s)
		abort();
	s->agent = agent_of(sc);
	e = errand_open(sc, "score", &s->errand);
	if (e)
		free(s);
	else
		*out = s;
	return e;
}

void scorer_stop(struct scorer *s)
{
	if (!s)
		return;
	errand_close(s->errand);
	free(s);
}

void scorer_ask(struct scope *sc, struct scorer *s, const struct wire_command *m)
{
	struct scope *own;

	if (errand_is_busy(s->errand))
		return;
	own = errand_scope(s->errand);
	s->id = m->id;
	s->args = m->args ? arena_text(own->mem, m->args) : NULL;
	s->body = NULL;
	if (errand_run(sc, s->errand, ask, on_done, s)) {
		errand_drop(s->errand);
		log_failure(sc, "starting a thread to score a mail");
	}
}
