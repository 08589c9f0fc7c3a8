/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An enrolled machine as the hub sees it: its certificate, its topics, its outbox's numbers. */
#ifndef BENCH_BOX_H
#define BENCH_BOX_H

#include <pthread.h>

#include "world/lab.h"

#include "net/mqtt.h"
#include "wire/wire.h"

struct box {
	const struct world *world; /* borrowed */
	const char *folder;        /* with agent.pem and ca.pem */
	int64_t id;
	int64_t epoch, next; /* number of the next fact */
	struct mqtt *mqtt;   /* owned */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool up;
	int64_t mark; /* acknowledged up to here */
};

/* Connects, says hello, and waits for the answer. */
enum err box_connect(struct scope *sc, struct lab *l, struct box *b) MUST;
/* The same in two steps, for many at once. */
enum err box_begin(struct scope *sc, struct lab *l, struct box *b) MUST;
enum err box_greet(struct scope *sc, struct box *b) MUST;
void box_leave(struct box *b);
enum err box_send(struct scope *sc, struct box *b, enum wire_type type, struct bytes payload) MUST;
/* Until everything up to MARK is acknowledged. */
enum err box_wait(struct scope *sc, struct box *b, int64_t mark, int timeout_ms) MUST;
/* How many facts of this length one packet carries, as an agent reckons. */
size_t box_batch_most(size_t text);

#endif
