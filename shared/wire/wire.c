/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "wire/wire.h"

#include <string.h>

#include "base/id.h"
#include "wire/names.h"

#define TOPIC_ROOT "pm/1/"

const char *const wire_type_names[WIRE_TYPES] = {
	[WIRE_HELLO] = "hello",
	[WIRE_PART] = "part",
	[WIRE_REPORTED] = "reported",
	[WIRE_WORK] = "work",
	[WIRE_TAKEN] = "taken",
	[WIRE_EVENT] = "event",
	[WIRE_ACK] = "ack",
	[WIRE_METRIC] = "metric",
	[WIRE_PRESENCE] = "presence",
	[WIRE_COMMAND] = "command",
	[WIRE_RESULT] = "result",
	[WIRE_CSR] = "csr",
	[WIRE_CERT] = "cert",
	[WIRE_SPOOL] = "spool",
	[WIRE_STAND] = "stand",
};

const char *const wire_part_states[PART_STATES] = {
	[PART_NONE] = "none",
	[PART_APPLYING] = "applying",
	[PART_APPLIED] = "applied",
	[PART_ERROR] = "error",
	[PART_REVERTED] = "reverted",
};

const char *const wire_healths[HEALTHS] = {
	[HEALTH_OK] = "ok",
	[HEALTH_DEGRADED] = "degraded",
	[HEALTH_HELD] = "held",
};

const char *const wire_work_kinds[WORK_KINDS] = {
	[WORK_PUT] = "put",
	[WORK_RECALL] = "recall",
};

const char *const wire_answers[TAKEN_ANSWERS] = {
	[TAKEN_STORED] = "stored",
	[TAKEN_REFUSED] = "refused",
	[TAKEN_RECALLED] = "recalled",
	[TAKEN_TOO_LATE] = "too_late",
};

const char *const wire_stands[STANDS] = {
	[STAND_DONE] = "done",
	[STAND_BACK] = "back",
	[STAND_HELD] = "held",
	[STAND_QUEUED] = "queued",
};

const char *const wire_facts[FACT_MAX] = {
	[FACT_QUEUED] = "queued",
	[FACT_DEFERRED] = "deferred",
	[FACT_DELIVERED] = "delivered",
	[FACT_BOUNCED] = "bounced",
	[FACT_EXPIRED] = "expired",
	[FACT_UNKNOWN] = "unknown",
	[FACT_UNSENT] = "unsent",
	[FACT_FAILED] = "failed",
	[FACT_GAP] = "gap",
	[FACT_HEALTH] = "health",
	[FACT_HELD] = "held",
	[FACT_ACCOUNTED] = "accounted",
	[FACT_LANE] = "lane",
	[FACT_LANE_DAY] = "lane_day",
	[FACT_REPLIED] = "replied",
	[FACT_AUTO_REPLIED] = "auto_replied",
	[FACT_COMPLAINED] = "complained",
	[FACT_RECEIVED] = "received",
};

bool wire_goes_up(enum wire_type t)
{
	switch (t) {
	case WIRE_PART:
	case WIRE_WORK:
	case WIRE_ACK:
	case WIRE_COMMAND:
	case WIRE_CERT:
	case WIRE_STAND:
		return false;
	default:
		return true;
	}
}

static const char *name_of(const char *const *names, size_t count, size_t i)
{
	return i < count && names[i] ? names[i] : "?";
}

const char *wire_type_name(enum wire_type t)
{
	return name_of(wire_type_names, WIRE_TYPES, t);
}

const char *part_state_name(enum part_state s)
{
	return name_of(wire_part_states, PART_STATES, s);
}

const char *health_name(enum health h)
{
	return name_of(wire_healths, HEALTHS, h);
}

const char *fact_name(enum fact f)
{
	return name_of(wire_facts, FACT_MAX, f);
}

const char *wire_topic(struct scope *sc, int64_t appliance, enum wire_type t)
{
	return arena_printf(sc->mem, TOPIC_ROOT "%s/%s",
		id_format(sc->mem, ID_APPLIANCE, appliance), wire_type_name(t));
}

enum err wire_topic_parse(
	struct scope *sc, const char *topic, int64_t *appliance, enum wire_type *t)
{
	const char *from = topic + strlen(TOPIC_ROOT), *slash;
	int64_t id;

	if (!str_starts(topic, TOPIC_ROOT) || !(slash = strchr(from, '/')))
		return fail(sc, ERR_INPUT, "a message came on a topic that is none of ours");
	if (!id_parse(arena_copy(sc->mem, from, (size_t)(slash - from)), ID_APPLIANCE, &id))
		return fail(sc, ERR_INPUT, "a topic names no appliance");
	for (size_t i = 0; i < WIRE_TYPES; i++) {
		if (!str_eq(slash + 1, wire_type_names[i]))
			continue;
		*appliance = id;
		*t = (enum wire_type)i;
		return ERR_NONE;
	}
	return fail(sc, ERR_INPUT, "a message is of a type that nobody knows here");
}
