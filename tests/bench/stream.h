/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Deliveries that machines report, as agents do: batch after batch, each after the last one's ack.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "place.h"

struct mail {
	int64_t id;
	int box;
};

/* The first N mails of the ledger, which lie with the boxes. */
enum err stream_list(struct scope *sc, struct place *p, size_t n, struct mail **out) MUST;
/* All of MAILS are delivered: until the log has it and every follower has seen it. *RATE is a
   second's. */
enum err stream_run(
	struct scope *sc, struct place *p, const struct mail *mails, size_t n, double *rate) MUST;

#endif
