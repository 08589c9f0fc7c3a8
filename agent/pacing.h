/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The shell round shared/pace: mailboxes as the hub wants them, what they have sent, the
 * suppression list and the operator's stop, all in memory; which waiting mails may leave now, and
 * when to look again.
 */
#ifndef PACING_H
#define PACING_H

#include "pace/pace.h"
#include "spool.h"

struct pacing;

/* Reads what was sent from the database; no mailbox is known yet. */
enum err pacing_open(struct scope *sc, struct pacing **out) MUST;
/* Accepts NULL. */
void pacing_close(struct pacing *p);

/* Desired state, each replacing the one before. ERR_INPUT changes nothing. */
void pacing_set_mailboxes(struct pacing *p, const struct part_mailboxes *m);
enum err pacing_set_suppression(
	struct scope *sc, struct pacing *p, const struct part_suppression *m) MUST;
/* A part of the whole list; counts under the key of the one above. */
enum err pacing_set_segment(struct scope *sc, struct pacing *p, const struct part_segment *m) MUST;
void pacing_set_control(struct pacing *p, const struct part_control *m);
/* The appliance does not trust itself: nothing leaves. WHY NULL lets go. */
void pacing_hold(struct pacing *p, const char *why);

bool pacing_has(const struct pacing *p, int64_t mailbox);
bool pacing_is_stopped(const struct pacing *p);
/* Everything that decides about ITEM, lanes too, for pace_check() and for people. */
void pacing_case(struct scope *sc, const struct pacing *p, const struct spool_item *item,
	struct pace_case *c);

/*
 * Mails to release now, at most MOST, and mails that can never leave from here (*BACK: suppressed,
 * or their mailbox is gone). *WAKE is the real moment to look again, if nothing happens before.
 */
struct pacing_pick {
	struct spool_item *go;
	size_t go_count;
	struct spool_item *back;
	const char **back_why;
	size_t back_count;
	struct plan now; /* the moment of the choice, to which mails and lanes are counted */
	int64_t waiting; /* in the spool before it */
	int64_t wake;
};
enum err pacing_pick(
	struct scope *sc, struct pacing *p, size_t most, struct pacing_pick *pick) MUST;
/* Inside outbox_write(): writes down what the picked mails use. */
enum err pacing_store(
	struct scope *sc, const struct pacing *p, const struct pacing_pick *pick) MUST;
/* That write is committed. */
void pacing_keep(struct pacing *p, const struct pacing_pick *pick);
/* A released mail did not reach Postfix: its unit of the cap comes back, in memory and, inside
   outbox_write(), in the database. */
enum err pacing_give_back(struct scope *sc, struct pacing *p, int64_t mailbox) MUST;

/* Inside db_write(): the clock was set back. What was used in the future was used now, so that no
   gap or day holds for as long as the clock was wrong. */
enum err pacing_clamp(struct scope *sc, struct pacing *p) MUST;
/* How many mails half an hour (real) of sending allows, within ROOM_LEAST and ROOM_MOST; 0 while
   nothing can leave. */
int64_t pacing_allowance(const struct scope *sc, const struct pacing *p);

#endif
