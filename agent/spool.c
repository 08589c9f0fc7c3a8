/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "spool.h"

#include <string.h>

#include "base/id.h"
#include "pace/provider.h"

#define SENDER_MARK "b+"
#define KEPT_MS     (30 * DAY_MS)
/* A recall of a mail that has not come yet holds for every lease made before it. */
#define RECALL_HOLDS_MS (2 * HOUR_MS)

SHAPE(item_shape, struct spool_item, COL(struct spool_item, id), COL(struct spool_item, state),
	COL(struct spool_item, mailbox), COL(struct spool_item, due),
	COL(struct spool_item, not_after), COL(struct spool_item, retry_at),
	COL(struct spool_item, tries), COL(struct spool_item, recipient),
	COL(struct spool_item, sender), COL(struct spool_item, intent_at),
	COL(struct spool_item, answered), COL(struct spool_item, blind),
	COL(struct spool_item, queue_id), COL(struct spool_item, queued_at),
	COL(struct spool_item, provider), COL(struct spool_item, follow_up),
	COL(struct spool_item, tried), COL(struct spool_item, held));
#define ITEM_COLS                                                                                  \
	"SELECT id, state, mailbox, due, not_after, retry_at, tries, recipient, sender, "          \
	"intent_at, answered, blind, queue_id, queued_at, provider, follow_up, tried, held "       \
	"FROM item "

struct taken_row {
	int64_t state, not_after;
};
SHAPE(taken_shape, struct taken_row, COL(struct taken_row, state),
	COL(struct taken_row, not_after));
SHAPE(head_shape, struct spool_head, COL(struct spool_head, mailbox),
	COL(struct spool_head, provider), COL(struct spool_head, waiting),
	COL(struct spool_head, ready), COL(struct spool_head, next_due),
	COL(struct spool_head, next_retry));
SHAPE(towards_shape, struct spool_towards, COL(struct spool_towards, provider),
	COL(struct spool_towards, count));

SQL(item_add, SQL_ENGINE,
	"INSERT INTO item (id, state, mailbox, follow_up, due, not_after, recipient, sender, provider) "
	"VALUES ($1, 0, $2, $3, $4, $5, $6, $7, $8)");
SQL(body_add, SQL_ENGINE, "INSERT INTO body (id, mail) VALUES ($1, $2)");
SQL(body_get, SQL_ENGINE, "SELECT mail FROM body WHERE id = $1");
SQL(body_drop, SQL_ENGINE, "DELETE FROM body WHERE id = $1");
SQL(taken_find, SQL_ENGINE, "SELECT state, not_after FROM taken WHERE id = $1");
SQL(taken_put, SQL_ENGINE,
	"INSERT INTO taken (id, state, not_after, at) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (id) DO UPDATE SET state = excluded.state, not_after = excluded.not_after, "
	"at = excluded.at");
SQL(taken_move, SQL_ENGINE, "UPDATE taken SET state = $2, at = $3 WHERE id = $1");
SQL(taken_forget, SQL_ENGINE,
	"DELETE FROM taken WHERE at < $1 AND NOT EXISTS "
	"(SELECT 1 FROM item WHERE item.id = taken.id)");
SQL(item_find, SQL_ENGINE, ITEM_COLS "WHERE id = $1");
SQL(item_find_queue, SQL_ENGINE, ITEM_COLS "WHERE queue_id = $1");
SQL(item_ready, SQL_ENGINE,
	ITEM_COLS "WHERE state = 0 AND mailbox = $1 AND provider = $2 AND due <= $3 "
		  "AND retry_at <= $4 AND not_after > $4 "
		  "ORDER BY follow_up DESC, due, id LIMIT $5");
SQL(item_heads, SQL_ENGINE,
	"SELECT mailbox, provider, COUNT(*) AS waiting, "
	"SUM(CASE WHEN due <= $1 AND retry_at <= $2 THEN 1 ELSE 0 END) AS ready, "
	"MIN(CASE WHEN due > $1 THEN due END) AS next_due, "
	"MIN(CASE WHEN retry_at > $2 THEN retry_at END) AS next_retry "
	"FROM item WHERE state = 0 GROUP BY mailbox, provider ORDER BY mailbox, provider");
