/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "lanes_priv.h"

#include <stdlib.h>

#include "agent.h"
#include "base/log.h"
#include "meta.h"
#include "pace/lane_text.h"
#include "pace/outcome.h"

#define MOST_PROVIDERS 64
#define QUEUED_MOST    20 /* in Postfix towards one provider, where the part says nothing */
/* Postfix closes a connection that it has no mail for after two seconds (main.cf:
   smtp_connection_cache_time_limit). */
#define CLOSED_MS (5 * SECOND_MS)
/* A mail that nobody tried for so long is not about to be. */
#define STUCK_MS (10 * MINUTE_MS)

struct lane_row {
	int64_t kind, mailbox;
	const char *provider, *state;
};
SHAPE(lane_shape, struct lane_row, COL(struct lane_row, kind), COL(struct lane_row, mailbox),
	COL(struct lane_row, provider), COL(struct lane_row, state));

SQL(lanes_read, SQL_ENGINE, "SELECT kind, mailbox, provider, state FROM lane");
SQL(lanes_read_one, SQL_ENGINE,
	"SELECT kind, mailbox, provider, state FROM lane "
	"WHERE kind = $1 AND mailbox = $2 AND provider = $3");
SQL(lanes_put, SQL_ENGINE,
	"INSERT INTO lane (kind, mailbox, provider, state) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (kind, mailbox, provider) DO UPDATE SET state = excluded.state");

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- places ---- */

static int compare(
	const struct lane_entry *e, enum lane_kind kind, int64_t mailbox, const char *provider)
{
	if (e->kind != kind)
		return e->kind < kind ? -1 : 1;
	if (e->mailbox != mailbox)
		return e->mailbox < mailbox ? -1 : 1;
	return strcmp(e->provider, provider);
}

/* Its place in the list, or the one it would have. */
static bool find(const struct lanes *l, enum lane_kind kind, int64_t mailbox, const char *provider,
	size_t *at)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = compare(l->list[mid], kind, mailbox, provider);

		if (c == 0) {
			*at = mid;
			return true;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*at = low;
	return false;
}

struct lane_entry *lanes_have(
	struct lanes *l, enum lane_kind kind, int64_t mailbox, const char *provider)
{
	struct lane_entry *e;
	size_t at;

	if (find(l, kind, mailbox, provider, &at))
		return l->list[at];
	if (kind == LANE_PROVIDER && l->providers >= MOST_PROVIDERS &&
		!str_eq(provider, PROVIDER_NOBODY))
		return lanes_have(l, kind, mailbox, PROVIDER_NOBODY);
	e = must(calloc(1, sizeof *e));
	e->kind = kind;
	e->mailbox = mailbox;
	snprintf(e->provider, sizeof e->provider, "%s", provider);
	lanes_rule(l, e);
	lane_open(&e->lane, &e->rules, l->now);
	l->list = must(realloc(l->list, (l->count + 1) * sizeof *l->list));
	memmove(l->list + at + 1, l->list + at, (l->count - at) * sizeof *l->list);
	l->list[at] = e;
	l->count++;
	l->providers += kind == LANE_PROVIDER;
	return e;
}

void lanes_of(struct lanes *l, const struct spool_item *item, struct lane_entry *e[LANE_KINDS])
{
	e[LANE_IP] = lanes_have(l, LANE_IP, 0, "");
	e[LANE_PROVIDER] = lanes_have(l, LANE_PROVIDER, 0, item->provider);
	e[LANE_MAILBOX] = lanes_have(l, LANE_MAILBOX, item->mailbox, "");
}

/* ---- opening ---- */

/* What cannot be read is a lane at its first day: too little is sent, never too much. */
static void read_back(struct scope *sc, struct lanes *l, const struct lane_row *row)
{
	struct lane_entry *e;

	if (row->kind < 0 || row->kind >= LANE_KINDS)
		return;
	e = lanes_have(l, (enum lane_kind)row->kind, row->mailbox, row->provider);
	/* What went just before nobody counted. */
	e->row = INT32_MAX;
	e->moved_at = now_real(sc).ms;
	if (lane_parse(sc, bytes_of(row->state, strlen(row->state)), &e->lane) != ERR_NONE)
		log_failure(sc, "reading a lane");
	scope_clear(sc);
}

