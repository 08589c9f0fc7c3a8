/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/smtp_reply.h"

#include <ctype.h>

#include "base/str.h"

#define QUEUE_ID_MAX 32

static void add(struct smtp_reply *r, const char *text, size_t len)
{
	if (r->len && r->len < SMTP_TEXT_MAX)
		r->text[r->len++] = ' ';
	for (size_t i = 0; i < len && r->len < SMTP_TEXT_MAX; i++)
		r->text[r->len++] = iscntrl((unsigned char)text[i]) ? ' ' : text[i];
	r->text[r->len] = 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool smtp_reply_line(struct smtp_reply *r, const char *line, size_t len)
{
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]))
		return false;
	if (!r->more)
		r->len = 0;
	r->text[r->len] = 0;
	if (len > 4)
		add(r, line + 4, len - 4);
	r->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	r->more = len > 3 && line[3] == '-';
	return !r->more;
}

const char *smtp_reply_text(struct scope *sc, const struct smtp_reply *r)
{
	char *text = arena_copy(sc->mem, r->text, r->len);

	if (!str_is_utf8(text, r->len))
		for (size_t i = 0; i < r->len; i++)
			if ((unsigned char)text[i] >= 0x80)
				text[i] = '?';
	return text;
}

/* How many digits stand at text, up to most. */
static size_t digits(const char *text, size_t most)
{
	size_t n = 0;

	while (n < most && is_digit(text[n]))
		n++;
	return n;
}

const char *smtp_reply_status(struct scope *sc, const char *text)
{
	/* RFC 3463, section 2: class "." subject "." detail. */
	static const size_t most[] = { 1, 3, 3 };
	size_t len = 0;

	for (size_t i = 0; i < COUNT(most); i++) {
		size_t n = digits(text + len, most[i]);

		if (!n || (i < COUNT(most) - 1 && text[len + n] != '.'))
			return "";
		len += n + (i < COUNT(most) - 1);
	}
	return arena_copy(sc->mem, text, len);
}

const char *smtp_reply_queue_id(struct scope *sc, const char *text)
{
	static const char mark[] = "queued as ";
	const char *at = strstr(text, mark);
	size_t len = 0;

	if (!at)
		return NULL;
	at += sizeof mark - 1;
	while (len < QUEUE_ID_MAX && isalnum((unsigned char)at[len]))
		len++;
	return len ? arena_copy(sc->mem, at, len) : NULL;
}