SQL(item_towards, SQL_ENGINE,
	"SELECT provider, SUM(n) AS count FROM "
	"(SELECT provider, COUNT(*) AS n FROM item WHERE state = 1 GROUP BY mailbox, provider "
	"UNION ALL "
	"SELECT provider, COUNT(*) AS n FROM item WHERE state = 2 GROUP BY mailbox, provider) t "
	"GROUP BY provider");
SQL(item_tried, SQL_ENGINE, "UPDATE item SET tried = tried + 1 WHERE id = $1");
SQL(loose_add, SQL_ENGINE,
	"INSERT INTO loose (queue_id) VALUES ($1) ON CONFLICT (queue_id) DO NOTHING");
SQL(loose_list, SQL_ENGINE, "SELECT queue_id FROM loose ORDER BY queue_id LIMIT 1000");
SQL(loose_drop, SQL_ENGINE, "DELETE FROM loose WHERE queue_id = $1");
SQL(item_hold, SQL_ENGINE, "UPDATE item SET held = $2 WHERE id = $1");
SQL(item_is_out, SQL_ENGINE,
	"SELECT CASE WHEN EXISTS (SELECT 1 FROM item WHERE state > 0) THEN 1 ELSE 0 END");
SQL(item_late, SQL_ENGINE,
	ITEM_COLS "WHERE state = 0 AND not_after <= $1 ORDER BY not_after LIMIT 500");
SQL(item_list, SQL_ENGINE, ITEM_COLS "WHERE state = $1 ORDER BY not_after LIMIT $2");
SQL(item_count, SQL_ENGINE, "SELECT COUNT(*) FROM item WHERE state = $1");
SQL(item_intend, SQL_ENGINE,
	"UPDATE item SET state = 1, answered = 0, blind = 0, tries = tries + 1, intent_at = $2 "
	"WHERE id = $1 AND state = 0");
SQL(item_queued, SQL_ENGINE,
	"UPDATE item SET state = 2, answered = 0, queue_id = $2, queued_at = $3 "
	"WHERE id = $1 AND state < 2");
SQL(item_again, SQL_ENGINE,
	"UPDATE item SET state = 0, answered = 0, retry_at = $2 WHERE id = $1 AND state = 1");
SQL(item_unanswered, SQL_ENGINE, "UPDATE item SET answered = $2, retry_at = $3 WHERE id = $1");
SQL(item_unanswered_all, SQL_ENGINE, "UPDATE item SET answered = 1, retry_at = $1 WHERE state = 1");
SQL(item_blind, SQL_ENGINE, "UPDATE item SET blind = 1 WHERE state = 1");
SQL(item_clamp, SQL_ENGINE, "UPDATE item SET retry_at = $1 WHERE retry_at > $1 AND state < 2");
SQL(item_drop, SQL_ENGINE, "DELETE FROM item WHERE id = $1");
SQL(item_quarantine, SQL_ENGINE,
	"UPDATE item SET state = 1, blind = 0, answered = 1, retry_at = $1, intent_at = $1 "
	"WHERE state = 0");
SQL(item_adopt, SQL_ENGINE,
	"INSERT INTO item (id, state, mailbox, follow_up, due, not_after, recipient, sender, "
	"intent_at, answered, blind, retry_at, queue_id, queued_at) "
	"VALUES ($1, $2, $3, 0, 0, $4, '', $5, $6, $7, $8, $6, $9, $10)");
SQL(taken_any, SQL_ENGINE, "SELECT CASE WHEN EXISTS (SELECT 1 FROM taken) THEN 1 ELSE 0 END");
SQL(item_ids, SQL_ENGINE, "SELECT id FROM item WHERE state < 2 AND id > $1 ORDER BY id LIMIT $2");

const char *spool_sender(struct scope *sc, int64_t id, const char *address)
{
	const char *at = strrchr(address, '@');

	return arena_printf(sc->mem, SENDER_MARK "%s%s", id_format(sc->mem, ID_MESSAGE, id),
		at ? at : "@localhost");
}

