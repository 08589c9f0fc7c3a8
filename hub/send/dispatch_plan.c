/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <string.h>

#include "base/str.h"

#include "pace/pace.h"
#include "pace/provider.h"
#include "store/db.h"
#include "text/zone.h"

#include "audience/suppression.h"
#include "event/event.h"
#include "fleet/catch_up.h"
#include "fleet/uplink.h"
#include "send/dispatch_priv.h"
#include "send/routing.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"
#include "warmup/room.h"
#include "warmup/site.h"

/* ---- seats: mailboxes and what they may still take ---- */

struct seat {
	int64_t mailbox, appliance;
	int64_t cap;
	int64_t left;  /* mails it may release soon, less those on the way to it */
	int64_t lifts; /* where its lane leaves it none: when that is over (plan), or 0 */
	struct routing routing;
};

/* Mails on the way to an appliance. */
struct moving {
	int64_t mailbox, count;
	const char *provider;
};
SHAPE(moving_shape, struct moving, COL(struct moving, mailbox), COL(struct moving, provider),
	COL(struct moving, count));

struct room {
	int64_t appliance, units;
	struct lane_rooms *lanes;
	struct moving *moving;
	size_t moving_count;
};

#define MAX_SEATS 400

struct planner {
	struct scope *sc;
	struct turn_plan *out;
	size_t most;      /* rows of OUT */
	int64_t lease_ms; /* real */
	struct seat seats[MAX_SEATS];
	size_t seat_count;
	struct room rooms[MAX_SEATS]; /* of their appliances */
	size_t room_count;
	enum err failed;     /* while a seat was asked for */
	struct routing last; /* of the first mail planned last */
	int in_row;          /* first mails planned in a row from its machine */
};
/* No more than so many first mails in a row from one machine while another can take them. */
#define IN_ROW 3

SQL(dispatch_on_the_way, SQL_TENANT,
	"SELECT mailbox, COALESCE(provider, 'other') AS provider, count(*) AS count FROM message "
	"WHERE tenant = $1 AND appliance = $2 AND state IN ('leased', 'handed') "
	"GROUP BY mailbox, provider");
SQL(dispatch_queued_today, SQL_TENANT,
	"SELECT n FROM tally WHERE tenant = $1 AND dim = 'mailbox' AND key = $2 AND grain = 'day' "
	"AND bucket = $3 AND kind = 'mail.queued'");

/* What may leave before half of a lease is over: more would sit at the appliance until it is too
   old, and come back. */
static int64_t span_of(const struct planner *p)
{
	struct real soon = { now_real(p->sc).ms + p->lease_ms / 2 };

	return clock_plan_at(p->sc->world->clock, soon).ms - now_plan(p->sc).ms;
}

static enum err room_open(struct planner *p, struct room *r)
{
	enum err e = uplink_room(p->sc, r->appliance, &r->units);

	if (e || r->units <= 0)
		return e;
	e = lane_rooms_open(p->sc, r->appliance, span_of(p), &r->lanes);
	if (!e)
		e = db_list(p->sc, &dispatch_on_the_way, BIND(V(r->appliance)), &moving_shape,
			&r->moving, &r->moving_count);
	for (size_t i = 0; i < r->moving_count && !e; i++)
		e = lane_rooms_take(p->sc, r->lanes, r->moving[i].provider, r->moving[i].count);
	return e;
}

static struct room *room_known(struct planner *p, int64_t appliance)
{
	for (size_t i = 0; i < p->room_count; i++)
		if (p->rooms[i].appliance == appliance)
			return &p->rooms[i];
	return NULL;
}

static enum err room_of(struct planner *p, int64_t appliance, struct room **out)
{
	struct room *r = room_known(p, appliance);
	enum err e = ERR_NONE;

	if (!r) {
		r = &p->rooms[p->room_count];
		*r = (struct room){ .appliance = appliance };
		e = room_open(p, r);
		if (!e)
			p->room_count++;
	}
	*out = r;
	return e;
}

static int64_t moving_of(const struct room *r, int64_t mailbox)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->moving_count; i++)
		if (r->moving[i].mailbox == mailbox)
			sum += r->moving[i].count;
	return sum;
}

