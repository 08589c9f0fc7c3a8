/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the loop's side of MailU (mailu.c) and its thread (thread.c) share. */
#ifndef MAILU_PRIV_H
#define MAILU_PRIV_H

#include <pthread.h>
#include <systemd/sd-event.h>

#include "mailu/login.h"
#include "mailu/mailu.h"
#include "mailu/watch.h"
#include "mailu/work.h"

/* Passwords that were refused are looked at so soon, and not sooner again. */
#define REFUSED_MS (2 * MINUTE_MS)
#define MAX_WHY    160
#define MAX_DOMAIN 256
#define MAX_ID     80

enum { MAILU, ACCOUNTS, WISHES };

struct wish {
	char *body; /* owned; NULL for none */
	int64_t version;
};

struct outcome {
	struct work_result result;
	int64_t version; /* 0: nothing to say */
};

/* What watch saw last, for the loop. */
struct seen {
	struct wire_check checks[WATCH_MAX]; /* texts owned by MEM */
	size_t count;
	struct arena *mem; /* owned */
	char held[MAX_WHY], degraded[MAX_WHY];
	char postfix[MAX_ID];     /* id of its container, or "" */
	char mended[2 * MAX_WHY]; /* what was done about it and nobody has told yet */
};

struct mailu {
	struct agent *agent;       /* borrowed; the loop's */
	const struct world *world; /* borrowed */
	const char *state_dir;     /* borrowed */
	int64_t check_s, watch_s;  /* between two looks at objects; at containers */
	int64_t disk_min_mib;
	bool clock; /* the kernel is asked whether it is right */
	struct mailu_site site;
	sd_event_source *io;    /* owned */
	sd_event_source *again; /* owned; … to be kept once more */
	int fd;                 /* eventfd: results wait */
	pthread_t thread;
	bool running;
	atomic_bool stop;

	pthread_mutex_t lock;
	pthread_cond_t news;
	struct wish want[WISHES], good; /* under lock; good: the last MailU that worked */
	bool off;                       /* under lock: none shall run */
	bool due;                       /* under lock: something is to be done now */
	struct outcome outcome[WISHES]; /* under lock */
	struct arena *record_mem;       /* owned; under lock */
	struct wire_record *records;    /* in record_mem */
	size_t record_count;
	struct seen seen; /* under lock */

	/* The loop's own. */
	struct logins *logins; /* owned */
	int64_t refused_at;    /* monotonic ms: when passwords were last looked at for that */

	/* The thread's own. */
	struct work *work;           /* owned */
	struct watch *watch;         /* owned */
	char *tokens;                /* owned; file of application passwords */
	char domain[MAX_DOMAIN];     /* the main one of what runs; "" where nothing shall */
	int64_t settle_at, watch_at; /* monotonic ms; 0: only when something is due */
	int64_t retry_ms;            /* the back-off that settle_at grew from */
	int64_t brought[WISHES];     /* versions that were brought up, or decided */
	bool runs;                   /* the one that was wanted, or else the good one */
	struct outcome told[WISHES]; /* what was said last */
};

/* Also a result: the loop looks at what there is. Under the lock or not. */
void mailu_wake_loop(struct mailu *m);
/* Under the lock: copies BODY (or NULL). */
void mailu_set_wish(struct wish *w, int64_t version, const char *body);
/* Under the lock: nothing may leave, and why; "": it may. */
void mailu_hold(struct mailu *m, const char *why);
/* Texts into MEM; how many. */
size_t mailu_copy_checks(
	struct arena *mem, const struct wire_check *from, size_t n, struct wire_check *to);
void *mailu_thread(void *arg);

#endif