int64_t spool_sender_id(struct scope *sc, const char *sender)
{
	const char *at = sender ? strchr(sender, '@') : NULL;
	int64_t id = 0;

	if (!at || !str_starts(sender, SENDER_MARK))
		return 0;
	sender += strlen(SENDER_MARK);
	return id_parse(arena_copy(sc->mem, sender, (size_t)(at - sender)), ID_MESSAGE, &id) ? id
											     : 0;
}

/* ---- intake ---- */

/* What can name a lane; anything else is nobody in particular. */
static const char *provider_name(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	return n > 0 && n <= PROVIDER_NAME && !str_eq(text, PROVIDER_UNKNOWN) &&
			       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n
		       ? text
		       : PROVIDER_NOBODY;
}

static enum err store_item(struct scope *sc, const struct wire_item *item)
{
	enum err e = db_run(sc, &taken_put,
		BIND(V(item->id), V(TAKEN_LIVE), V(item->not_after), V(now_real(sc).ms)), NULL);

	if (!e)
		e = db_run(sc, &item_add,
			BIND(V(item->id), V(item->mailbox), V(item->follow_up), V(item->due),
				V(item->not_after), V(item->to),
				V(spool_sender(sc, item->id, item->from)),
				V(provider_name(item->provider))),
			NULL);
	return e ? e : db_run(sc, &body_add, BIND(V(item->id), V(item->mail)), NULL);
}

/* An id that came before: the same answer again, unless the hub has leased it anew. */
static bool is_repeat(
	const struct taken_row *row, const struct wire_item *item, struct wire_answer *answer)
{
	if (row->state != TAKEN_BACK && row->state != TAKEN_UNSENT) {
		answer->answer = TAKEN_STORED;
		return true;
	}
	if (item->not_after > row->not_after)
		return false;
	answer->answer = row->state == TAKEN_BACK ? TAKEN_RECALLED : TAKEN_REFUSED;
	answer->reason = row->state == TAKEN_BACK ? NULL : "expired";
	return true;
}

enum err spool_put(
	struct scope *sc, const struct spool_put *put, struct wire_answer *answer, int64_t *stored)
{
	const struct wire_item *item = put->item;
	struct taken_row row;
	enum err e = db_one(sc, &taken_find, BIND(V(item->id)), &taken_shape, &row);

	*answer = (struct wire_answer){ .id = item->id, .answer = TAKEN_REFUSED };
	if (e && e != ERR_MISSING)
		return e;
	if (!e && is_repeat(&row, item, answer))
		return ERR_NONE;
	if (put->refuse) {
		answer->reason = put->refuse;
		return ERR_NONE;
	}
	e = store_item(sc, item);
	if (e)
		return e;
	answer->answer = TAKEN_STORED;
	(*stored)++;
	return ERR_NONE;
}

static enum err remember_recall(struct scope *sc, const struct wire_item *item)
{
	int64_t now = now_real(sc).ms;
	int64_t until = item->not_after ? item->not_after : now + RECALL_HOLDS_MS;

	return db_run(sc, &taken_put, BIND(V(item->id), V(TAKEN_BACK), V(until), V(now)), NULL);
}

enum err spool_recall(
	struct scope *sc, const struct wire_item *item, struct wire_answer *answer, bool *open)
{
	struct spool_item held;
	struct taken_row row;
	enum err e = db_one(sc, &taken_find, BIND(V(item->id)), &taken_shape, &row);

	*answer = (struct wire_answer){ .id = item->id, .answer = TAKEN_RECALLED };
	*open = false;
	if (e == ERR_MISSING)
		return remember_recall(sc, item);
	if (e)
		return e;
	if (row.state == TAKEN_BACK || row.state == TAKEN_UNSENT)
		return ERR_NONE;
	e = spool_find(sc, item->id, &held);
	if (e && e != ERR_MISSING)
		return e;
	if (!e && held.state == ITEM_INTENT) {
		*open = true;
		return ERR_NONE;
	}
	if (e || held.state != ITEM_WAITING) {
		answer->answer = TAKEN_TOO_LATE;
		return ERR_NONE;
	}
	return spool_end(sc, item->id, TAKEN_BACK, NULL);
}

