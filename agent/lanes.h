/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The lanes of this machine: its address, that address towards each provider, each mailbox. Plans
 * and orders are as the hub wants them (part `warmup`); steps, counters and gates are this
 * machine's own. What happens is done in memory, written down by lanes_store() within the turn's
 * transaction, and taken back when that fails. Without the part there are no lanes and nothing here
 * holds anything.
 */
#ifndef LANES_H
#define LANES_H

#include "logline.h"
#include "pace/pace.h"
#include "spool.h"

struct lanes;

/* Reads what was written down; no plan is known yet. */
enum err lanes_open(struct scope *sc, struct lanes **out) MUST;
/* Accepts NULL. */
void lanes_close(struct lanes *l);

/* The part's body, JSON. ERR_INPUT changes nothing. */
enum err lanes_set(struct scope *sc, struct lanes *l, struct bytes body) MUST;
/* The part came once. */
bool lanes_are_on(const struct lanes *l);

/* ---- a turn ---- */

/* Time passes for every lane up to NOW, which is the moment of all that follows until the next
   call; counts what stands in Postfix. */
enum err lanes_turn(struct scope *sc, struct lanes *l, struct plan now) MUST;
/* Fills in what lanes say about ITEM. */
void lanes_case(struct lanes *l, const struct spool_item *item, struct pace_case *c);
/* It leaves; or it did not, after all. */
void lanes_release(struct lanes *l, const struct spool_item *item);
void lanes_give_back(struct lanes *l, const struct spool_item *item);
/* The log tells what became of an attempt. */
void lanes_logged(struct scope *sc, struct lanes *l, const struct spool_item *item,
	const struct logline *line);
/* Until when a stop or a pause keeps ITEM from being tried; 0 when none does. */
int64_t lanes_stopped(struct lanes *l, const struct spool_item *item);
/* Any lane is stopped or paused. */
bool lanes_any_stopped(const struct lanes *l);
/* What the mailbox's lane lets go within SPAN_MS of plan time, at most MOST. */
int64_t lanes_allowance(struct lanes *l, int64_t mailbox, int64_t span_ms, int64_t most);

/* There is something to write down. */
bool lanes_changed(const struct lanes *l);
/* Inside outbox_write(): changed lanes, and what they decided as facts. */
enum err lanes_store(struct scope *sc, struct lanes *l) MUST;
/* That write is committed; or it failed, and everything is as it was written down before. */
void lanes_keep(struct lanes *l);
void lanes_take_back(struct scope *sc, struct lanes *l);

/* ---- for people ---- */

/* "provider google" of C's lane K, for ITEM. Arena. */
const char *lanes_name(struct scope *sc, const struct spool_item *item, enum lane_kind k);
/* Who set the cap of ITEM's lane K: "plan", or whoever set a lower one. */
const char *lanes_cap_by(struct lanes *l, const struct spool_item *item, enum lane_kind k);
/* A line for each of ITEM's lanes; its plan, step, numbers. */
void lanes_print(struct scope *sc, struct lanes *l, const struct spool_item *item, struct out *o);
/* The same as members of an open JSON object: a list `lanes`. */
void lanes_add(struct scope *sc, struct lanes *l, const struct spool_item *item, struct out *o);
/* All lanes, as /metrics tells them. */
void lanes_metrics(struct scope *sc, const struct lanes *l, struct out *o);

#endif
