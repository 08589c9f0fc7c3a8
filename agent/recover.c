/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "recover.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "config.h"
#include "mailu/mailu.h"
#include "outcome.h"
#include "queue.h"
#include "spool.h"

#define MOST          200              /* mails decided on at once */
#define ANSWER_MS     500              /* for Postfix's greeting */
#define STEADY_MS     (30 * SECOND_MS) /* in the queue for so long before it can be missed */
#define UNFINISHED_MS (2 * SECOND_MS)

enum recover_verdict recover_decide(const struct recover_case *c)
{
	if (c->queue == RECOVER_COMMITTED)
		return RECOVER_QUEUED;
	if (!c->log_at_end || c->waited_ms < c->patience_ms || c->queue == RECOVER_UNFINISHED)
		return RECOVER_WAIT;
	if (c->log_broken)
		return RECOVER_UNKNOWN;
	/* Without a look at the queue, only a qmgr that runs has logged what it found there. */
	if (c->queue == RECOVER_UNREADABLE && !c->postfix_up)
		return RECOVER_WAIT;
	return RECOVER_AGAIN;
}

struct recover_look {
	struct spool_item *items;
	enum recover_queue *queue;
	const char **queue_id;
	size_t count;
	bool postfix_up;
};

struct recover_lost {
	struct spool_item *missing; /* not in the queue */
	size_t count;
};

/* ---- injections that broke off ---- */

/* Its writer died with it. A file is made a moment before it is locked. */
static bool is_left_behind(const struct queue_file *f, int64_t now)
{
	return f->abandoned && f->written + UNFINISHED_MS < now;
}

/* The queue as seen for one mail. Files of later sessions were last written after it broke off. */
static enum recover_queue find_in_queue(const struct queue_file *files, size_t n,
	const struct spool_item *item, int64_t now, const char **queue_id)
{
	enum recover_queue found = RECOVER_ABSENT;

	for (size_t i = 0; i < n; i++) {
		const struct queue_file *f = &files[i];
		bool same = str_eq(f->sender, item->sender);

		if (same && f->committed) {
			*queue_id = f->id;
			return RECOVER_COMMITTED;
		}
		if (!f->committed && (same || !f->sender[0]) &&
			f->written <= item->retry_at + UNFINISHED_MS && !is_left_behind(f, now))
			found = RECOVER_UNFINISHED;
	}
	return found;
}

/* Postfix greets. */
static bool answers(const struct agent *a)
{
	const struct agent_config *c = a->config;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct pollfd p = { .fd = -1, .events = POLLOUT };
	struct addrinfo *to = NULL;
	char port[8], greeting[4];
	bool good = false;

	if (mailu_rules(a->mailu))
		return mailu_works(a->mailu);
	snprintf(port, sizeof port, "%d", (int)c->smtp_port);
	if (getaddrinfo(c->smtp_host, port, &hints, &to) == 0)
		p.fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p.fd >= 0) {
		if (connect(p.fd, to->ai_addr, to->ai_addrlen) != 0)
			poll(&p, 1, ANSWER_MS);
		p.events = POLLIN;
		good = poll(&p, 1, ANSWER_MS) == 1 && recv(p.fd, greeting, 3, 0) == 3 &&
		       memcmp(greeting, "220", 3) == 0;
		close(p.fd);
	}
	if (to)
		freeaddrinfo(to);
	return good;
}

/* Only those that nobody works on, and that have waited long enough. */
static size_t ripe(struct scope *sc, struct spool_item *items, size_t n)
{
	int64_t before = now_real(sc).ms - agent_of(sc)->config->recover_s * SECOND_MS;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (items[i].answered && items[i].retry_at <= before)
			items[kept++] = items[i];
	return kept;
}

enum err recover_look(struct scope *sc, struct recover_look **out)
{
	struct recover_look *look = arena_alloc(sc->mem, sizeof *look);
	struct queue_file *files = NULL;
	size_t n = 0;
	enum err e = spool_list(sc, ITEM_INTENT, MOST, &look->items, &look->count), q;