enum err lanes_open(struct scope *sc, struct lanes **out)
{
	struct lanes *l = must(calloc(1, sizeof *l));
	struct lane_row *rows;
	size_t n;
	enum err e = db_list(sc, &lanes_read, BIND_NONE, &lane_shape, &rows, &n);

	l->gates = gates_standard();
	l->now = now_plan(sc).ms;
	if (!e)
		e = meta_get(sc, META_HAND, &l->hand, NULL);
	l->hand_kept = l->hand;
	for (size_t i = 0; !e && i < n; i++)
		read_back(sc, l, &rows[i]);
	if (e)
		lanes_close(l);
	else
		*out = l;
	return e;
}

void lanes_close(struct lanes *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		free(l->list[i]);
	free(l->list);
	free(l->notes);
	if (l->desk)
		scope_close(l->desk);
	free(l->desk);
	free(l);
}

bool lanes_are_on(const struct lanes *l)
{
	return l->on;
}

/* ---- time ---- */

static struct lane_note *add_note(struct lanes *l, struct lane_entry *e)
{
	struct lane_note *n;

	if (l->note_count == l->note_room) {
		l->note_room = l->note_room ? 2 * l->note_room : 16;
		l->notes = must(realloc(l->notes, l->note_room * sizeof *l->notes));
	}
	n = &l->notes[l->note_count++];
	*n = (struct lane_note){ .entry = e };
	e->dirty = true;
	return n;
}

void lanes_note(struct lanes *l, struct lane_entry *e, struct lane_said *said)
{
	for (size_t i = 0; i < said->count; i++) {
		struct lane_note *n = add_note(l, e);

		n->d = said->list[i];
		snprintf(n->rule, sizeof n->rule, "%s", n->d.rule ? n->d.rule : "");
		n->d.rule = NULL;
	}
	e->moved = e->moved || said->count;
	said->count = 0;
}

static void turn(struct lanes *l, struct lane_entry *e)
{
	const struct lane_day was = e->lane.days[0];
	int64_t step = e->lane.stage, cap = e->lane.cap;
	struct lane_said said;

	said.count = 0;
	lane_turn(&e->lane, &e->rules, l->now, &said);
	if (e->lane.days[0].day != was.day &&
		(was.mails || was.retries || was.ended || was.complained)) {
		struct lane_note *n = add_note(l, e);

		n->is_day = true;
		n->day = was;
		n->step = step;
		n->cap = cap;
	}
	lanes_note(l, e, &said);
	if ((e->order.slow && e->order.slow <= l->now) ||
		(e->order.stop && e->order.stop <= l->now))
		lanes_order(l, e);
}

static enum err count_queued(struct scope *sc, struct lanes *l)
{
	struct spool_towards *rows;
	struct lane_entry *ip = lanes_have(l, LANE_IP, 0, "");
	size_t n;
	enum err e = spool_towards(sc, &rows, &n);

	if (e)
		return e;
	for (size_t i = 0; i < l->count; i++)
		l->list[i]->queued = 0;
	for (size_t i = 0; i < n; i++) {
		lanes_have(l, LANE_PROVIDER, 0, rows[i].provider)->queued += rows[i].count;
		ip->queued += rows[i].count;
	}
	return ERR_NONE;
}

enum err lanes_turn(struct scope *sc, struct lanes *l, struct plan now)
{
	l->now = now.ms;
	l->real = now_real(sc).ms;
	if (!l->on)
		return ERR_NONE;
	for (size_t i = 0; i < l->count; i++)
		turn(l, l->list[i]);
	return count_queued(sc, l);
}

/* ---- asking ---- */

/* What is open in both windows; the mailbox's own where that is nothing. */
static void narrow(struct pace_box *box, const struct ramp_plan *plan)
{
	int64_t days = box->days & plan->days;
	int64_t from = box->from_minute > plan->from_minute ? box->from_minute : plan->from_minute;
	int64_t to = box->to_minute < plan->to_minute ? box->to_minute : plan->to_minute;

	if (!days || from >= to)
		return;
	box->days = days;
	box->from_minute = from;
	box->to_minute = to;
}

