/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pacing.h"

#include "agent.h"
#include "crypt/secret.h"
#include "lanes.h"

#define HASH_CUT   16 /* bytes of each suppression hash */
#define SEGMENTS   (1 << WIRE_SEGMENT_BITS)
#define NO_WAKE    INT64_MAX
#define SPAN_MS    (30 * MINUTE_MS)
#define MAX_BY     32
#define MAX_KEY    64
#define LOOK_AHEAD 64 /* mails of one mailbox that one round looks at beyond what may go */

struct box {
	int64_t id;
	bool listed;
	struct pace_box limits; /* by: points at BY below */
	char by[MAX_BY];
	struct pace_used used;
};

struct segment {
	int64_t bits;
	unsigned char (*hashes)[WIRE_SEGMENT_HASH]; /* owned; sorted */
	size_t count;
};

struct pacing {
	struct box *boxes; /* owned; sorted by id */
	size_t count;
	unsigned char key[MAX_KEY];
	size_t key_len;
	unsigned char (*hashes)[HASH_CUT]; /* owned; sorted */
	size_t hash_count;
	struct segment segments[SEGMENTS]; /* by index; each says of how many bits */
	struct pace_host host;             /* held_why: points at WHY below */
	char why[128];
};

struct used_row {
	int64_t mailbox, day, count, last;
};
SHAPE(used_shape, struct used_row, COL(struct used_row, mailbox), COL(struct used_row, day),
	COL(struct used_row, count), COL(struct used_row, last));

SQL(used_list, SQL_ENGINE, "SELECT mailbox, day, count, last FROM used ORDER BY mailbox");
SQL(used_put, SQL_ENGINE,
	"INSERT INTO used (mailbox, day, count, last) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (mailbox) DO UPDATE SET day = excluded.day, count = excluded.count, "
	"last = excluded.last");

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static int by_id(const void *a, const void *b)
{
	const struct box *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct box *find(const struct pacing *p, int64_t id)
{
	const struct box key = { .id = id };

	return p->count ? bsearch(&key, p->boxes, p->count, sizeof *p->boxes, by_id) : NULL;
}

/* The mailbox's place, made when it is new. Pointers to others move. */
static struct box *have(struct pacing *p, int64_t id)
{
	struct box *b = find(p, id);

	if (b)
		return b;
	p->boxes = must(realloc(p->boxes, (p->count + 1) * sizeof *p->boxes));
	p->boxes[p->count++] = (struct box){ .id = id };
	if (p->count > 1)
		qsort(p->boxes, p->count, sizeof *p->boxes, by_id);
	return find(p, id);
}

enum err pacing_open(struct scope *sc, struct pacing **out)
{
	struct used_row *rows;
	struct pacing *p;
	size_t n;
	enum err e = db_list(sc, &used_list, BIND_NONE, &used_shape, &rows, &n);

	if (e)
		return e;
	p = must(calloc(1, sizeof *p));
	for (size_t i = 0; i < n; i++)
		have(p, rows[i].mailbox)->used =
			(struct pace_used){ rows[i].day, rows[i].count, rows[i].last };
	*out = p;
	return ERR_NONE;
}

void pacing_close(struct pacing *p)
{
	if (!p)
		return;
	free(p->boxes);
	free(p->hashes);
	for (size_t i = 0; i < SEGMENTS; i++)
		free(p->segments[i].hashes);
	free(p);
}

/* ---- desired state ---- */

void pacing_set_mailboxes(struct pacing *p, const struct part_mailboxes *m)
{
	for (size_t i = 0; i < p->count; i++)
		p->boxes[i].limits = (struct pace_box){ 0 };
	for (size_t i = 0; i < m->count; i++) {
		const struct part_mailbox *from = &m->list[i];
		struct box *b = have(p, from->id);

		snprintf(b->by, sizeof b->by, "%s", from->by ? from->by : "plan");
		b->limits = (struct pace_box){ .listed = true,
			.active = str_eq(from->state, "active"),
			.cap = from->cap,
			.gap_ms = from->gap_ms,
			.jitter_ms = from->jitter_ms,
			.days = from->days,
			.from_minute = from->from_minute,
			.to_minute = from->to_minute,
			.offset_minutes = from->offset_minutes };
	}
}

static int by_short_hash(const void *a, const void *b)
{
	return memcmp(a, b, WIRE_SEGMENT_HASH);
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_CUT);
}