/* What a mailbox may release, by its own limits and by its lane's. */
static enum err seat_left(
	struct planner *p, const struct mailbox *m, struct room *room, struct seat *s)
{
	struct scope *sc = p->sc;
	int64_t now = now_plan(sc).ms;
	struct pace_box box = { .listed = true,
		.active = true,
		.cap = m->cap,
		.gap_ms = m->gap,
		.jitter_ms = m->jitter,
		.days = m->days,
		.from_minute = m->from_minute,
		.to_minute = m->to_minute };
	struct pace_used used = { .day = clock_day(now) };
	struct lane_room lane;
	const struct zone *z;
	enum err e = zone_find(sc, NULL, m->zone, &z);

	if (e)
		return e;
	box.offset_minutes = zone_offset(z, now) / 60;
	e = db_int(sc, &dispatch_queued_today, BIND(V(m->id), V(used.day)), &used.count);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		used.count = 0;
		e = ERR_NONE;
	}
	if (!e)
		e = lane_rooms_mailbox(sc, room->lanes, m->id, used.count, &lane);
	if (e)
		return e;
	s->left = pace_allowance(&box, &used, (struct plan){ now }, span_of(p), DISPATCH_BATCH);
	if (lane.left < s->left) {
		s->left = lane.left;
		s->lifts = lane.lifts ? lane.lifts : PACE_NEVER;
	}
	s->left -= moving_of(room, m->id);
	return ERR_NONE;
}

static enum err seat_add(struct planner *p, const struct mailbox *m, const struct routing *r)
{
	struct seat s = {
		.mailbox = m->id, .appliance = m->appliance, .cap = m->cap, .routing = *r
	};
	struct room *room;
	enum err e;

	for (size_t i = 0; i < p->seat_count; i++)
		if (p->seats[i].mailbox == m->id)
			return ERR_NONE;
	if (p->seat_count == MAX_SEATS)
		return ERR_NONE;
	if (m->appliance && str_eq(m->state, "active") && !routing_holds(r)) {
		e = room_of(p, m->appliance, &room);
		if (!e && room->units > 0)
			e = seat_left(p, m, room, &s);
		if (e)
			return e;
	}
	p->seats[p->seat_count++] = s;
	return ERR_NONE;
}

static struct seat *seat_of(struct planner *p, int64_t mailbox)
{
	for (size_t i = 0; i < p->seat_count; i++)
		if (p->seats[i].mailbox == mailbox)
			return &p->seats[i];
	return NULL;
}

static enum err seat_find(struct planner *p, int64_t mailbox, struct seat **out)
{
	struct mailbox m;
	struct routing r;
	enum err e;

	*out = seat_of(p, mailbox);
	if (*out)
		return ERR_NONE;
	e = mailbox_find(p->sc, mailbox, &m);
	if (!e)
		e = routing_find(p->sc, mailbox, &r);
	if (e == ERR_MISSING) {
		scope_clear(p->sc);
		return ERR_NONE;
	}
	if (!e)
		e = seat_add(p, &m, &r);
	*out = seat_of(p, mailbox);
	return e;
}

/* The tighter of the lanes of S's address on the way to PROVIDER. */
static const struct lane_room *lane_towards(
	struct planner *p, const struct room *room, const char *provider)
{
	const struct lane_room *lane = NULL;
	enum err e = lane_rooms_towards(p->sc, room->lanes, provider, &lane);

	if (e)
		p->failed = e;
	return e ? NULL : lane;
}

/* How many mails to PROVIDER (NULL: to anybody) it takes. */
static int64_t seat_room(struct planner *p, const struct seat *s, const char *provider)
{
	const struct room *room = s && s->left > 0 ? room_known(p, s->appliance) : NULL;
	const struct lane_room *lane;

	if (!room || room->units <= 0)
		return 0;
	lane = provider ? lane_towards(p, room, provider) : NULL;
	return lane && lane->left < s->left ? lane->left : s->left;
}

/* Where a lane is what leaves none: when that is over (plan), PACE_NEVER where nobody knows. 0
   where it is something else. */
