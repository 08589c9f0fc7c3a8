/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What appliances report of mails. Facts of a kind are applied many to a statement, for a batch
 * brings up to a thousand: in an order in which no two facts of one mail change places.
 */
#include <string.h>

#include "base/id.h"
#include "base/str.h"

#include "mail/reply.h"

#include "event/event.h"

#include "send/claim.h"
#include "send/message_priv.h"

#define MANY   16  /* facts of one statement */
#define AHEAD  128 /* how far others of the kind are looked for */
#define COMMON 4   /* values of a statement beside the tenant: appliance, state, rank, fresh */
#define EACH   7   /* values of each fact */

/* A mail that is due and nobody's was leased before this hub was restored from a copy: who reports
   its end has it. So it is with one that the copy has on its way to some appliance, while what
   happened since is told: it has not been published again. */
#define MOVES(reason, code, status, queue_id, at, mailbox)                                         \
	"UPDATE message SET was = state, state = $3, rank = $4, reason = " reason                  \
	", appliance = $2, code = COALESCE(" code ", code), status = COALESCE(" status             \
	", status), queue_id = COALESCE(" queue_id ", queue_id), "                                 \
	"queued_at = CASE WHEN $4 = 3 THEN COALESCE(queued_at, " at ") ELSE queued_at END, "       \
	"done_at = CASE WHEN $4 >= 10 THEN " at " ELSE done_at END, "                              \
	"mailbox = COALESCE(" mailbox ", mailbox), leased_at = COALESCE(leased_at, " at "), "      \
	"until = COALESCE(until, " at "), recall = NULL"
#define STANDS(id)                                                                                 \
	" WHERE message.tenant = $1 AND message.id = " id " AND message.rank < $4 "                \
	"AND (message.appliance = $2 OR (message.appliance IS NULL AND message.state = 'due') "    \
	"OR (message.state = 'leased' AND CAST($5 AS BIGINT) = 1)) RETURNING " MOVED
#define FACT(id, reason, code, status, queue_id, at, mailbox)                                      \
	"($" #id ", $" #reason ", $" #code ", $" #status ", $" #queue_id ", $" #at ", $" #mailbox  \
	")"
SQL(message_fact_moves, SQL_TENANT,
	MOVES("$7", "CAST($8 AS BIGINT)", "$9", "$10", "CAST($11 AS BIGINT)", "CAST($12 AS BIGINT)")
		STANDS("$6"));
/* clang-format off */
SQL(message_fact_moves_many, SQL_TENANT,
	MOVES("f.column2", "f.column3", "f.column4", "f.column5", "f.column6", "f.column7")
	" FROM (VALUES (CAST($6 AS BIGINT), CAST($7 AS TEXT), CAST($8 AS BIGINT), "
	"CAST($9 AS TEXT), CAST($10 AS TEXT), CAST($11 AS BIGINT), CAST($12 AS BIGINT)), "
	FACT(13, 14, 15, 16, 17, 18, 19) ", "
	FACT(20, 21, 22, 23, 24, 25, 26) ", "
	FACT(27, 28, 29, 30, 31, 32, 33) ", "
	FACT(34, 35, 36, 37, 38, 39, 40) ", "
	FACT(41, 42, 43, 44, 45, 46, 47) ", "
	FACT(48, 49, 50, 51, 52, 53, 54) ", "
	FACT(55, 56, 57, 58, 59, 60, 61) ", "
	FACT(62, 63, 64, 65, 66, 67, 68) ", "
	FACT(69, 70, 71, 72, 73, 74, 75) ", "
	FACT(76, 77, 78, 79, 80, 81, 82) ", "
	FACT(83, 84, 85, 86, 87, 88, 89) ", "
	FACT(90, 91, 92, 93, 94, 95, 96) ", "
	FACT(97, 98, 99, 100, 101, 102, 103) ", "
	FACT(104, 105, 106, 107, 108, 109, 110) ", "
	FACT(111, 112, 113, 114, 115, 116, 117)
	") AS f" STANDS("f.column1"));
/* clang-format on */
SQL(message_fact_defers, SQL_TENANT,
	"UPDATE message SET was = state, defers = defers + 1, code = COALESCE($4, code), "
	"status = COALESCE($5, status) "
	"WHERE tenant = $1 AND id = $2 AND appliance = $3 AND rank < 10 RETURNING " MOVED);