/* ---- reading ---- */

enum err spool_find(struct scope *sc, int64_t id, struct spool_item *item)
{
	return db_one(sc, &item_find, BIND(V(id)), &item_shape, item);
}

enum err spool_find_queued(struct scope *sc, const char *queue_id, struct spool_item *item)
{
	return db_one(sc, &item_find_queue, BIND(V(queue_id)), &item_shape, item);
}

enum err spool_ready(struct scope *sc, int64_t mailbox, const char *provider, size_t most,
	struct spool_item **items, size_t *n)
{
	return db_list(sc, &item_ready,
		BIND(V(mailbox), V(provider), V(now_plan(sc).ms), V(now_real(sc).ms),
			V((int64_t)most)),
		&item_shape, items, n);
}

enum err spool_towards(struct scope *sc, struct spool_towards **rows, size_t *n)
{
	return db_list(sc, &item_towards, BIND_NONE, &towards_shape, rows, n);
}

enum err spool_mail(struct scope *sc, int64_t id, const char **mail)
{
	return db_text(sc, &body_get, BIND(V(id)), mail);
}

enum err spool_heads(struct scope *sc, struct spool_head **heads, size_t *n)
{
	return db_list(sc, &item_heads, BIND(V(now_plan(sc).ms), V(now_real(sc).ms)), &head_shape,
		heads, n);
}

enum err spool_late(struct scope *sc, struct spool_item **items, size_t *n)
{
	return db_list(sc, &item_late, BIND(V(now_real(sc).ms)), &item_shape, items, n);
}

enum err spool_list(
	struct scope *sc, enum item_state state, size_t most, struct spool_item **items, size_t *n)
{
	return db_list(
		sc, &item_list, BIND(V((int64_t)state), V((int64_t)most)), &item_shape, items, n);
}

enum err spool_count(struct scope *sc, enum item_state state, int64_t *n)
{
	return db_int(sc, &item_count, BIND(V((int64_t)state)), n);
}

enum err spool_is_out(struct scope *sc, bool *out)
{
	int64_t n;
	enum err e = db_int(sc, &item_is_out, BIND_NONE, &n);

	if (!e)
		*out = n != 0;
	return e;
}

enum err spool_taken(struct scope *sc, int64_t id, enum taken_state *state)
{
	struct taken_row row;
	enum err e = db_one(sc, &taken_find, BIND(V(id)), &taken_shape, &row);

	if (!e)
		*state = (enum taken_state)row.state;
	return e;
}

/* ---- changing ---- */

enum err spool_intend(struct scope *sc, int64_t id, bool *moved)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &item_intend, BIND(V(id), V(now_real(sc).ms)), &changed);

	if (!e)
		*moved = changed > 0;
	return e;
}

enum err spool_queued(struct scope *sc, int64_t id, const char *queue_id, bool *moved)
{
	int64_t changed = 0;
	enum err e =
		db_run(sc, &item_queued, BIND(V(id), V(queue_id), V(now_real(sc).ms)), &changed);

	if (!e && changed)
		e = db_run(sc, &body_drop, BIND(V(id)), NULL);
	if (!e)
		*moved = changed > 0;
	return e;
}

enum err spool_again(struct scope *sc, int64_t id, int64_t retry_at)
{
	return db_run(sc, &item_again, BIND(V(id), V(retry_at)), NULL);
}

enum err spool_unanswered(struct scope *sc, int64_t id, bool unanswered)
{
	return db_run(sc, &item_unanswered, BIND(V(id), V(unanswered), V(now_real(sc).ms)), NULL);
}

enum err spool_unanswered_all(struct scope *sc)
{
	return db_run(sc, &item_unanswered_all, BIND(V(now_real(sc).ms)), NULL);
}

enum err spool_tried(struct scope *sc, int64_t id)
{
	return db_run(sc, &item_tried, BIND(V(id)), NULL);
}

enum err spool_hold(struct scope *sc, int64_t id, bool held)
{
	return db_run(sc, &item_hold, BIND(V(id), V(held)), NULL);
}