static int64_t seat_lifts(struct planner *p, const struct seat *s, const char *provider)
{
	const struct room *room = s ? room_known(p, s->appliance) : NULL;
	const struct lane_room *lane;

	if (!room || room->units <= 0 || (s->left <= 0 && !s->lifts))
		return 0;
	if (s->left <= 0)
		return s->lifts;
	lane = lane_towards(p, room, provider);
	if (!lane || lane->left > 0)
		return 0;
	return lane->lifts ? lane->lifts : PACE_NEVER;
}

/* Two first mails in a row come from two domains, and a fourth from another machine. */
static bool is_diverse(const struct planner *p, const struct seat *s)
{
	return s->routing.domain != p->last.domain &&
	       (s->appliance != p->last.appliance || p->in_row < IN_ROW);
}

/* The one that is best to go, so that mailboxes fill evenly where they are alike; one that is not
   in reserve and one that keeps to the rule above where there is one. */
static struct seat *seat_choose(
	struct planner *p, const int64_t *mailboxes, size_t n, const char *provider)
{
	struct seat *best[4] = { NULL };
	int64_t most[4] = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct seat *s = seat_of(p, mailboxes[i]);
		int64_t left = seat_room(p, s, provider), weight;
		int kind;

		if (left <= 0)
			continue;
		kind = (s->routing.reserve ? 0 : 2) + is_diverse(p, s);
		weight = routing_weight(&s->routing, left, s->cap);
		if (weight > most[kind]) {
			most[kind] = weight;
			best[kind] = s;
		}
	}
	for (int kind = 3; kind > 0; kind--)
		if (best[kind])
			return best[kind];
	return best[0];
}

/* Who wrote to somebody before writes again, where it can. */
static struct seat *seat_before(
	struct planner *p, const int64_t *mailboxes, size_t n, int64_t before, const char *provider)
{
	for (size_t i = 0; i < n && before; i++)
		if (mailboxes[i] == before && seat_room(p, seat_of(p, before), provider) > 0)
			return seat_of(p, before);
	return NULL;
}

/* ---- mails ---- */

struct candidate {
	int64_t id, workspace, campaign, contact, mailbox;
	int64_t before; /* the mailbox that wrote to this contact last */
	bool follow_up;
	const char *origin, *rcpt;
	const char *email_key, *contact_state, *provider;
};
SHAPE(candidate_shape, struct candidate, COL(struct candidate, id),
	COL(struct candidate, workspace), COL(struct candidate, campaign),
	COL(struct candidate, contact), COL(struct candidate, mailbox),
	COL(struct candidate, before), COL(struct candidate, follow_up),
	COL(struct candidate, origin), COL(struct candidate, rcpt),
	COL(struct candidate, email_key), COL(struct candidate, contact_state),
	COL(struct candidate, provider));

#define CANDIDATES                                                                                 \
	"SELECT m.id, m.workspace, m.campaign, m.contact, m.mailbox, CASE WHEN m.mailbox IS NULL " \
	"THEN (SELECT p.mailbox FROM message p WHERE p.tenant = $1 AND p.contact = m.contact "     \
	"AND p.queued_at IS NOT NULL ORDER BY p.queued_at DESC LIMIT 1) END AS before, "           \
	"m.follow_up, m.origin, "                                                                  \
	"m.rcpt, c.email_key, c.state AS contact_state, c.provider FROM message m "                \
	"LEFT JOIN contact c ON c.tenant = m.tenant AND c.id = m.contact WHERE m.tenant = $1 "
SQL(dispatch_of_campaign, SQL_TENANT,
	CANDIDATES "AND m.campaign = $2 AND m.state = 'due' AND m.follow_up = $3 AND m.due <= $4 "
		   "ORDER BY m.due LIMIT $5");
SQL(dispatch_of_none, SQL_TENANT,
	CANDIDATES "AND m.campaign IS NULL AND m.state = 'due' AND m.due <= $2 "
		   "ORDER BY m.follow_up DESC, m.due LIMIT $3");
SQL(dispatch_campaigns, SQL_TENANT,
	"SELECT c.id FROM campaign c WHERE c.tenant = $1 AND c.state = 'running' AND EXISTS "
	"(SELECT 1 FROM message m WHERE m.tenant = $1 AND m.campaign = c.id AND m.state = 'due' "
	"AND m.due <= $2) ORDER BY c.id");

