/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The few single values the agent keeps. */
#ifndef META_H
#define META_H

#include "store/db.h"

#define META_EPOCH      "epoch"      /* of the outbox file: random, made with it */
#define META_NEXT_SEQ   "next_seq"   /* of the next fact */
#define META_ACKED      "acked"      /* the hub has stored everything up to here */
#define META_TAKEN      "taken"      /* messages stored since the epoch began */
#define META_CONNECTION "connection" /* counts connections of this epoch */
#define META_CURSOR     "cursor"     /* text: where the log of Postfix has been read to */
#define META_LIFE       "life"     /* text: file and boot in which this database last was current */
#define META_PROBE      "probe"    /* real ms: written to see whether anything can be */
#define META_HEALTH     "health"   /* enum health, and why */
#define META_REPLACES   "replaces" /* the epoch that this one replaces; 0 for none */
#define META_RESTORE    "restore"  /* enum restore_phase */
#define META_NEWEST     "newest"   /* a mail the log must name, or it is a copy's too; 0 for none */
#define META_HAND       "hand"     /* the last hand on a lane that was done */

/* 0 and NULL where it was never set. Either pointer may be NULL. */
enum err meta_get(struct scope *sc, const char *name, int64_t *number, const char **text) MUST;
/* Inside db_write(). */
enum err meta_set(struct scope *sc, const char *name, int64_t number, const char *text) MUST;
/* A random one. */
int64_t meta_new_epoch(void);
/* The first start makes the epoch. */
enum err meta_begin(struct scope *sc) MUST;

#endif
