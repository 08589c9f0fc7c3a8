/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the inbox's two sides share: the loop's (inbox.c) and the thread's (inbox_thread.c). */
#ifndef INBOX_PRIV_H
#define INBOX_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent.h"
#include "config.h"
#include "inbound.h"
#include "net/imap.h"

/* A folder that was read, or could not be. */
struct place {
	char *address, *folder; /* owned */
	int64_t validity, uid;
	int64_t not_before; /* monotonic ms */
	bool failing;       /* and was said to */
};

/* A connection that is told of new mail. */
struct watch {
	char *address;     /* owned */
	struct imap *imap; /* owned */
	bool wanted;       /* its mailbox was there in this round */
	int64_t since;     /* monotonic ms */
};

struct inbox {
	struct agent *agent; /* borrowed */
	pthread_t thread;
	bool running;
	struct sd_event_source *io, *again; /* owned */
	int fd;                             /* eventfd: a batch waits */
	int wake;                           /* eventfd: it is time to end */
	/* The thread's own. */
	struct place *places; /* owned */
	size_t count, room;
	struct watch *watches; /* owned; room for inbox.idle of them */
	size_t watch_count;
	/* Between the two. */
	pthread_mutex_t lock;
	pthread_cond_t news;
	atomic_bool stop;
	const struct inbound_batch *batch; /* the thread's; NULL once it is written down */
};

/* Before the thread: how far each folder was read. */
enum err inbox_marks(struct scope *sc, struct inbox *x) MUST;
/* After it. */
void inbox_forget(struct inbox *x);
void *inbox_thread(void *arg);
/* By the thread: hands B to the loop and waits until it is written down; false when it is time to
   end. */
bool inbox_hand_over(struct inbox *x, const struct inbound_batch *b);

#endif
