/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/wait.h"
#include "store/db.h"
#include "web/live_run.h"

#define SLOTS       64
#define STREAM_MS   (5 * MINUTE_MS) /* then the browser comes again and its session is checked */
#define BEAT_MS     (15 * SECOND_MS)
#define EVENTS_READ 5000
#define STOP_MS     5000

SQL(live_heads, SQL_ENGINE, "SELECT slot, head FROM slot ORDER BY slot");
SQL(live_kinds, SQL_SYSTEM,
	"SELECT DISTINCT tenant, kind FROM event WHERE slot = $1 AND pos > $2 AND pos <= $3");

struct live_stream {
	struct live *live; /* borrowed */
	struct MHD_Connection *conn;
	int64_t tenant, account;
	int64_t until, beat; /* monotonic */
	bool suspended;
	unsigned words;   /* bits of what changed and is not told yet */
	const char *send; /* static: a line that goes before the words, or NULL */
	char buf[256];
	size_t len, sent;
	struct live_stream *prev, *next;
};

struct live {
	struct hub *hub; /* borrowed */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	int64_t heads[SLOTS];
	bool known; /* heads were read once */
	struct live_stream *streams;
	int64_t count;
};

/* What a page calls what changed, from the first word of an event's kind. */
static const char *const words[] = { "campaign", "contact", "import", "appliance", "mailbox",
	"domain", "message", "tenant" };
enum { W_CAMPAIGN = 1, W_CONTACT = 2, W_IMPORT = 4, W_MESSAGE = 64 };
static const struct {
	const char *kind;
	unsigned words;
} meanings[] = {
	{ "mail.", W_MESSAGE | W_CAMPAIGN },
	{ "link.", W_MESSAGE | W_CAMPAIGN },
	{ "enrolment.", W_CAMPAIGN | W_CONTACT },
	{ "import.", W_IMPORT | W_CONTACT },
	{ "letter.", W_MESSAGE },
};

static unsigned words_of(const char *kind)
{
	for (size_t i = 0; i < COUNT(meanings); i++)
		if (str_starts(kind, meanings[i].kind))
			return meanings[i].words;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strncmp(kind, words[i], strlen(words[i])) == 0)
			return 1U << i;
	return 0;
}

/* ---- streams; the lock is held ---- */

static void fill(struct live_stream *s)
{
	size_t n = 0;

	s->sent = 0;
	if (s->send)
		n += (size_t)snprintf(s->buf, sizeof s->buf, "%s", s->send);
	s->send = NULL;
	if (s->words) {
		const char *gap = "event: changed\ndata: ";

		for (size_t i = 0; i < COUNT(words); i++) {
			if (!(s->words & 1U << i))
				continue;
			n += (size_t)snprintf(s->buf + n, sizeof s->buf - n, "%s%s", gap, words[i]);
			gap = " ";
		}
		n += (size_t)snprintf(s->buf + n, sizeof s->buf - n, "\n\n");
	}
	s->words = 0;
	s->len = n;
}

static ssize_t read_stream(void *cls, uint64_t pos, char *to, size_t max)
{
	struct live_stream *s = cls;
	ssize_t n;

	(void)pos;
	pthread_mutex_lock(&s->live->lock);
	if (s->sent == s->len)
		fill(s);
	n = (ssize_t)(s->len - s->sent < max ? s->len - s->sent : max);
	memcpy(to, s->buf + s->sent, (size_t)n);
	s->sent += (size_t)n;
	if (n == 0 && (s->live->stopping || clock_mono() > s->until)) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (n == 0) {
		s->suspended = true;
		MHD_suspend_connection(s->conn);
	}
	pthread_mutex_unlock(&s->live->lock);
	return n;
}

static void free_stream(void *cls)
{
	struct live_stream *s = cls;
	struct live *l = s->live;

	pthread_mutex_lock(&l->lock);
	if (s->prev)
		s->prev->next = s->next;
	else
		l->streams = s->next;
	if (s->next)
		s->next->prev = s->prev;
	l->count--;
	pthread_cond_broadcast(&l->wake);
	pthread_mutex_unlock(&l->lock);
	free(s);
}

static void wake(struct live_stream *s)
{
	if (!s->suspended)
		return;
	s->suspended = false;
	MHD_resume_connection(s->conn);
}

/* Whoever has something to say, or has been silent for long, is woken. */
static void wake_all(struct live *l)
{
	int64_t now = clock_mono();

	pthread_mutex_lock(&l->lock);
	for (struct live_stream *s = l->streams; s; s = s->next) {
		if (now > s->beat) {
			s->beat = now + BEAT_MS;
			s->send = ": still here\n\n";
		}
		if (s->send || s->words || now > s->until || l->stopping)
			wake(s);
	}
	pthread_mutex_unlock(&l->lock);
}

static void tell(struct live *l, int64_t tenant, unsigned what)
{
	pthread_mutex_lock(&l->lock);
	for (struct live_stream *s = l->streams; s; s = s->next)
		if (s->tenant == tenant)
			s->words |= what;
	pthread_mutex_unlock(&l->lock);
}

/* ---- the thread ---- */