	*out = NULL;
	if (e)
		return e;
	look->count = ripe(sc, look->items, look->count);
	if (!look->count)
		return ERR_NONE;
	look->queue = arena_array(sc->mem, look->count, sizeof *look->queue);
	look->queue_id = arena_array(sc->mem, look->count, sizeof *look->queue_id);
	q = queue_list(sc, mailu_queue(sc, agent_of(sc)->mailu), true, &files, &n);
	for (size_t i = 0; i < look->count; i++)
		look->queue[i] = q ? RECOVER_UNREADABLE
				   : find_in_queue(files, n, &look->items[i], now_real(sc).ms,
					     &look->queue_id[i]);
	look->postfix_up = q && answers(agent_of(sc));
	scope_clear(sc);
	*out = look;
	return ERR_NONE;
}

/* One without a body belongs to others; all that was wanted of it is that it is not in Postfix. */
static enum err again(struct scope *sc, int64_t id)
{
	bool has = false;
	enum err e = spool_has_mail(sc, id, &has);

	if (e)
		return e;
	return has ? spool_again(sc, id, 0) : outcome_unsent(sc, id, "restored");
}

static enum err settle(
	struct scope *sc, const struct recover_look *look, size_t i, enum recover_verdict verdict)
{
	int64_t id = look->items[i].id;

	switch (verdict) {
	case RECOVER_QUEUED:
		return outcome_found(sc, id, look->queue_id[i]);
	case RECOVER_AGAIN:
		return again(sc, id);
	case RECOVER_UNKNOWN:
		return outcome_unknown(sc, id, "the log broke while it was handed over");
	case RECOVER_WAIT:
		break;
	}
	return ERR_NONE;
}

enum err recover_settle(struct scope *sc, const struct recover_look *look, bool log_at_end)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; look && i < look->count && !e; i++) {
		struct spool_item now;
		struct recover_case c = { .queue = look->queue[i],
			.log_at_end = log_at_end,
			.postfix_up = look->postfix_up,
			.waited_ms = now_real(sc).ms - look->items[i].retry_at,
			.patience_ms = agent_of(sc)->config->recover_s * SECOND_MS };

		/* The lines since the look may have told. */
		e = spool_find(sc, look->items[i].id, &now);
		if (e == ERR_MISSING || (!e && now.state != ITEM_INTENT)) {
			e = ERR_NONE;
			continue;
		}
		c.log_broken = now.blind;
		if (!e)
			e = settle(sc, look, i, recover_decide(&c));
	}
	return e;
}

/* ---- mails that vanished from the queue ---- */

enum err recover_look_lost(struct scope *sc, struct recover_lost **out)
{
	int64_t steady = now_real(sc).ms - STEADY_MS;
	struct recover_lost *lost = arena_alloc(sc->mem, sizeof *lost);
	struct queue_file *files = NULL;
	struct spool_item *items;
	size_t n, count;
	enum err e = spool_list(sc, ITEM_QUEUED, 100000, &items, &count);

	*out = NULL;
	if (e || !count)
		return e;
	/* What cannot be looked at is not missing. */
	e = queue_list(sc, mailu_queue(sc, agent_of(sc)->mailu), false, &files, &n);
	if (e)
		return e;
	lost->missing = arena_array(sc->mem, count, sizeof *lost->missing);
	for (size_t i = 0; i < count; i++)
		if (items[i].queued_at <= steady && !queue_has(files, n, items[i].queue_id))
			lost->missing[lost->count++] = items[i];
	if (lost->count)
		*out = lost;
	return ERR_NONE;
}

enum err recover_settle_lost(struct scope *sc, const struct recover_lost *lost, bool log_at_end)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; lost && log_at_end && i < lost->count && !e; i++) {
		const struct spool_item *item = &lost->missing[i];
		struct spool_item now;

		e = spool_find(sc, item->id, &now);
		if (e == ERR_MISSING) {
			e = ERR_NONE;
			continue;
		}
		if (!e)
			e = item->answered ? outcome_unknown(sc, item->id,
						     "it left the queue without a word")
					   : spool_unanswered(sc, item->id, true);
	}
	return e;
}