enum err pacing_set_suppression(
	struct scope *sc, struct pacing *p, const struct part_suppression *m)
{
	unsigned char key[MAX_KEY], (*hashes)[HASH_CUT] = must(calloc(m->count + 1, HASH_CUT));
	size_t key_len = strlen(m->key) / 2;
	bool good = key_len <= MAX_KEY && str_unhex(m->key, key, key_len);

	for (size_t i = 0; i < m->count && good; i++)
		good = str_unhex(m->hashes[i], hashes[i], HASH_CUT);
	if (!good) {
		free(hashes);
		return fail(sc, ERR_INPUT, "the suppression list is not readable");
	}
	if (m->count > 1)
		qsort(hashes, m->count, HASH_CUT, by_hash);
	free(p->hashes);
	p->hashes = hashes;
	p->hash_count = m->count;
	memcpy(p->key, key, key_len);
	p->key_len = key_len;
	return ERR_NONE;
}

enum err pacing_set_segment(struct scope *sc, struct pacing *p, const struct part_segment *m)
{
	struct segment *s = &p->segments[m->index];
	struct bytes data = { NULL, 0 };

	if (m->hashes && !str_unbase64url(sc->mem, m->hashes, WIRE_MAX_PACKET, &data))
		return fail(sc, ERR_INPUT, "the suppression list is not readable");
	if (data.len % WIRE_SEGMENT_HASH)
		return fail(sc, ERR_INPUT, "the suppression list ends within an entry");
	free(s->hashes);
	*s = (struct segment){ .bits = m->bits, .count = data.len / WIRE_SEGMENT_HASH };
	s->hashes = must(malloc(data.len + 1));
	memcpy(s->hashes, data.data ? data.data : "", data.len);
	if (s->count > 1)
		qsort(s->hashes, s->count, WIRE_SEGMENT_HASH, by_short_hash);
	return ERR_NONE;
}

void pacing_set_control(struct pacing *p, const struct part_control *m)
{
	p->host.stopped = m->stopped;
}

void pacing_hold(struct pacing *p, const char *why)
{
	snprintf(p->why, sizeof p->why, "%s", why ? why : "");
	p->host.held = why != NULL;
	p->host.held_why = p->why;
}

bool pacing_has(const struct pacing *p, int64_t mailbox)
{
	const struct box *b = find(p, mailbox);

	return b && b->limits.listed;
}

bool pacing_is_stopped(const struct pacing *p)
{
	return p->host.stopped;
}

/* Segments of several widths stand side by side while their number grows. */
static bool in_segments(const struct pacing *p, const unsigned char *hash)
{
	for (int bits = 0; bits <= WIRE_SEGMENT_BITS; bits++) {
		const struct segment *s = &p->segments[hash[0] >> (8 - bits)];

		if (s->count && s->bits == bits &&
			bsearch(hash, s->hashes, s->count, WIRE_SEGMENT_HASH, by_short_hash))
			return true;
	}
	return false;
}

static bool is_suppressed(struct scope *sc, const struct pacing *p, const char *address)
{
	const char *key = str_lower(sc->mem, address);
	unsigned char hash[HASH_BYTES];

	if (!p->key_len)
		return false;
	hmac_sha256(p->key, p->key_len, bytes_of(key, strlen(key)), hash);
	if (p->hash_count && bsearch(hash, p->hashes, p->hash_count, HASH_CUT, by_hash))
		return true;
	return in_segments(p, hash);
}

void pacing_case(struct scope *sc, const struct pacing *p, const struct spool_item *item,
	struct pace_case *c)
{
	const struct box *b = find(p, item->mailbox);

	*c = (struct pace_case){ .host = p->host };
	c->mail = (struct pace_mail){ .id = item->id,
		.due = item->due,
		.suppressed = is_suppressed(sc, p, item->recipient) };
	if (!b)
		return;
	c->box = b->limits;
	c->box.by = b->by;
	c->used = b->used;
	lanes_case(agent_of(sc)->lanes, item, c);
}

/* ---- picking ---- */

static void wake_at(struct pacing_pick *pick, int64_t real_ms)
{
	if (real_ms < pick->wake)
		pick->wake = real_ms;
}

static void send_back(struct pacing_pick *pick, const struct spool_item *item, const char *why)
{
	pick->back_why[pick->back_count] = why;
	pick->back[pick->back_count++] = *item;
}

