/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/routing.h"

#define LEAST_BOUNCES  3
#define BOUNCE_SHARE   20 /* one in so many is too many */
#define MOST_COMPLAINT 1

/* $3: the day before yesterday, from which complaints count. All is looked up by key from the one
   mailbox, so that a tenant's other mailboxes cost nothing. */
#define SUM_OF(what, from)                                                                         \
	"COALESCE((SELECT SUM(s." what                                                             \
	") FROM score s WHERE s.tenant = $1 AND s.unit = 'mailbox' "                               \
	"AND s.unit_id = m.id AND s.day " from " $3), 0) AS " what
#define ROUTING                                                                                    \
	"SELECT m.id AS mailbox, m.domain AS domain, m.appliance AS appliance, "                   \
	"COALESCE(m.score, 50) AS score, COALESCE((SELECT MAX(CASE WHEN a.state IN "               \
	"('assigned', 'warming', 'warmed') THEN 3 WHEN a.state = 'degraded' THEN 2 ELSE 1 END) "   \
	"FROM address a WHERE a.tenant = $1 AND a.appliance = m.appliance), 3) AS address, "       \
	"COALESCE((SELECT MIN(CASE WHEN p.mode = 'reserve' THEN 1 ELSE 0 END) FROM address a "     \
	"LEFT JOIN pool p ON p.tenant = a.tenant AND p.name = a.pool WHERE a.tenant = $1 "         \
	"AND a.appliance = m.appliance AND a.state IN ('assigned', 'warming', 'warmed', "          \
	"'degraded')), 0) AS reserve, " SUM_OF("sent", ">") ", " SUM_OF("hard", ">") ", " SUM_OF(  \
		"complained", ">=")
SQL(routing_of_campaign, SQL_TENANT,
	ROUTING
	" FROM campaign_mailbox c JOIN mailbox m ON m.tenant = c.tenant AND m.id = c.mailbox "
	"WHERE c.tenant = $1 AND c.campaign = $2 ORDER BY c.mailbox");
SQL(routing_of_mailbox, SQL_TENANT, ROUTING " FROM mailbox m WHERE m.tenant = $1 AND m.id = $2");

_Static_assert(ROUTING_USUAL == 50 && ROUTING_DEAD == 1 && ROUTING_ILL == 2 && ROUTING_WELL == 3,
	"the statements name them");

SHAPE(routing_shape, struct routing, COL(struct routing, mailbox), COL(struct routing, domain),
	COL(struct routing, appliance), COL(struct routing, score), COL(struct routing, address),
	COL(struct routing, reserve), COL(struct routing, sent), COL(struct routing, hard),
	COL(struct routing, complained));

static int64_t since(const struct scope *sc)
{
	return clock_day(now_plan(sc).ms) - 2;
}

enum err routing_list(struct scope *sc, int64_t campaign, struct routing **rows, size_t *n)
{
	return db_list(
		sc, &routing_of_campaign, BIND(V(campaign), V(since(sc))), &routing_shape, rows, n);
}

enum err routing_find(struct scope *sc, int64_t mailbox, struct routing *out)
{
	return db_one(sc, &routing_of_mailbox, BIND(V(mailbox), V(since(sc))), &routing_shape, out);
}

const char *routing_holds(const struct routing *r)
{
	if (r->address == ROUTING_DEAD)
		return "address";
	if (r->complained > MOST_COMPLAINT)
		return "complaints";
	if (r->hard >= LEAST_BOUNCES && r->hard * BOUNCE_SHARE > r->sent)
		return "bounces";
	return NULL;
}

int64_t routing_weight(const struct routing *r, int64_t left, int64_t cap)
{
	int64_t score = r->address == ROUTING_ILL ? r->score / 2 : r->score;

	/* One that is ill is left for when the others are full, not left out. */
	return (score > 0 ? score : 1) * left * 1000000 / (cap + 1) + 1;
}
