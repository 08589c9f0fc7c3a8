/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Server-sent hints: one stream per browser says which kinds of things of its tenant changed, and
 * the page fetches again. Heads of the log are read once a second, so it does not matter which hub
 * wrote. A stream is a suspended connection: it costs no thread.
 */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include "hub.h"
#include "web/door.h"

#define LIVE_PER_ACCOUNT 8
#define LIVE_TOTAL       2000

/* The handler of GET /live: text/event-stream of `event: changed` with `data: message campaign`,
   the words of what changed. The newest LIVE_PER_ACCOUNT of an account stay; ERR_LIMIT only above
   LIVE_TOTAL. */
enum err live_page(struct scope *sc, struct request *q, const void *input) MUST;

#endif