/* How many mails one connection may carry, and may have carried. */
static void case_row(struct lanes *l, struct lane_entry *e, struct pace_case *c)
{
	int64_t quiet = l->real - e->moved_at;

	c->row_most = shape_least(&e->lane.shape, SHAPE_MESSAGES, l->now, INT64_MAX);
	if (c->row_most == INT64_MAX)
		c->row_most = 0;
	/* The clock was set back. */
	if (quiet < 0)
		e->moved_at = l->real;
	if (quiet >= STUCK_MS || (quiet >= CLOSED_MS && !e->flying))
		e->row = e->flying = 0;
	c->row = e->row;
	c->row_over = l->now + (CLOSED_MS - (quiet > 0 && quiet < CLOSED_MS ? quiet : 0)) *
				       l->desk->world->clock->rate;
}

void lanes_case(struct lanes *l, const struct spool_item *item, struct pace_case *c)
{
	struct lane_entry *e[LANE_KINDS];
	const struct ramp_plan *plan;

	if (!l->on)
		return;
	lanes_of(l, item, e);
	for (int k = 0; k < LANE_KINDS; k++) {
		c->lanes[k] = &e[k]->lane;
		c->orders[k] = &e[k]->order;
	}
	c->mail.fresh = !item->follow_up;
	c->queued = e[LANE_PROVIDER]->queued;
	/* So few connections at a time as mails are there for them. */
	c->queued_most = shape_least(&e[LANE_PROVIDER]->lane.shape, SHAPE_CONNECTIONS, l->now,
		l->part.queued_most ? l->part.queued_most : QUEUED_MOST);
	case_row(l, e[LANE_PROVIDER], c);
	plan = e[LANE_MAILBOX]->plan;
	if (!plan)
		return;
	c->new_most = e[LANE_MAILBOX]->lane.cap * plan->new_share / 100;
	c->new_most = c->new_most ? c->new_most : 1;
	narrow(&c->box, plan);
}

static bool is_paused(const struct lane *lane, int64_t now, int64_t *until)
{
	struct shape_verdict v = shape_check(&lane->shape, now);

	*until = v.lifts;
	return v.held && !v.rate;
}

static int64_t entry_stopped(const struct lane_entry *e, int64_t now)
{
	int64_t until = e->lane.stopped > now ? e->lane.stopped : 0, paused;

	if (e->order.stop > now && e->order.stop > until)
		until = e->order.stop;
	return is_paused(&e->lane, now, &paused) && paused > until ? paused : until;
}

int64_t lanes_stopped(struct lanes *l, const struct spool_item *item)
{
	struct lane_entry *e[LANE_KINDS];
	int64_t until = 0;

	if (!l->on)
		return 0;
	lanes_of(l, item, e);
	for (int k = 0; k < LANE_KINDS; k++) {
		int64_t this = entry_stopped(e[k], l->now);

		until = this > until ? this : until;
	}
	return until;
}

bool lanes_any_stopped(const struct lanes *l)
{
	for (size_t i = 0; l->on && i < l->count; i++)
		if (entry_stopped(l->list[i], l->now))
			return true;
	return false;
}

int64_t lanes_allowance(struct lanes *l, int64_t mailbox, int64_t span_ms, int64_t most)
{
	const struct lane *lane;
	int64_t sum;

	if (!l->on)
		return most;
	lane = &lanes_have(l, LANE_MAILBOX, mailbox, "")->lane;
	sum = lane_left(lane, l->now);
	/* On a fast clock the span reaches into the next days. */
	sum += (clock_day(l->now + span_ms) - clock_day(l->now)) * lane->cap;
	return sum < most ? sum : most;
}

/* ---- what happens ---- */

void lanes_release(struct lanes *l, const struct spool_item *item)
{
	struct lane_entry *e[LANE_KINDS];

	if (!l->on)
		return;
	lanes_of(l, item, e);
	for (int k = 0; k < LANE_KINDS; k++) {
		lane_release(&e[k]->lane, l->now, !item->follow_up);
		e[k]->dirty = e[k]->moved = true;
		e[k]->queued++;
	}
	e[LANE_PROVIDER]->row++;
	e[LANE_PROVIDER]->flying++;
	e[LANE_PROVIDER]->moved_at = l->real;
}

void lanes_give_back(struct lanes *l, const struct spool_item *item)
{
	struct lane_entry *e[LANE_KINDS];

	if (!l->on)
		return;
	lanes_of(l, item, e);
	for (int k = 0; k < LANE_KINDS; k++) {
		lane_give_back(&e[k]->lane, l->now, !item->follow_up);
		e[k]->dirty = e[k]->moved = true;
		e[k]->queued -= e[k]->queued > 0;
	}
	e[LANE_PROVIDER]->row -= e[LANE_PROVIDER]->row > 0;
	e[LANE_PROVIDER]->flying -= e[LANE_PROVIDER]->flying > 0;
}

