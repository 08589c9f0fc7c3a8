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

struct maillog {
	struct tail *tail;       /* owned; or … */
	struct journal *journal; /* … owned */
};

/* The cursor without its mark, when it is of this kind of log. */
static const char *cursor_of(const char *kept, const char *mark)
{
	return kept && str_starts(kept, mark) ? kept + strlen(mark) : NULL;
}

enum err maillog_open(struct scope *sc, const struct agent_config *c, struct maillog **out)
{
	struct maillog made = { 0 }, *m;
	const char *kept;
	enum err e = meta_get(sc, META_CURSOR, NULL, &kept);

	if (e)
		return e;
	if (!str_empty(c->log_file))
		e = tail_open(sc, c->log_file, cursor_of(kept, FILE_MARK), &made.tail);
	else
		e = journal_open(sc, c->log_unit, cursor_of(kept, JOURNAL_MARK), &made.journal);
	if (e)
		return e;
	m = calloc(1, sizeof *m);
	if (!m)
		abort();
	*m = made;
	*out = m;
	return ERR_NONE;
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
		r->cursor = arena_printf(sc->mem, FILE_MARK "%s", raw.cursor);
	r->broken = raw.broken;
	r->at_end = !raw.more;
	return ERR_NONE;
}

static enum err read_journal(struct scope *sc, struct maillog *m, struct maillog_read *r)
{
	struct journal_read raw;
	enum err e = journal_read(sc, m->journal, MOST_LINES, &raw);

	if (e)
		return e;
	for (size_t i = 0; i < raw.count; i++) {
		struct logline line;

		logline_parse_message(sc, raw.entries[i].program, raw.entries[i].message.data,
			raw.entries[i].message.len, &line);
		add(r, &line);
	}
	if (raw.cursor)
		r->cursor = arena_printf(sc->mem, JOURNAL_MARK "%s", raw.cursor);
	r->broken = raw.broken;
	r->at_end = !raw.more;
	return ERR_NONE;
}

enum err maillog_read(struct scope *sc, struct maillog *m, struct maillog_read *r)
{
	*r = (struct maillog_read){ .lines = arena_array(sc->mem, MOST_LINES, sizeof *r->lines) };
	return m->tail ? read_tail(sc, m, r) : read_journal(sc, m, r);
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
	if (m->tail)
		tail_keep(m->tail);
	else
		journal_keep(m->journal);
}
