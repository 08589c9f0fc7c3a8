/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Looks after a MailU that runs: its containers, the doors through which it is used, and what it
 * stands on. Each look is a row of a table; troubles are mended one at a time, in the order in
 * which services need each other.
 */
#ifndef MAILU_WATCH_H
#define MAILU_WATCH_H

#include "mailu/check.h"
#include "mailu/stack.h"

struct watch; /* the worker's */

#define WATCH_MAX 32

struct watch_config {
	const struct stack *stack; /* borrowed */
	const char *tokens;        /* borrowed; file of application passwords */
	int64_t disk_min_mib;
	bool clock; /* the kernel is asked whether it is right */
};

struct watch *watch_new(const struct watch_config *c);
/* Accepts NULL. */
void watch_free(struct watch *w);

/* What one round came to. */
struct watch_result {
	struct wire_check checks[WATCH_MAX]; /* texts live until the next round */
	size_t count;
	const char *held;     /* why nothing may leave, or NULL; likewise */
	const char *degraded; /* … or what is said of a state that is not ok */
	const char *mended;   /* arena: "smtp restarted: …", or NULL */
	const char *postfix;  /* arena; id of the container that Postfix runs in, or NULL */
	bool refused;         /* MailU does not let us in: passwords are to be settled */
	bool changed;         /* anything but what the round before said */
};

/* One look at everything whose time has come, and at most one remedy. DOMAIN is MailU's main one.
 */
void watch_round(struct scope *sc, struct watch *w, const char *domain, struct watch_result *r);

#endif