static enum lane_outcome meaning(const struct logline *line)
{
	if (line->kind == LOGLINE_SENT)
		return LANE_ACCEPTED;
	if (line->kind == LOGLINE_EXPIRED)
		return LANE_LOST;
	return outcome_of(line->code, line->status, line->text, line->kind == LOGLINE_BOUNCED);
}

/* An attempt is over: its connection may stay open for a moment. */
static void count_row(struct scope *sc, struct lane_entry *e, const struct spool_item *item)
{
	if (item->tried)
		e->row++;
	else
		e->flying -= e->flying > 0;
	e->moved_at = now_real(sc).ms;
}

void lanes_logged(struct scope *sc, struct lanes *l, const struct spool_item *item,
	const struct logline *line)
{
	enum lane_outcome o = meaning(line);
	const struct shape_rule *rule = NULL;
	struct lane_entry *e[LANE_KINDS];
	struct lane_said said;

	if (!l->on)
		return;
	if (line->text && line->kind != LOGLINE_SENT && line->kind != LOGLINE_EXPIRED)
		rule = shape_match(l->rules, item->provider, line->text);
	lanes_of(l, item, e);
	said.count = 0;
	count_row(sc, e[LANE_PROVIDER], item);
	for (int k = 0; k < LANE_KINDS; k++) {
		/* The first attempt was counted when it was released. */
		if (item->tried && line->kind != LOGLINE_EXPIRED)
			lane_retry(&e[k]->lane, l->now);
		lane_outcome(&e[k]->lane, &e[k]->rules, l->now, o, rule, &said);
		e[k]->dirty = e[k]->moved = true;
		lanes_note(l, e[k], &said);
	}
}

/* ---- what stays ---- */

bool lanes_changed(const struct lanes *l)
{
	if (!l->on)
		return false;
	if (l->note_count || l->hand != l->hand_kept)
		return true;
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i]->dirty || lanes_has_news(l->list[i]))
			return true;
	return false;
}

static enum err put(struct scope *sc, const struct lane_entry *e)
{
	const char *provider = e->provider;
	struct out o;

	out_init(&o, sc->mem);
	lane_format(&o, &e->lane);
	return db_run(sc, &lanes_put,
		BIND(V((int64_t)e->kind), V(e->mailbox), V(provider), V((const char *)o.data)),
		NULL);
}

enum err lanes_store(struct scope *sc, struct lanes *l)
{
	enum err e = ERR_NONE;

	if (!l->on)
		return ERR_NONE;
	for (size_t i = 0; i < l->count && !e; i++)
		if (l->list[i]->dirty)
			e = put(sc, l->list[i]);
	if (!e && l->hand != l->hand_kept)
		e = meta_set(sc, META_HAND, l->hand, NULL);
	return e ? e : lanes_tell(sc, l);
}

void lanes_keep(struct lanes *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct lane_entry *e = l->list[i];

		e->dirty = false;
		if (lanes_has_news(e)) {
			e->moved = false;
			e->told_at = clock_mono();
		}
	}
	l->note_count = 0;
	l->hand_kept = l->hand;
}

void lanes_take_back(struct scope *sc, struct lanes *l)
{
	if (!l->on)
		return;
	for (size_t i = 0; i < l->count; i++) {
		struct lane_entry *e = l->list[i];
		const char *provider = e->provider;
		struct lane_row row;
		enum err found;

		if (!e->dirty)
			continue;
		found = db_one(sc, &lanes_read_one,
			BIND(V((int64_t)e->kind), V(e->mailbox), V(provider)), &lane_shape, &row);
		if (!found)
			read_back(sc, l, &row);
		else if (found == ERR_MISSING)
			lane_open(&e->lane, &e->rules, l->now);
		lane_rule(&e->lane, &e->rules);
		scope_clear(sc);
		/* One that cannot be read counts too much, until the next start. */
		e->dirty = found && found != ERR_MISSING;
	}
	l->note_count = 0;
	l->hand = l->hand_kept;
	lanes_do(l);
}
