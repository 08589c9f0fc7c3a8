/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mail/report.h"

#include <ctype.h>
#include <string.h>

static bool is_blank(const char *line, size_t len)
{
	return len == 0 || (len == 1 && line[0] == '\r');
}

/* The line at *AT without its end; *AT moves to the next one. */
static struct bytes next_line(struct bytes text, size_t *at)
{
	const char *from = (const char *)text.data + *at;
	const char *end = memchr(from, '\n', text.len - *at);
	size_t len = end ? (size_t)(end - from) : text.len - *at;

	*at += len + (end != NULL);
	return bytes_of(from, len);
}

/* Without blanks at both ends, control characters as blanks, cut where it is long. */
static char *clean(struct arena *mem, const char *text, size_t len)
{
	char *copy;

	while (len && isspace((unsigned char)*text))
		text++, len--;
	if (len > REPORT_MAX_VALUE)
		len = REPORT_MAX_VALUE;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	copy = arena_copy(mem, text, len);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
			copy[i] = ' ';
	return copy;
}

static void add_line(struct arena *mem, struct report_field *f, struct bytes line)
{
	const char *more = clean(mem, line.data, line.len);

	if (strlen(f->value) + strlen(more) < REPORT_MAX_VALUE)
		f->value = arena_printf(mem, "%s %s", f->value, more);
}

static void add_field(struct arena *mem, struct report_group *g, struct bytes line)
{
	const char *text = line.data, *colon = memchr(text, ':', line.len);
	size_t name = colon ? (size_t)(colon - text) : 0;

	if (!name || name > 80 || g->count == REPORT_MAX_FIELDS)
		return;
	g->fields[g->count++] = (struct report_field){ clean(mem, text, name),
		clean(mem, colon + 1, line.len - name - 1) };
}

bool report_next(struct arena *mem, struct bytes text, size_t *at, struct report_group *g)
{
	bool any = false;

	g->count = 0;
	while (*at < text.len) {
		struct bytes line = next_line(text, at);
		const char *first = line.data;

		if (is_blank(first, line.len)) {
			if (any)
				return true;
			continue;
		}
		any = true;
		if (first[0] == ' ' || first[0] == '\t') {
			if (g->count)
				add_line(mem, &g->fields[g->count - 1], line);
		} else {
			add_field(mem, g, line);
		}
	}
	return any;
}

const char *report_value(const struct report_group *g, const char *name)
{
	for (size_t i = 0; i < g->count; i++)
		if (str_eq_nocase(g->fields[i].name, name))
			return g->fields[i].value;
	return NULL;
}

const char *report_typed(const char *value)
{
	const char *semicolon = value ? strchr(value, ';') : NULL;

	if (!semicolon)
		return value;
	semicolon++;
	return semicolon + strspn(semicolon, " \t");
}

static size_t digits(const char *text, size_t most)
{
	size_t n = strspn(text, "0123456789");

	return n && n <= most ? n : 0;
}

/* How long the enhanced status at TEXT is; 0 for none. */
static size_t status_at(const char *text)
{
	size_t class = digits(text, 1), subject, detail;

	if (!class || !strchr("245", text[0]) || text[1] != '.')
		return 0;
	subject = digits(text + 2, 3);
	if (!subject || text[2 + subject] != '.')
		return 0;
	detail = digits(text + 3 + subject, 3);
	return detail && text[3 + subject + detail] != '.' ? 3 + subject + detail : 0;
}

const char *report_status(struct arena *mem, const char *text)
{
	char before = ' ';

	for (; text && *text; before = *text++) {
		size_t n = isalnum((unsigned char)before) || before == '.' ? 0 : status_at(text);

		if (n)
			return arena_copy(mem, text, n);
	}
	return NULL;
}

int report_code(const char *diagnostic)
{
	const char *text = report_typed(diagnostic);

	if (!text || digits(text, 3) != 3 || !strchr("245", text[0]))
		return 0;
	return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}
