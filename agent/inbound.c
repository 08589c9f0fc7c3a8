/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "inbound.h"

#include <string.h>

#include "agent.h"
#include "base/id.h"
#include "base/log.h"
#include "letters.h"
#include "mail/report.h"
#include "outbox.h"
#include "spool.h"

SQL(inbox_marks, SQL_ENGINE, "SELECT address, folder, validity, uid FROM inbox");
SQL(inbox_mark, SQL_ENGINE,
	"INSERT INTO inbox (address, folder, validity, uid) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (address, folder) DO UPDATE SET validity = excluded.validity, "
	"uid = excluded.uid");
SQL(inbox_read_add, SQL_ENGINE,
	"INSERT INTO inbox_read (digest, at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING");
SQL(inbox_read_forget, SQL_ENGINE, "DELETE FROM inbox_read WHERE at < $1");

SHAPE(mark_shape, struct inbound_mark, COL(struct inbound_mark, address),
	COL(struct inbound_mark, folder), COL(struct inbound_mark, validity),
	COL(struct inbound_mark, uid));

/* ---- which mail it is about ---- */

/* Message-IDs are msg_…@domain (hub/send/message.h). */
static int64_t id_in(struct scope *sc, const char *rfc_id)
{
	int64_t id = 0;

	if (rfc_id)
		(void)id_parse(arena_copy(sc->mem, rfc_id, strcspn(rfc_id, "@")), ID_MESSAGE, &id);
	return id;
}

static int64_t answered(struct scope *sc, const struct box_mail *m)
{
	int64_t id = 0;

	for (size_t i = 0; i < m->answer_count && !id; i++)
		id = id_in(sc, m->answers[i]);
	return id;
}

/* The address it came to, or the sender of what it reports on, belongs to one mail alone. */
static int64_t by_sender(struct scope *sc, const char *address)
{
	return address ? spool_sender_id(sc, address) : 0;
}

static int64_t message_of(struct scope *sc, const struct box_mail *m)
{
	const int64_t ids[] = { id_in(sc, m->original_id), by_sender(sc, m->original_sender),
		answered(sc, m), by_sender(sc, m->to), id_in(sc, m->envelope_id) };

	for (size_t i = 0; i < COUNT(ids); i++)
		if (ids[i])
			return ids[i];
	return 0;
}

/* ---- what it says ---- */

static void tell_bounce(struct scope *sc, const struct box_mail *m, struct wire_fact *f)
{
	const struct box_recipient *p = NULL;

	for (size_t i = 0; i < m->people_count && !p; i++)
		if (str_eq_nocase(m->people[i].action, "failed"))
			p = &m->people[i];
	if (!p)
		return;
	f->code = report_code(p->diagnostic);
	f->status = p->status ? p->status : report_status(sc->mem, p->diagnostic);
	f->text = report_typed(p->diagnostic);
	/* It failed for now, again and again, until somebody gave it up. */
	if (f->status && f->status[0] == '4')
		f->kind = FACT_EXPIRED;
}

struct wire_fact inbound_fact(struct scope *sc, const struct box_mail *m)
{
	static const enum fact kinds[BOX_KINDS] = {
		[BOX_MESSAGE] = FACT_RECEIVED,
		[BOX_REPLY] = FACT_REPLIED,
		[BOX_AUTO_REPLY] = FACT_AUTO_REPLIED,
		[BOX_BOUNCE] = FACT_BOUNCED,
		[BOX_COMPLAINT] = FACT_COMPLAINED,
	};
	struct wire_fact f = { .kind = FACT_RECEIVED, .text = "unreadable" };

	if (!m)
		return f;
	f.text = box_kind_name((enum box_kind)m->kind);
	if (m->kind == BOX_MESSAGE)
		return f;
	f.message = message_of(sc, m);
	if (!f.message)
		return f;
	f.kind = kinds[m->kind];
	f.text = m->sign;
	if (m->kind == BOX_BOUNCE)
		tell_bounce(sc, m, &f);
	return f;
}

/* At most MAX bytes and no torn character; blanks for what is none of BUT and steers a terminal. */
static const char *words(struct scope *sc, const char *text, size_t max, const char *but, bool *cut)
{
	size_t n = text ? strlen(text) : 0;
	char *copy;

	if (!text)
		return NULL;
	if (n > max) {
		*cut = true;
		n = max;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	copy = arena_copy(sc->mem, text, n);
	for (char *p = copy; *p; p++)
		if (((unsigned char)*p < ' ' && !strchr(but, *p)) || *p == 0x7f)
			*p = ' ';
	return copy;
}

struct bytes inbound_letter(struct scope *sc, const struct box_mail *m, const struct wire_fact *f)
{
	struct wire_letter l = { .message = f->message };

	if (f->kind != FACT_REPLIED && f->kind != FACT_AUTO_REPLIED)
		return bytes_of(NULL, 0);
	l.cut = m->cut;
	l.from = words(sc, m->from, BOX_MAX_LINE, "", &l.cut);
	l.subject = words(sc, m->subject, BOX_MAX_LINE, "", &l.cut);
	l.text = words(sc, m->text, WIRE_MAX_WORDS, "\n", &l.cut);
	return wire_put_letter(sc, &l);
}

/* ---- writing it down ---- */

enum err inbound_marks(struct scope *sc, struct inbound_mark **list, size_t *n)
{
	return db_list(sc, &inbox_marks, BIND_NONE, &mark_shape, list, n);
}

/* The log has told how the mail ended: the notice of our own Postfix says nothing new. */
static enum err is_known(struct scope *sc, const struct wire_fact *f, bool *known)
{
	struct wire_fact *facts;
	size_t n = 0;
	enum err e = outbox_history(sc, f->message, &facts, &n);

	*known = false;
	for (size_t i = 0; i < n && !e; i++)
		if (facts[i].kind == FACT_BOUNCED || facts[i].kind == FACT_EXPIRED)
			*known = true;
	return e;
}

static enum err store_one(struct scope *sc, const struct inbound *i)
{
	bool ends = i->fact.kind == FACT_BOUNCED || i->fact.kind == FACT_EXPIRED, known = false;
	struct wire_fact f = i->fact;
	int64_t fresh = 0;
	enum err e = db_run(sc, &inbox_read_add, BIND(V(i->digest), V(now_real(sc).ms)), &fresh);

	if (!e && fresh && ends)
		e = is_known(sc, &f, &known);
	if (e || !fresh || known)
		return e;
	f.hash = i->digest;
	if (i->letter.len)
		e = letters_add(sc, i->letter, &f.object);
	if (!e && i->letter.len && !f.object)
		log_warn(sc, "no room for the words of an answer: the hub gets none");
	return e ? e : outbox_add(sc, &f);
}

static enum err store_batch(struct scope *sc, void *arg)
{
	const struct inbound_batch *b = arg;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < b->count && !e; i++)
		e = store_one(sc, &b->list[i]);
	return e ? e
		 : db_run(sc, &inbox_mark,
			   BIND(V(b->address), V(b->folder), V(b->validity), V(b->uid)), NULL);
}

enum err inbound_store(struct scope *sc, const struct inbound_batch *batch)
{
	return outbox_write(sc, store_batch, (void *)(uintptr_t)batch);
}

enum err inbound_tidy(struct scope *sc)
{
	return db_run(sc, &inbox_read_forget, BIND(V(now_real(sc).ms - INBOUND_KEPT_DAYS * DAY_MS)),
		NULL);
}
