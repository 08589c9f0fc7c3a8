/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The words of each enum on the wire, indexed by its number. Private to shared/wire. */
#ifndef WIRE_NAMES_H
#define WIRE_NAMES_H

#include "wire/wire.h"

enum {
	PART_STATES = PART_REVERTED + 1,
	HEALTHS = HEALTH_HELD + 1,
	WORK_KINDS = WORK_RECALL + 1,
	TAKEN_ANSWERS = TAKEN_TOO_LATE + 1,
	STANDS = STAND_QUEUED + 1,
};

extern const char *const wire_type_names[WIRE_TYPES];
extern const char *const wire_part_states[PART_STATES];
extern const char *const wire_healths[HEALTHS];
extern const char *const wire_work_kinds[WORK_KINDS];
extern const char *const wire_answers[TAKEN_ANSWERS];
extern const char *const wire_facts[FACT_MAX];
extern const char *const wire_stands[STANDS];

#endif