/* What a limit that holds one mail means for those behind it. */
enum reach { REACH_MAIL, REACH_PROVIDER, REACH_MAILBOX };

static enum reach reach_of(const struct pace_verdict *v)
{
	switch (v->limit) {
	case PACE_DUE:
	case PACE_SUPPRESSED:
		return REACH_MAIL;
	case PACE_STOP:
	case PACE_SHAPE:
	case PACE_WARMUP:
	case PACE_DAY:
		return v->lane == LANE_PROVIDER ? REACH_PROVIDER : REACH_MAILBOX;
	/* First mails stand behind follow-ups: those that are left are first ones too. */
	case PACE_NEW:
	case PACE_QUEUE:
	case PACE_ROW:
		return REACH_PROVIDER;
	/* The gap differs from mail to mail by jitter only; the order stays as it is. */
	default:
		return REACH_MAILBOX;
	}
}

/* Mails of one mailbox towards one provider, in their order. */
struct line {
	struct spool_item *items;
	size_t count, at;
};

static bool goes_before(const struct spool_item *a, const struct spool_item *b)
{
	if (a->follow_up != b->follow_up)
		return a->follow_up;
	if (a->due != b->due)
		return a->due < b->due;
	return a->id < b->id;
}

/* The line whose first mail goes before all others'; NULL when all are done. */
static struct line *foremost(struct line *lines, size_t n)
{
	struct line *best = NULL;

	for (size_t i = 0; i < n; i++) {
		struct line *l = &lines[i];

		if (l->at < l->count &&
			(!best || goes_before(&l->items[l->at], &best->items[best->at])))
			best = l;
	}
	return best;
}

/* ITEM goes, goes back, or is held: then *V says by what. */
static bool weigh(struct scope *sc, const struct pacing *p, const struct spool_item *item,
	struct pace_used *used, struct pacing_pick *pick, struct pace_verdict *v)
{
	struct pace_case c;

	pacing_case(sc, p, item, &c);
	c.used = *used;
	if (c.mail.suppressed || !c.box.listed) {
		if (pick->back_count < ROOM_MOST)
			send_back(pick, item, c.mail.suppressed ? "suppressed" : "mailbox");
		return true;
	}
	*v = pace_check(&c, pick->now);
	if (v->limit != PACE_FREE)
		return false;
	pick->go[pick->go_count++] = *item;
	pace_count(used, pick->now);
	lanes_release(agent_of(sc)->lanes, item);
	return true;
}

static enum err pick_of_lines(struct scope *sc, const struct pacing *p, int64_t mailbox,
	struct line *lines, size_t n, size_t most, struct pacing_pick *pick)
{
	const struct clock *clock = sc->world->clock;
	const struct box *b = find(p, mailbox);
	struct pace_used used = b ? b->used : (struct pace_used){ 0 };
	struct line *l;

	while (pick->go_count < most && (l = foremost(lines, n))) {
		struct pace_verdict v;
		enum reach reach;

		if (weigh(sc, p, &l->items[l->at], &used, pick, &v)) {
			l->at++;
			continue;
		}
		if (v.lifts != PACE_NEVER)
			wake_at(pick, clock_real_at(clock, (struct plan){ v.lifts }).ms);
		reach = reach_of(&v);
		if (reach == REACH_MAILBOX)
			break;
		l->at = reach == REACH_PROVIDER ? l->count : l->at + 1;
	}
	return ERR_NONE;
}

/* HEADS are one mailbox's. */
static enum err pick_of_mailbox(struct scope *sc, const struct pacing *p,
	const struct spool_head *heads, size_t n, size_t most, struct pacing_pick *pick)
{
	struct line *lines = arena_array(sc->mem, n, sizeof *lines);
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++) {
		const struct spool_head *head = &heads[i];

		lines[i] = (struct line){ 0 };
		if (head->ready)
			e = spool_ready(sc, head->mailbox, head->provider, most + LOOK_AHEAD,
				&lines[i].items, &lines[i].count);
	}
	return e ? e : pick_of_lines(sc, p, heads[0].mailbox, lines, n, most, pick);
}

/* What was used in the future was so before the clock was set back. True when it was. */
static bool heal(struct pace_used *u, struct plan now)
{
	int64_t day = clock_day(now.ms);

	if (u->last <= now.ms && u->day <= day)
		return false;
	u->last = u->last > now.ms ? now.ms : u->last;
	u->day = u->day > day ? day : u->day;
	return true;
}

