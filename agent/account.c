/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "account.h"

#include "agent.h"
#include "base/id.h"
#include "outbox.h"
#include "spool.h"

/* Far beyond what intake lets in. */
#define MOST 100000

static enum err name_items(struct scope *sc, enum item_state state)
{
	struct spool_item *items;
	size_t n;
	enum err e = spool_list(sc, state, MOST, &items, &n);

	for (size_t i = 0; i < n && !e; i++)
		e = outbox_add(
			sc, &(struct wire_fact){ .kind = FACT_HELD,
				    .message = items[i].id,
				    .text = id_format(sc->mem, ID_MAILBOX, items[i].mailbox) });
	return e;
}

/* What is in Postfix has its fact already. */
static enum err give(struct scope *sc, void *arg)
{
	const int64_t *number = arg;
	enum err e = name_items(sc, ITEM_WAITING);

	if (!e)
		e = name_items(sc, ITEM_INTENT);
	if (!e)
		e = outbox_add(
			sc, &(struct wire_fact){ .kind = FACT_ACCOUNTED,
				    .text = arena_printf(sc->mem, "%lld", (long long)*number) });
	return e;
}

enum err account_give(struct scope *sc, int64_t number)
{
	struct agent *a = agent_of(sc);
	enum err e;

	if (!number || number == a->accounted)
		return ERR_NONE;
	e = outbox_write(sc, give, &number);
	if (!e)
		a->accounted = number;
	return e;
}
