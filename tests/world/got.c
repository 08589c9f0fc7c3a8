/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The sink's record, read back. */
#include "lab.h"

#define COLUMNS 9

/* Cuts LINE at its tabs. */
static bool split(char *line, char *columns[COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++) {
		char *tab = strchr(line, '\t');

		columns[i] = line;
		if (i < COLUMNS - 1 && !tab)
			return false;
		if (i < COLUMNS - 1) {
			*tab = 0;
			line = tab + 1;
		}
	}
	return true;
}

static enum err read_line(struct scope *sc, char *line, struct got *g)
{
	char *c[COLUMNS];

	if (!split(line, c) || !str_int(c[1], 0, INT64_MAX, &g->at) ||
		!str_int(c[6], 0, INT64_MAX, &g->size))
		return fail(sc, ERR_INTERNAL, "the sink's record has a broken line");
	g->what = c[0];
	g->message_id = c[2];
	g->rcpt = c[3];
	g->sender = c[4];
	g->queue_id = c[5];
	g->reply = c[7];
	g->file = c[8];
	return ERR_NONE;
}

enum err got_list(struct scope *sc, struct lab *l, struct got **rows, size_t *n)
{
	struct bytes data;
	enum err e = lab_read(sc, l->record, &data);
	size_t lines = 0, count = 0;
	struct got *list;
	char *text;

	if (e)
		return e;
	text = arena_copy(sc->mem, data.data, data.len);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	list = arena_array(sc->mem, lines + 1, sizeof *list);
	while (count < lines) {
		char *end = strchr(text, '\n');

		*end = 0;
		e = read_line(sc, text, &list[count++]);
		if (e)
			return e;
		text = end + 1;
	}
	*rows = list;
	*n = count;
	return ERR_NONE;
}

static const struct got *newest(struct got *rows, size_t n, const char *rcpt, size_t *count)
{
	const struct got *found = NULL;

	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].what, "accepted") && (!rcpt || str_eq(rows[i].rcpt, rcpt))) {
			found = &rows[i];
			(*count)++;
		}
	return found;
}

size_t got_accepted(struct scope *sc, struct lab *l, const char *rcpt)
{
	struct got *rows;
	size_t n, count;

	if (got_list(sc, l, &rows, &n))
		return 0;
	newest(rows, n, rcpt, &count);
	return count;
}

enum err got_mail(struct scope *sc, struct lab *l, const char *rcpt, const char **mail)
{
	struct got *rows;
	size_t n, count;
	const struct got *g;
	struct bytes data;
	enum err e = got_list(sc, l, &rows, &n);

	if (e)
		return e;
	g = newest(rows, n, rcpt, &count);
	if (!g)
		return fail(sc, ERR_MISSING, "no mail for %s", rcpt);
	e = lab_read(sc, arena_printf(sc->mem, "%s/%s", l->mails, g->file), &data);
	if (!e)
		*mail = data.data;
	return e;
}