struct head_row {
	int64_t slot, head;
};
SHAPE(head_shape, struct head_row, COL(struct head_row, slot), COL(struct head_row, head));
struct kind_row {
	int64_t tenant;
	const char *kind;
};
SHAPE(kind_shape, struct kind_row, COL(struct kind_row, tenant), COL(struct kind_row, kind));

static enum err look_at(struct scope *sc, struct live *l, const struct head_row *h)
{
	int64_t *seen = &l->heads[h->slot], from = *seen;
	struct kind_row *rows;
	size_t n;
	enum err e;

	if (!l->known || from >= h->head) {
		*seen = h->head;
		return ERR_NONE;
	}
	if (h->head - from > EVENTS_READ)
		from = h->head - EVENTS_READ;
	e = db_list(sc, &live_kinds, BIND(V(h->slot), V(from), V(h->head)), &kind_shape, &rows, &n);
	if (e)
		return e;
	*seen = h->head;
	for (size_t i = 0; i < n; i++)
		tell(l, rows[i].tenant, words_of(rows[i].kind));
	return ERR_NONE;
}

static void look(struct live *l)
{
	struct scope sc;
	struct head_row *rows;
	size_t n;
	enum err e;

	scope_open(&sc, &l->hub->world, "live");
	scope_system(&sc);
	e = db_list(&sc, &live_heads, BIND_NONE, &head_shape, &rows, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (rows[i].slot >= 0 && rows[i].slot < SLOTS)
			e = look_at(&sc, l, &rows[i]);
	if (e)
		log_failure(&sc, "cannot read the heads of the log");
	else
		l->known = true;
	scope_close(&sc);
}

static void *run(void *arg)
{
	struct live *l = arg;

	pthread_mutex_lock(&l->lock);
	while (!l->stopping) {
		bool idle = l->count == 0;

		pthread_mutex_unlock(&l->lock);
		/* Nobody listens: what happens until somebody does needs no hint. */
		if (idle)
			l->known = false;
		else
			look(l);
		wake_all(l);
		pthread_mutex_lock(&l->lock);
		if (!l->stopping)
			wait_until(&l->wake, &l->lock, clock_mono() + SECOND_MS);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

enum err live_start(struct hub *hub, struct live **out)
{
	struct live *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	l->hub = hub;
	pthread_mutex_init(&l->lock, NULL);
	wait_init(&l->wake);
	if (pthread_create(&l->thread, NULL, run, l) != 0)
		abort();
	*out = l;
	return ERR_NONE;
}

void live_stop(struct live *l)
{
	int64_t until;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_broadcast(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	wake_all(l);
	until = clock_mono() + STOP_MS;
	pthread_mutex_lock(&l->lock);
	while (l->count > 0 && wait_until(&l->wake, &l->lock, until))
		continue;
	/* A browser that does not read keeps its stream: it must still find the lock. */
	bool empty = l->count == 0;
	pthread_mutex_unlock(&l->lock);
	if (empty)
		free(l);
}

int64_t live_count(struct live *l)
{
	int64_t n;

	if (!l)
		return 0;
	pthread_mutex_lock(&l->lock);
	n = l->count;
	pthread_mutex_unlock(&l->lock);
	return n;
}

/* ---- the door ---- */

/* A page that was left is noticed only when something is written to it, so the newest stream of an
   account goes before its oldest. The lock is held; streams stand newest first. */
static void make_room(struct live *l, int64_t account)
{
	struct live_stream *oldest = NULL;
	int mine = 0;

	for (struct live_stream *s = l->streams; s; s = s->next) {
		if (s->account != account || s->until == 0)
			continue;
		mine++;
		oldest = s;
	}
	if (mine < LIVE_PER_ACCOUNT)
		return;
	oldest->until = 0;
	wake(oldest);
}

struct MHD_Response *live_response(struct request *q)
{
	struct live *l = hub_of(&q->sc)->live;
	struct live_stream *s = calloc(1, sizeof *s);
	struct MHD_Response *r;

	if (!s)
		abort();
	*s = (struct live_stream){ .live = l,
		.conn = q->conn,
		.tenant = q->who.tenant,
		.account = q->who.account,
		.until = clock_mono() + STREAM_MS,
		.beat = clock_mono() + BEAT_MS,
		.send = "retry: 2000\n\n" };
	pthread_mutex_lock(&l->lock);
	make_room(l, q->who.account);
	s->next = l->streams;
	if (s->next)
		s->next->prev = s;
	l->streams = s;
	l->count++;
	pthread_cond_broadcast(&l->wake);
	pthread_mutex_unlock(&l->lock);
	r = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, sizeof s->buf, read_stream, s, free_stream);
	if (!r)
		free_stream(s);
	return r;
}

enum err live_page(struct scope *sc, struct request *q, const void *input)
{
	struct live *l = hub_of(sc)->live;

	(void)input;
	if (!l || live_count(l) >= LIVE_TOTAL)
		return fail(sc, ERR_LIMIT, "Too many windows listen for changes.");
	reply_none(q, 200);
	q->answer.mime = "text/event-stream";
	q->answer.stream = true;
	return ERR_NONE;
}
