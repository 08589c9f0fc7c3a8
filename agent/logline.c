/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "logline.h"

#include <string.h>

#include "base/str.h"

#define MAX_QUEUE_ID 20
#define MAX_TEXT     512

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands between BEFORE and the next byte of STOP, from TEXT on; NULL when there is none. */
static const char *between(struct scope *sc, const char *text, const char *before, const char *stop)
{
	const char *from = strstr(text, before);
	size_t n;

	if (!from)
		return NULL;
	from += strlen(before);
	n = strcspn(from, stop);
	return from[n] ? arena_copy(sc->mem, from, n) : NULL;
}

/* Foreign bytes become question marks, and nothing is torn at the end. */
static const char *clean(struct scope *sc, const char *text, size_t len)
{
	char *copy = arena_copy(sc->mem, text, len < MAX_TEXT ? len : MAX_TEXT);
	size_t n = strlen(copy);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = ' ';
	for (int cut = 0; cut < 3 && n && !str_is_utf8(copy, n); cut++)
		copy[--n] = 0;
	if (str_is_utf8(copy, n))
		return copy;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	return copy;
}

/* "host x said: 550 5.1.1 …" or "250 2.0.0 Ok": the three digits that the remote side spoke. */
static int reply_code(const char *text)
{
	const char *said = strstr(text, "said: ");
	const char *p = said ? said + strlen("said: ") : text;

	if (!is_digit(p[0]) || !is_digit(p[1]) || !is_digit(p[2]) || is_digit(p[3]))
		return 0;
	if (p[0] < '2' || p[0] > '5')
		return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

/* "2.0.0", or NULL. */
static const char *status_code(const char *text)
{
	const char *p = text;

	if (!p || (*p != '2' && *p != '4' && *p != '5') || p[1] != '.')
		return NULL;
	return p[strspn(p, "0123456789.")] == 0 && strlen(p) < 12 ? text : NULL;
}

static void parse_qmgr(struct scope *sc, const char *rest, struct logline *out)
{
	if (str_eq(rest, "removed")) {
		out->kind = LOGLINE_REMOVED;
		return;
	}
	if (!str_starts(rest, "from=<"))
		return;
	out->sender = between(sc, rest, "from=<", ">");
	if (!out->sender)
		return;
	if (strstr(rest, ">, status=expired") || strstr(rest, ">, status=force-expired")) {
		out->kind = LOGLINE_EXPIRED;
		out->text = "expired, returned to sender";
	} else if (strstr(rest, "(queue active)")) {
		out->kind = LOGLINE_ACTIVE;
	}
}

/* "to=<…>, relay=…, …, dsn=2.0.0, status=sent (text)" of any delivering program. */
static void parse_delivery(struct scope *sc, const char *rest, struct logline *out)
{
	static const struct {
		const char *word;
		enum logline_kind kind;
	} words[] = {
		{ "sent", LOGLINE_SENT },
		{ "deferred", LOGLINE_DEFERRED },
		{ "bounced", LOGLINE_BOUNCED },
	};
	const char *status = strstr(rest, ", status="), *open;
	size_t n;

	if (!str_starts(rest, "to=<") || !status)
		return;
	status += strlen(", status=");
	n = strcspn(status, " ");
	for (size_t i = 0; i < COUNT(words); i++)
		if (n == strlen(words[i].word) && memcmp(status, words[i].word, n) == 0)
			out->kind = words[i].kind;
	open = strchr(status, '(');
	if (open) {
		size_t len = strlen(open + 1);

		if (len && open[len] == ')')
			len--;
		out->text = clean(sc, open + 1, len);
		out->code = reply_code(out->text);
	}
	out->status = status_code(between(sc, rest, ", dsn=", ","));
}

void logline_parse_message(
	struct scope *sc, const char *program, const char *message, size_t len, struct logline *out)
{
	const char *daemon = strrchr(program, '/');
	const char *text = arena_copy(sc->mem, message, len < LOGLINE_MAX ? len : LOGLINE_MAX);
	struct logline line = { 0 };
	bool word = true;
	size_t n = 0;

	*out = line;
	while (n <= MAX_QUEUE_ID && is_alnum(text[n]))
		word = text[n++] >= 'a' && word;
	/* "warning: …" begins like an id, but no id is all small letters. */
	if (!daemon || word || n < 5 || n > MAX_QUEUE_ID || text[n] != ':' || text[n + 1] != ' ')
		return;
	line.queue_id = arena_copy(sc->mem, text, n);
	if (str_eq(daemon, "/qmgr") || str_eq(daemon, "/postsuper"))
		parse_qmgr(sc, text + n + 2, &line);
	else
		parse_delivery(sc, text + n + 2, &line);
	if (line.kind != LOGLINE_OTHER)
		*out = line;
}

/* "Nov 22 15:00:00 host postfix/qmgr[123]: …": the program is the word before "[pid]: ". */
void logline_parse(struct scope *sc, const char *line, size_t len, struct logline *out)
{
	const char *end = line + (len < LOGLINE_MAX ? len : LOGLINE_MAX), *p = line;

	*out = (struct logline){ 0 };
	while (p < end) {
		const char *open = memchr(p, '[', (size_t)(end - p)), *close, *word;

		if (!open)
			return;
		close = open + 1;
		while (close < end && is_digit(*close))
			close++;
		p = open + 1;
		if (close == open + 1 || end - close < 3 || memcmp(close, "]: ", 3) != 0)
			continue;
		word = open;
		while (word > line && word[-1] != ' ')
			word--;
		logline_parse_message(sc, arena_copy(sc->mem, word, (size_t)(open - word)),
			close + 3, (size_t)(end - close - 3), out);
		return;
	}
}