enum message_state fact_state(enum fact kind)
{
	/* 0 is MESSAGE_DUE, to which no fact leads. */
	static const enum message_state states[FACT_MAX] = {
		[FACT_HELD] = MESSAGE_HANDED,
		[FACT_QUEUED] = MESSAGE_QUEUED,
		[FACT_DELIVERED] = MESSAGE_DELIVERED,
		[FACT_BOUNCED] = MESSAGE_BOUNCED,
		[FACT_EXPIRED] = MESSAGE_EXPIRED,
		[FACT_UNKNOWN] = MESSAGE_UNKNOWN,
		[FACT_FAILED] = MESSAGE_FAILED,
	};

	return states[kind] ? states[kind] : MESSAGE_STATES;
}

int64_t fact_mailbox(struct scope *sc, const struct wire_fact *f)
{
	int64_t id = 0;
	bool names = f->kind == FACT_HELD || f->kind == FACT_QUEUED;

	return names && f->text && id_parse(f->text, ID_MAILBOX, &id) ? id : 0;
}

/* What an appliance calls a reason, when it is a plain word; NULL otherwise. */
static const char *word_of(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n == 0 || n > 40 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") != n)
		return NULL;
	return text;
}

/* A fact that moves nothing: late, repeated, or about another appliance's mail. */
static void fact_ignored(struct scope *sc, int64_t appliance, const struct wire_fact *f)
{
	struct moved m = {
		.id = f->message, .appliance = appliance, .reason = fact_name((enum fact)f->kind)
	};
	struct move_note note = { .at = f->at };

	message_log(sc, &m, "mail.ignored", &note);
}

static enum err fact_deferred(struct scope *sc, int64_t appliance, const struct wire_fact *f)
{
	struct move_note note = { .at = f->at, .detail = f->text, .queue_id = f->queue_id };
	struct moved m;
	enum err e = db_one(sc, &message_fact_defers,
		BIND(V(f->message), V(appliance), V_REF(f->code), V(f->status)), &moved_shape, &m);

	if (e)
		return e;
	if (m.campaign)
		tally_add(sc, "campaign", m.campaign, "mail.deferrals", 1);
	m.reason = reply_class_name(reply_classify(f->code, f->status, f->text));
	message_log(sc, &m, "mail.deferred", &note);
	return ERR_NONE;
}

/* A bounce says what it is about; other ends say what the appliance calls them. */
const char *fact_reason(enum message_state to, const struct wire_fact *f)
{
	if (to == MESSAGE_HANDED || to == MESSAGE_QUEUED || to == MESSAGE_DELIVERED)
		return NULL;
	if (to == MESSAGE_BOUNCED)
		return reply_class_name(reply_classify(f->code, f->status, f->text));
	return word_of(f->text);
}

/* What F binds in its row of a statement. */
static void bind_fact(
	struct scope *sc, struct value row[EACH], enum message_state to, const struct wire_fact *f)
{
	row[0] = V(f->message);
	row[1] = V(fact_reason(to, f));
	row[2] = V_REF(f->code);
	row[3] = V(f->status);
	row[4] = V(f->queue_id);
	row[5] = V(f->at);
	row[6] = V_REF(fact_mailbox(sc, f));
}

static void bind_common(
	struct value list[COMMON], int64_t appliance, enum message_state to, bool fresh)
{
	list[0] = V(appliance);
	list[1] = V(message_state_name(to));
	list[2] = V(message_rank(to));
	list[3] = V((int64_t)fresh);
}

static void fact_moved(
	struct scope *sc, int64_t appliance, const struct wire_fact *f, const struct moved *m)
{
	enum message_state to = fact_state((enum fact)f->kind);
	struct move_note note = { .at = f->at,
		.detail = message_is_moving(to) ? NULL : f->text,
		.queue_id = f->queue_id,
		.appliance = appliance };

	message_moved(sc, m, to, NULL, &note);
}

static enum err fact_moves(
	struct scope *sc, int64_t appliance, const struct wire_fact *f, bool fresh)
{
	enum message_state to = fact_state((enum fact)f->kind);
	struct value list[COMMON + EACH];
	struct moved m;
	enum err e;

	bind_common(list, appliance, to, fresh);
	bind_fact(sc, list + COMMON, to, f);
	e = db_one(sc, &message_fact_moves, (struct binds){ list, COUNT(list) }, &moved_shape, &m);
	if (!e)
		fact_moved(sc, appliance, f, &m);
	return e;
}

