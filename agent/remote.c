/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "remote.h"

#include "agent.h"
#include "link.h"
#include "scorer.h"
#include "vault.h"

/* Says again what it has and how it is: for an operator who doubts what the page shows. */
static enum err refresh(struct scope *sc, const struct wire_command *m, struct wire_result *result)
{
	link_refresh(sc, agent_of(sc)->link);
	return ERR_NONE;
}

static const struct kind {
	const char *name;
	enum err (*run)(struct scope *sc, const struct wire_command *m, struct wire_result *result);
} kinds[] = {
	{ "refresh", refresh },
};

static const struct kind *find(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool remote_run(struct scope *sc, const struct wire_command *m, struct wire_result *result)
{
	const struct kind *k = find(m->kind);

	*result = (struct wire_result){ .id = m->id, .state = "done" };
	if (m->expires <= now_real(sc).ms) {
		result->state = "expired";
	} else if (str_eq(m->kind, "score")) {
		scorer_ask(sc, agent_of(sc)->scorer, m);
		return false;
	} else if (str_eq(m->kind, "backup")) {
		vault_ask(sc, agent_of(sc)->vault, m);
		return false;
	} else if (!k) {
		result->state = "unsupported";
	} else if (k->run(sc, m, result) != ERR_NONE) {
		result->state = "failed";
		result->reason = sc->why;
		scope_clear(sc);
	}
	return true;
}