enum err pacing_pick(struct scope *sc, struct pacing *p, size_t most, struct pacing_pick *pick)
{
	const struct clock *clock = sc->world->clock;
	struct spool_head *heads;
	size_t n;
	enum err e = spool_heads(sc, &heads, &n);

	if (e)
		return e;
	*pick = (struct pacing_pick){ .wake = NO_WAKE,
		.now = now_plan(sc),
		.go = arena_array(sc->mem, most, sizeof *pick->go),
		.back = arena_array(sc->mem, ROOM_MOST, sizeof *pick->back),
		.back_why = arena_array(sc->mem, ROOM_MOST, sizeof *pick->back_why) };
	for (size_t i = 0; i < p->count; i++)
		heal(&p->boxes[i].used, pick->now);
	e = lanes_turn(sc, agent_of(sc)->lanes, pick->now);
	for (size_t i = 0; i < n; i++) {
		const struct spool_head *head = &heads[i];

		pick->waiting += head->waiting;
		if (head->next_due)
			wake_at(pick, clock_real_at(clock, (struct plan){ head->next_due }).ms);
		if (head->next_retry)
			wake_at(pick, head->next_retry);
	}
	for (size_t i = 0, k; i < n && !e; i = k) {
		k = i + 1;
		while (k < n && heads[k].mailbox == heads[i].mailbox)
			k++;
		e = pick_of_mailbox(sc, p, heads + i, k - i, most, pick);
	}
	return e;
}

/* What a mailbox has used once the picked mails are out. */
static struct pace_used used_after(
	const struct pacing *p, const struct pacing_pick *pick, int64_t mailbox)
{
	struct pace_used used = find(p, mailbox)->used;

	for (size_t i = 0; i < pick->go_count; i++)
		if (pick->go[i].mailbox == mailbox)
			pace_count(&used, pick->now);
	return used;
}

static enum err put_used(struct scope *sc, int64_t mailbox, const struct pace_used *u)
{
	return db_run(sc, &used_put, BIND(V(mailbox), V(u->day), V(u->count), V(u->last)), NULL);
}

enum err pacing_store(struct scope *sc, const struct pacing *p, const struct pacing_pick *pick)
{
	int64_t last = 0;

	/* Picked mails of one mailbox stand together. */
	for (size_t i = 0; i < pick->go_count; i++) {
		struct pace_used used;
		enum err e;

		if (pick->go[i].mailbox == last)
			continue;
		last = pick->go[i].mailbox;
		used = used_after(p, pick, last);
		e = put_used(sc, last, &used);
		if (e)
			return e;
	}
	return ERR_NONE;
}

void pacing_keep(struct pacing *p, const struct pacing_pick *pick)
{
	for (size_t i = 0; i < pick->go_count; i++)
		pace_count(&find(p, pick->go[i].mailbox)->used, pick->now);
}

enum err pacing_give_back(struct scope *sc, struct pacing *p, int64_t mailbox)
{
	struct box *b = find(p, mailbox);

	if (!b || b->used.count == 0)
		return ERR_NONE;
	b->used.count--;
	return put_used(sc, mailbox, &b->used);
}

enum err pacing_clamp(struct scope *sc, struct pacing *p)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < p->count && !e; i++)
		if (heal(&p->boxes[i].used, now_plan(sc)))
			e = put_used(sc, p->boxes[i].id, &p->boxes[i].used);
	return e;
}

int64_t pacing_allowance(const struct scope *sc, const struct pacing *p)
{
	int64_t span = SPAN_MS * sc->world->clock->rate, sum = 0;
	bool any = false;

	if (p->host.stopped || p->host.held)
		return 0;
	for (size_t i = 0; i < p->count && sum < ROOM_MOST; i++) {
		const struct box *b = &p->boxes[i];

		any = any || (b->limits.listed && b->limits.active);
		if (any && b->limits.listed)
			sum += lanes_allowance(agent_of(sc)->lanes, b->id, span,
				pace_allowance(
					&b->limits, &b->used, now_plan(sc), span, ROOM_MOST));
	}
	if (sum < ROOM_LEAST)
		return any ? ROOM_LEAST : 0;
	return sum < ROOM_MOST ? sum : ROOM_MOST;
}
