/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "lanes_kit.h"

#include "base/out.h"
#include "lanes.h"
#include "outcome.h"
#include "pace/ramp.h"
#include "pacing.h"

const struct part_warmup lanes_warm = { .plan = "standard", .mailbox_plan = "standard" };

void lanes_kit_set(struct scope *sc, struct agent_kit *ak, struct part_warmup part)
{
	const struct ramp_plan *standard = NULL;
	struct part_plan plan = { "standard", 3, NULL };
	struct out o;

	OK(ramp_builtin(sc, "standard", &standard));
	out_init(&o, sc->mem);
	ramp_format(&o, standard);
	plan.text = o.data;
	part.plans = &plan;
	part.plan_count = 1;
	OK(lanes_set(&ak->scope, ak->agent.lanes, wire_put_warmup(sc, &part)));
}

void lanes_kit_box(struct agent_kit *ak)
{
	struct part_mailbox box = { .id = KIT_MAILBOX,
		.address = KIT_ADDRESS,
		.cap = 1000,
		.days = 127,
		.to_minute = 1440,
		.state = "active",
		.by = "tenant" };

	pacing_set_mailboxes(ak->agent.pacing, &(struct part_mailboxes){ &box, 1 });
}

void lanes_kit_open(
	struct scope *sc, struct kit *kit, struct agent_kit *ak, struct part_warmup part)
{
	agent_kit_open(sc, kit, ak);
	lanes_kit_box(ak);
	lanes_kit_set(sc, ak, part);
}

/* A restart reads the part back as parts.c does. */
void lanes_kit_restart(struct scope *sc, struct agent_kit *ak, struct part_warmup part)
{
	agent_kit_restart(ak);
	lanes_kit_box(ak);
	lanes_kit_set(sc, ak, part);
}

void lanes_kit_take(struct agent_kit *ak, int64_t id, int n, const char *provider)
{
	for (int i = 0; i < n; i++) {
		struct wire_item put = agent_kit_put(ak, id + i);

		put.provider = provider;
		put.follow_up = true;
		CHECK_INT(agent_kit_take(ak, &put), TAKEN_STORED);
	}
}

static enum err go(struct scope *sc, void *arg)
{
	const struct pacing_pick *pick = arg;
	const struct agent *a = agent_of(sc);
	enum err e = pacing_store(sc, a->pacing, pick);

	for (size_t i = 0; i < pick->go_count && !e; i++) {
		bool moved;

		e = spool_intend(sc, pick->go[i].id, &moved);
		if (!e)
			e = outcome_found(sc, pick->go[i].id,
				arena_printf(sc->mem, "Q%lld", (long long)pick->go[i].id));
	}
	return e ? e : lanes_store(sc, a->lanes);
}

/* Everything that may leave now is in Postfix; how many these are. */
int lanes_kit_send(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct pacing_pick pick;

	OK(pacing_pick(sc, ak->agent.pacing, 200, &pick));
	agent_kit_write(ak, go, &pick);
	pacing_keep(ak->agent.pacing, &pick);
	lanes_keep(ak->agent.lanes);
	return (int)pick.go_count;
}

static enum err logged(struct scope *sc, void *arg)
{
	enum err e = outcome_logged(sc, arg);

	return e ? e : lanes_store(sc, agent_of(sc)->lanes);
}

void lanes_kit_say(struct agent_kit *ak, int64_t id, enum logline_kind kind, int code,
	const char *status, const char *text)
{
	struct logline line = { .kind = kind,
		.queue_id = arena_printf(ak->scope.mem, "Q%lld", (long long)id),
		.status = status,
		.code = code,
		.text = text };

	agent_kit_write(ak, logged, &line);
	lanes_keep(ak->agent.lanes);
}