struct campaign_row {
	int64_t id;
};
SHAPE(campaign_row_shape, struct campaign_row, COL(struct campaign_row, id));

static bool is_ascii_local(const char *address)
{
	for (; *address && *address != '@'; address++)
		if ((unsigned char)*address >= 0x80)
			return false;
	return true;
}

/* Why this mail must not go at all; NULL when it may. */
static enum err find_obstacle(struct planner *p, const struct candidate *c, const char **why)
{
	const char *key = str_empty(c->rcpt) ? c->email_key : c->rcpt;

	*why = NULL;
	if (c->contact && str_empty(c->rcpt) && !str_eq(c->contact_state, "active"))
		*why = c->contact_state ? c->contact_state : "erased";
	else if (str_empty(key))
		*why = "erased";
	else if (!is_ascii_local(key))
		*why = "smtputf8";
	else {
		const char *reason;
		enum err e = suppression_has(p->sc, c->workspace, c->campaign,
			str_empty(c->rcpt) ? key : str_lower(p->sc->mem, key), &reason);

		if (e)
			return e;
		*why = reason ? "suppressed" : NULL;
	}
	return ERR_NONE;
}

/* Whose server it goes to. A mail to nobody's contact (a test) goes by what is known of its
   domain. */
static enum err provider_of_mail(struct planner *p, const struct candidate *c, const char **name)
{
	const char *at = str_empty(c->rcpt) ? NULL : strrchr(c->rcpt, '@');
	struct site_row site;
	enum err e;

	*name = c->provider && !at ? c->provider : PROVIDER_NOBODY;
	if (!at)
		return ERR_NONE;
	e = site_find(p->sc, str_lower(p->sc->mem, at + 1), &site);
	if (!e)
		*name = site.provider;
	if (e != ERR_MISSING)
		return e;
	scope_clear(p->sc);
	return ERR_NONE;
}

static enum err plan_lease(
	struct planner *p, const struct candidate *c, const char *provider, struct seat *s)
{
	struct planned *one = &p->out->list[p->out->count++];
	struct room *room = room_known(p, s->appliance);

	one->lease = (struct message_lease){ .id = c->id,
		.mailbox = s->mailbox,
		.appliance = s->appliance,
		.provider = provider,
		.until = { now_real(p->sc).ms + p->lease_ms } };
	if (!c->mailbox) {
		p->in_row = s->appliance == p->last.appliance ? p->in_row + 1 : 1;
		p->last = s->routing;
	}
	s->left--;
	room->units--;
	p->out->leases++;
	return lane_rooms_take(p->sc, room->lanes, provider, 1);
}

/* Which of the campaign's mailboxes are there to choose from. */
struct choice {
	const int64_t *mailboxes;
	size_t n;
};

/* From where it goes; NULL when there is no such place now. */
static enum err find_seat(struct planner *p, const struct candidate *c, const struct choice *of,
	const char *provider, struct seat **seat)
{
	enum err e;

	*seat = NULL;
	if (c->mailbox) {
		e = seat_find(p, c->mailbox, seat);
		return e;
	}
	*seat = seat_before(p, of->mailboxes, of->n, c->before, provider);
	if (!*seat)
		*seat = seat_choose(p, of->mailboxes, of->n, provider);
	return p->failed;
}

/* Its appliance takes nothing at the moment, and may soon. */
static bool is_waiting(struct planner *p, const struct seat *s)
{
	const struct room *room = s ? room_known(p, s->appliance) : NULL;

	return room && room->units <= 0;
}

/* When a lane that holds a mail takes more again, at the earliest; 0 where something else may let
   it go before. */
static int64_t first_lift(struct planner *p, const struct choice *of, const char *provider)
{
	int64_t first = 0;

	for (size_t i = 0; i < of->n; i++) {
		const struct seat *s = seat_of(p, of->mailboxes[i]);
		int64_t lifts = seat_lifts(p, s, provider);

		if (is_waiting(p, s))
			return 0;
		first = lifts && (!first || lifts < first) ? lifts : first;
	}
	return first;
}

/* It cannot go now, others behind it may: looked at again later. False where none of the mailboxes
   takes any mail, so that none behind it can go either. */
