/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/csv.h"

#include <string.h>

static const char *const fault_texts[] = {
	[CSV_FINE] = "",
	[CSV_QUOTE] = "A quotation mark stands where none may be",
	[CSV_OPEN] = "A quoted field never ends",
	[CSV_FIELDS] = "Too many fields",
	[CSV_LONG] = "A field or the row is too long",
	[CSV_UTF8] = "The row is not UTF-8 text",
};

const char *csv_fault_text(enum csv_fault f)
{
	return fault_texts[f];
}

static size_t count_outside_quotes(const char *p, size_t len, char c)
{
	size_t n = 0;
	bool quoted = false;

	for (size_t i = 0; i < len && (quoted || (p[i] != '\n' && p[i] != '\r')); i++) {
		if (p[i] == '"')
			quoted = !quoted;
		else if (p[i] == c && !quoted)
			n++;
	}
	return n;
}

void csv_open(struct csv *c, struct bytes data)
{
	static const char separators[] = { ',', ';', '\t' };
	const char *p = data.data;
	size_t most = 0, len = data.len;

	*c = (struct csv){ .data = data, .line = 1, .separator = ',' };
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		c->at = 3;
	len -= c->at;
	for (size_t i = 0; i < COUNT(separators); i++) {
		size_t n = count_outside_quotes(
			p + c->at, len < CSV_MAX_ROW ? len : CSV_MAX_ROW, separators[i]);

		if (n > most) {
			most = n;
			c->separator = separators[i];
		}
	}
}

/* Where a row is being read. */
struct cut {
	struct csv *c;
	struct arena *mem;
	struct csv_row *row;
	const char *p;
	size_t len, start;
	const char **fields;
	size_t cap;
};

static bool is_end(const struct cut *x)
{
	return x->c->at >= x->len || x->p[x->c->at] == '\n' || x->p[x->c->at] == '\r';
}

/* LF, CRLF and CR are one line end each. */
static void pass_line_end(struct cut *x)
{
	if (x->c->at >= x->len)
		return;
	if (x->p[x->c->at] == '\r' && x->c->at + 1 < x->len && x->p[x->c->at + 1] == '\n')
		x->c->at++;
	x->c->at++;
	x->c->line++;
}

static void add_field(struct cut *x, const char *data, size_t len)
{
	struct csv_row *row = x->row;

	if (len > CSV_MAX_FIELD || x->c->at - x->start > CSV_MAX_ROW)
		row->fault = CSV_LONG;
	else if (row->count == CSV_MAX_FIELDS)
		row->fault = CSV_FIELDS;
	else if (!str_is_utf8(data, len))
		row->fault = CSV_UTF8;
	if (row->fault)
		return;
	if (row->count == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 16;
		const char **more = arena_array(x->mem, cap, sizeof *more);

		if (row->count)
			memcpy(more, x->fields, row->count * sizeof *more);
		x->fields = more;
		x->cap = cap;
	}
	x->fields[row->count++] = arena_copy(x->mem, data, len);
}

static void read_plain(struct cut *x)
{
	size_t from = x->c->at;

	while (!is_end(x) && x->p[x->c->at] != x->c->separator) {
		if (x->p[x->c->at] == '"')
			x->row->fault = CSV_QUOTE;
		x->c->at++;
	}
	if (!x->row->fault)
		add_field(x, x->p + from, x->c->at - from);
}

/* The text between the quotes, doubled ones made single. At the opening quote. */
static void read_quoted(struct cut *x)
{
	size_t from = ++x->c->at, len = 0;
	char *text;

	for (;; x->c->at++) {
		if (x->c->at >= x->len || x->c->at - x->start > CSV_MAX_ROW) {
			x->row->fault = x->c->at >= x->len ? CSV_OPEN : CSV_LONG;
			return;
		}
		if (x->p[x->c->at] == '"') {
			if (x->c->at + 1 >= x->len || x->p[x->c->at + 1] != '"')
				break;
			x->c->at++;
		}
	}
	text = arena_alloc(x->mem, x->c->at - from + 1);
	for (size_t i = from; i < x->c->at; i++) {
		text[len++] = x->p[i];
		if (x->p[i] == '"')
			i++;
		else if (x->p[i] == '\n' || (x->p[i] == '\r' && x->p[i + 1] != '\n'))
			x->c->line++;
	}
	x->c->at++;
	if (!is_end(x) && x->p[x->c->at] != x->c->separator)
		x->row->fault = CSV_QUOTE;
	else
		add_field(x, text, len);
}

/* A broken row ends with its first line: a quote gone astray costs one row, not the file. */
static void skip_row(struct cut *x)
{
	x->c->at = x->start;
	x->c->line = x->row->line;
	while (!is_end(x))
		x->c->at++;
	pass_line_end(x);
	x->row->count = 0;
}

bool csv_next(struct csv *c, struct arena *mem, struct csv_row *row)
{
	struct cut x = { .c = c, .mem = mem, .row = row, .p = c->data.data, .len = c->data.len };

	while (c->at < x.len && is_end(&x))
		pass_line_end(&x);
	if (c->at >= x.len)
		return false;
	*row = (struct csv_row){ .line = c->line };
	x.start = c->at;
	for (;;) {
		if (c->at < x.len && x.p[c->at] == '"')
			read_quoted(&x);
		else
			read_plain(&x);
		if (row->fault) {
			skip_row(&x);
			return true;
		}
		if (is_end(&x))
			break;
		c->at++; /* the separator */
	}
	pass_line_end(&x);
	row->fields = x.fields;
	return true;
}