struct loose_row {
	const char *queue_id;
};
SHAPE(loose_shape, struct loose_row, COL(struct loose_row, queue_id));

enum err spool_loosen(struct scope *sc, const char *queue_id)
{
	return db_run(sc, &loose_add, BIND(V(queue_id)), NULL);
}

enum err spool_loose(struct scope *sc, const char ***queue_ids, size_t *n)
{
	struct loose_row *rows;
	enum err e = db_list(sc, &loose_list, BIND_NONE, &loose_shape, &rows, n);

	if (e)
		return e;
	*queue_ids = arena_array(sc->mem, *n, sizeof **queue_ids);
	for (size_t i = 0; i < *n; i++)
		(*queue_ids)[i] = rows[i].queue_id;
	return ERR_NONE;
}

enum err spool_loosened(struct scope *sc, const char *queue_id)
{
	return db_run(sc, &loose_drop, BIND(V(queue_id)), NULL);
}

enum err spool_blind(struct scope *sc)
{
	return db_run(sc, &item_blind, BIND_NONE, NULL);
}

enum err spool_clamp(struct scope *sc, int64_t retry_ms)
{
	return db_run(sc, &item_clamp, BIND(V(now_real(sc).ms + retry_ms)), NULL);
}

enum err spool_end(struct scope *sc, int64_t id, enum taken_state state, bool *gone)
{
	int64_t dropped = 0;
	enum err e = db_run(sc, &item_drop, BIND(V(id)), &dropped);

	if (!e && dropped)
		e = db_run(sc, &body_drop, BIND(V(id)), NULL);
	if (!e && dropped)
		e = db_run(
			sc, &taken_move, BIND(V(id), V((int64_t)state), V(now_real(sc).ms)), NULL);
	if (!e && gone)
		*gone = dropped > 0;
	return e;
}

enum err spool_tidy(struct scope *sc)
{
	return db_run(sc, &taken_forget, BIND(V(now_real(sc).ms - KEPT_MS)), NULL);
}

/* ---- a database that is a copy ---- */

SHAPE(held_shape, struct wire_held, COL(struct wire_held, id));

enum err spool_quarantine(struct scope *sc)
{
	return db_run(sc, &item_quarantine, BIND(V(now_real(sc).ms)), NULL);
}

enum err spool_adopt(struct scope *sc, const struct wire_stand_item *s)
{
	int64_t now = now_real(sc).ms;
	bool queued = s->state == STAND_QUEUED && s->queue_id;
	/* Without its sender neither log nor queue can name it. One in the queue has been there for
	   a while: its queued_at is 0. */
	bool blind = !queued && !s->from;
	enum err e = db_run(
		sc, &taken_put, BIND(V(s->id), V(TAKEN_LIVE), V(s->not_after), V(now)), NULL);

	return e ? e
		 : db_run(sc, &item_adopt,
			   BIND(V(s->id), V((int64_t)(queued ? ITEM_QUEUED : ITEM_INTENT)),
				   V(s->mailbox), V(s->not_after),
				   V(spool_sender(sc, s->id, s->from ? s->from : "")), V(now),
				   V(!queued), V(blind), V(queued ? s->queue_id : NULL),
				   V(INT64_C(0))),
			   NULL);
}

enum err spool_disarm(struct scope *sc, int64_t id)
{
	return db_run(sc, &body_drop, BIND(V(id)), NULL);
}

enum err spool_has_mail(struct scope *sc, int64_t id, bool *has)
{
	const char *mail;
	enum err e = spool_mail(sc, id, &mail);

	*has = e == ERR_NONE;
	if (e == ERR_MISSING)
		scope_clear(sc);
	return e == ERR_MISSING ? ERR_NONE : e;
}

enum err spool_ids(struct scope *sc, int64_t after, size_t most, struct wire_held **ids, size_t *n)
{
	return db_list(sc, &item_ids, BIND(V(after), V((int64_t)most)), &held_shape, ids, n);
}

enum err spool_is_new(struct scope *sc, bool *is_new)
{
	int64_t any;
	enum err e = db_int(sc, &taken_any, BIND_NONE, &any);

	if (!e)
		*is_new = !any;
	return e;
}