/* Nothing moved: it may be about a mail that a restored hub has yet to make again. */
static enum err fact_unmoved(
	struct scope *sc, int64_t appliance, const struct wire_fact *f, bool fresh)
{
	bool kept;
	enum err e = claim_put(sc, appliance, f, fresh, &kept);

	if (!e && !kept)
		fact_ignored(sc, appliance, f);
	return e;
}

enum err message_fact(struct scope *sc, int64_t appliance, const struct wire_fact *f, bool fresh)
{
	enum message_state landed;
	enum err e;

	switch (f->kind) {
	case FACT_DEFERRED:
		e = fact_deferred(sc, appliance, f);
		break;
	case FACT_UNSENT:
		e = message_return(sc, f->message, appliance, INT64_MAX, "mail.unsent", &landed);
		if (!e && landed == MESSAGE_STATES)
			e = fact_unmoved(sc, appliance, f, fresh);
		break;
	case FACT_HELD:
	case FACT_QUEUED:
	case FACT_DELIVERED:
	case FACT_BOUNCED:
	case FACT_EXPIRED:
	case FACT_UNKNOWN:
	case FACT_FAILED:
		e = fact_moves(sc, appliance, f, fresh);
		break;
	case FACT_REPLIED:
	case FACT_AUTO_REPLIED:
	case FACT_COMPLAINED:
		e = message_inbound(sc, appliance, f);
		break;
	default:
		return ERR_NONE;
	}
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return fact_unmoved(sc, appliance, f, fresh);
}

/* ---- many at once ---- */

static bool moves(const struct wire_fact *f)
{
	return f->kind > 0 && f->kind < FACT_MAX &&
	       fact_state((enum fact)f->kind) != MESSAGE_STATES;
}

/* Another fact of F's mail stands between the first that is not done and F. */
static bool is_second(const struct wire_fact *list, const bool *done, size_t from, size_t f)
{
	for (size_t i = from; i < f; i++)
		if (!done[i] && list[i].message == list[f].message)
			return true;
	return false;
}

/* Those of the first's kind that may go along with it; fewer than MANY when there are no more. */
static size_t gather(
	const struct wire_fact *list, const bool *done, size_t from, size_t n, size_t group[MANY])
{
	size_t count = 0, end = n - from < AHEAD ? n : from + AHEAD;

	for (size_t i = from; i < end && count < MANY; i++)
		if (!done[i] && list[i].kind == list[from].kind && !is_second(list, done, from, i))
			group[count++] = i;
	return count;
}

static const struct moved *row_of(const struct moved *rows, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* Who sent the list, and whether it is being caught up. */
struct source {
	int64_t appliance;
	bool fresh;
};

static enum err move_many(struct scope *sc, const struct source *from, const struct wire_fact *list,
	const size_t group[MANY])
{
	enum message_state to = fact_state((enum fact)list[group[0]].kind);
	struct value values[COMMON + EACH * MANY];
	struct moved *rows;
	size_t n;
	enum err e;

	bind_common(values, from->appliance, to, from->fresh);
	for (size_t i = 0; i < MANY; i++)
		bind_fact(sc, values + COMMON + EACH * i, to, &list[group[i]]);
	e = db_list(sc, &message_fact_moves_many, (struct binds){ values, COUNT(values) },
		&moved_shape, &rows, &n);
	for (size_t i = 0; i < MANY && !e; i++) {
		const struct wire_fact *f = &list[group[i]];
		const struct moved *m = row_of(rows, n, f->message);

		if (m)
			fact_moved(sc, from->appliance, f, m);
		else
			e = fact_unmoved(sc, from->appliance, f, from->fresh);
	}
	return e;
}

enum err message_fact_list(
	struct scope *sc, int64_t appliance, const struct wire_fact *list, size_t n, bool fresh)
{
	const struct source from = { appliance, fresh };
	bool *done = arena_array(sc->mem, n, sizeof *done);
	size_t group[MANY], count;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++) {
		if (done[i])
			continue;
		count = moves(&list[i]) ? gather(list, done, i, n, group) : 1;
		if (count < MANY) {
			e = message_fact(sc, appliance, &list[i], fresh);
			continue;
		}
		for (size_t k = 0; k < MANY; k++)
			done[group[k]] = true;
		e = move_many(sc, &from, list, group);
	}
	return e;
}
