/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "maillog.h"

#include "agent.h"
#include "base/str.h"
#include "config.h"
#include "journal.h"
#include "meta.h"
#include "spool.h"
#include "tail.h"

#define MOST_LINES   1000
#define FILE_MARK    "file:"
#define JOURNAL_MARK "journal:"
#define MAILU_MARK   "mailu:"
#define MAILU_TAG    "mailu-smtp"

struct maillog {
	struct tail *tail;       /* owned; or … */
	struct journal *journal; /* … owned */
	const char *mark;
	bool moved; /* another log was read before */
};

/* The cursor without its mark, when it is of this kind of log. */
static const char *cursor_of(const char *kept, const char *mark)
{
	return kept && str_starts(kept, mark) ? kept + strlen(mark) : NULL;
}

enum err maillog_open(
	struct scope *sc, const struct agent_config *c, bool mailu, struct maillog **out)
{
	struct maillog made = { 0 }, *m;
	const struct journal_config where = { .unit = c->log_unit,
		.tag = mailu ? MAILU_TAG : NULL,
		.folder = str_empty(c->log_journal) ? NULL : c->log_journal };
	const char *kept, *cursor;
	enum err e = meta_get(sc, META_CURSOR, NULL, &kept);

	if (e)
		return e;
	made.mark = mailu ? MAILU_MARK : str_empty(c->log_file) ? JOURNAL_MARK : FILE_MARK;
	cursor = cursor_of(kept, made.mark);
	made.moved = kept && !cursor;
	if (str_eq(made.mark, FILE_MARK))
		e = tail_open(sc, c->log_file, cursor, &made.tail);
	else
		e = journal_open(sc, &where, cursor, &made.journal);
	if (e)
		return e;
	m = calloc(1, sizeof *m);
	if (!m)
		abort();
	*m = made;
	*out = m;
	return ERR_NONE;
}

bool maillog_is_mailu(const struct maillog *m)
{
	return m && str_eq(m->mark, MAILU_MARK);
}

void maillog_close(struct maillog *m)
{
	if (!m)
		return;
	tail_close(m->tail);
	journal_close(m->journal);
	free(m);
}

static void add(struct maillog_read *r, const struct logline *line)
{
	if (line->kind != LOGLINE_OTHER)
		r->lines[r->count++] = *line;
}

static enum err read_tail(struct scope *sc, struct maillog *m, struct maillog_read *r)
{
	struct tail_read raw;
	enum err e = tail_read(sc, m->tail, MOST_LINES, &raw);

	if (e)
		return e;
	for (size_t i = 0; i < raw.count; i++) {
		struct logline line;

		logline_parse(sc, raw.lines[i].data, raw.lines[i].len, &line);
		add(r, &line);
	}
	if (raw.cursor)
		r->cursor = arena_printf(sc->mem, "%s%s", m->mark, raw.cursor);
	r->broken = raw.broken;
	r->at_end = !raw.more;
	return ERR_NONE;
}

static void parse_entry(struct scope *sc, const struct journal_entry *e, struct logline *line)
{
	if (e->program)
		logline_parse_message(sc, e->program, e->message.data, e->message.len, line);
	else
		logline_parse(sc, e->message.data, e->message.len, line);
}

static enum err read_journal(struct scope *sc, struct maillog *m, struct maillog_read *r)
{
	struct journal_read raw;
	enum err e = journal_read(sc, m->journal, MOST_LINES, &raw);

	if (e)
		return e;
	for (size_t i = 0; i < raw.count; i++) {
		struct logline line;

		parse_entry(sc, &raw.entries[i], &line);
		add(r, &line);
	}
	if (raw.cursor)
		r->cursor = arena_printf(sc->mem, "%s%s", m->mark, raw.cursor);
	r->broken = raw.broken;
	r->at_end = !raw.more;
	return ERR_NONE;
}

enum err maillog_read(struct scope *sc, struct maillog *m, struct maillog_read *r)
{
	enum err e;

	*r = (struct maillog_read){ .lines = arena_array(sc->mem, MOST_LINES, sizeof *r->lines) };
	e = m->tail ? read_tail(sc, m, r) : read_journal(sc, m, r);
	r->broken = r->broken || m->moved;
	return e;
}

enum err maillog_store(struct scope *sc, const struct maillog_read *r)
{
	enum err e = ERR_NONE;

	if (r->broken)
		e = spool_blind(sc);
	if (!e && r->cursor)
		e = meta_set(sc, META_CURSOR, 0, r->cursor);
	return e;
}

void maillog_keep(struct maillog *m)
{
	m->moved = false;
	if (m->tail)
		tail_keep(m->tail);
	else
		journal_keep(m->journal);
}