static bool set_aside(struct planner *p, const struct candidate *c, const struct choice *of,
	const char *provider, const struct seat *seat)
{
	if (!c->mailbox && !seat_choose(p, of->mailboxes, of->n, NULL))
		return false;
	p->out->list[p->out->count++] = (struct planned){
		.lease = { .id = c->id },
		.later = true,
		.lifts = c->mailbox ? seat_lifts(p, seat, provider) : first_lift(p, of, provider),
	};
	return true;
}

/* One page of mails; ends early when no mailbox of the campaign takes more. */
static enum err plan_page(
	struct planner *p, const struct candidate *rows, size_t n, const struct choice *of)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e && p->out->count < p->most; i++) {
		const struct candidate *c = &rows[i];
		const char *why, *provider;
		struct seat *s = NULL;

		e = find_obstacle(p, c, &why);
		if (!e && why) {
			p->out->list[p->out->count++] =
				(struct planned){ .lease = { .id = c->id }, .skip = why };
			continue;
		}
		if (!e)
			e = provider_of_mail(p, c, &provider);
		if (!e)
			e = find_seat(p, c, of, provider, &s);
		if (e)
			break;
		if (seat_room(p, s, provider) > 0)
			e = plan_lease(p, c, provider, s);
		else if (!set_aside(p, c, of, provider, s))
			break;
	}
	return e ? e : p->failed;
}

static enum err plan_campaign(struct planner *p, int64_t campaign, int64_t share)
{
	struct mailbox *mailboxes;
	struct routing *routings;
	int64_t *ids;
	size_t n, known;
	enum err e = mailbox_list_campaign(p->sc, campaign, &mailboxes, &n);

	if (!e)
		e = routing_list(p->sc, campaign, &routings, &known);
	if (e)
		return e;
	/* Both are by id; one that came in between is looked at in the next turn. */
	n = n < known ? n : known;
	ids = arena_array(p->sc->mem, n, sizeof *ids);
	for (size_t i = 0; i < n && !e; i++) {
		ids[i] = mailboxes[i].id;
		if (mailboxes[i].id == routings[i].mailbox)
			e = seat_add(p, &mailboxes[i], &routings[i]);
	}
	/* Who was written to before goes first. */
	for (int64_t follow_up = 1; follow_up >= 0 && !e; follow_up--) {
		struct candidate *rows;
		size_t count;

		if (!follow_up && !seat_choose(p, ids, n, NULL))
			break;
		e = db_list(p->sc, &dispatch_of_campaign,
			BIND(V(campaign), V(follow_up), V(now_plan(p->sc).ms), V(share)),
			&candidate_shape, &rows, &count);
		if (!e)
			e = plan_page(p, rows, count, &(struct choice){ ids, n });
	}
	return e;
}

enum err turn_plan(struct scope *sc, int64_t lease_ms, int batch, struct turn_plan *out)
{
	struct planner *p = arena_alloc(sc->mem, sizeof *p);
	struct campaign_row *campaigns = NULL;
	struct candidate *rows;
	size_t n = 0, count;
	int64_t waits = 0;
	bool active;
	enum err e = tenant_is_active(sc, &active);

	*out = (struct turn_plan){ 0 };
	if (!e)
		e = catch_up_waits(sc, &waits);
	if (e || !active || waits)
		return e;
	p->sc = sc;
	p->out = out;
	p->lease_ms = lease_ms;
	p->most = (size_t)batch;
	out->list = arena_array(sc->mem, p->most, sizeof *out->list);
	/* What belongs to no campaign is for one person who waits for it. */
	e = db_list(sc, &dispatch_of_none, BIND(V(now_plan(sc).ms), V((int64_t)batch)),
		&candidate_shape, &rows, &count);
	if (!e)
		e = plan_page(p, rows, count, &(struct choice){ NULL, 0 });
	if (!e)
		e = db_list(sc, &dispatch_campaigns, BIND(V(now_plan(sc).ms)), &campaign_row_shape,
			&campaigns, &n);
	for (size_t i = 0; i < n && !e; i++)
		e = plan_campaign(p, campaigns[i].id, batch / (int64_t)n + 10);
	return e;
}
