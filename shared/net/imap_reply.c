/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/imap_reply.h"

#include <string.h>

/* The length in "{123}" at a line's end; -1 for none. */
static int64_t literal_of(const char *line, size_t len)
{
	int64_t n = 0;
	size_t i;

	if (len < 3 || line[len - 1] != '}')
		return -1;
	for (i = len - 1; i > 0 && line[i - 1] >= '0' && line[i - 1] <= '9'; i--)
		continue;
	if (i == 0 || line[i - 1] != '{' || i == len - 1 || len - i > 11)
		return -1;
	for (; i < len - 1; i++)
		n = n * 10 + (line[i] - '0');
	return n;
}

enum imap_take imap_reply_take(struct arena *mem, struct bytes in, size_t max, struct imap_reply *r)
{
	const char *data = in.data;
	struct imap_reply got = { 0 };
	size_t at = 0, lines = 0;

	for (;;) {
		const char *end = memchr(data + at, '\n', in.len - at);
		size_t len = end ? (size_t)(end - (data + at)) : in.len - at;
		int64_t literal;

		lines += len;
		if (lines > IMAP_MAX_LINE)
			return IMAP_BROKEN;
		if (!end)
			return IMAP_MORE;
		if (len && data[at + len - 1] == '\r')
			len--;
		literal = literal_of(data + at, len);
		if (!got.line)
			got.line = arena_copy(mem, data + at, len);
		at = (size_t)(end + 1 - data);
		if (literal < 0)
			break;
		if ((uint64_t)literal > max)
			return IMAP_BROKEN;
		if ((uint64_t)literal > in.len - at)
			return IMAP_MORE;
		if (!got.literal.data)
			got.literal = bytes_of(data + at, (size_t)literal);
		at += (size_t)literal;
	}
	got.len = at;
	*r = got;
	return IMAP_WHOLE;
}

bool imap_is_untagged(const struct imap_reply *r)
{
	return str_starts(r->line, "* ");
}

char imap_tagged(const struct imap_reply *r, const char *tag)
{
	static const char *const words[] = { "OK", "NO", "BAD" };
	const char *word = r->line + strlen(tag);

	if (!str_starts(r->line, tag) || *word++ != ' ')
		return 0;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strncasecmp(word, words[i], strlen(words[i])) == 0)
			return words[i][0];
	return 'B';
}

/* A number without a sign at *AT, which moves behind it; 0 for none. */
static int64_t number_at(const char **at)
{
	int64_t n = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		n = n > INT32_MAX * INT64_C(1000) ? n : n * 10 + (**at - '0');
	return n;
}

int64_t imap_code(const struct imap_reply *r, const char *name)
{
	const char *at = r->line + strlen("* OK [");
	size_t n = strlen(name);

	if (strncasecmp(r->line, "* OK [", 6) != 0 || strncasecmp(at, name, n) != 0 || at[n] != ' ')
		return 0;
	at += n + 1;
	return number_at(&at);
}

bool imap_search(const struct imap_reply *r, int64_t least, size_t most, int64_t *list, size_t *n)
{
	const char *at = r->line + strlen("* SEARCH");

	if (strncasecmp(r->line, "* SEARCH", 8) != 0)
		return false;
	while (*at == ' ' && *n < most) {
		int64_t uid;

		at++;
		uid = number_at(&at);
		if (uid && uid >= least)
			list[(*n)++] = uid;
	}
	return true;
}

bool imap_is_exists(const struct imap_reply *r)
{
	const char *at = r->line + 2;

	if (!imap_is_untagged(r) || *at < '0' || *at > '9')
		return false;
	(void)number_at(&at);
	return strcasecmp(at, " EXISTS") == 0;
}

bool imap_is_go_on(const struct imap_reply *r)
{
	return r->line[0] == '+' && (r->line[1] == ' ' || r->line[1] == 0);
}

bool imap_is_capable(const struct imap_reply *r, const char *name)
{
	const char *at = r->line + strlen("* CAPABILITY");

	if (strncasecmp(r->line, "* CAPABILITY", 12) != 0)
		return false;
	while (*at == ' ') {
		size_t n = strcspn(++at, " ");

		if (n == strlen(name) && strncasecmp(at, name, n) == 0)
			return true;
		at += n;
	}
	return false;
}

bool imap_is_fetch(const struct imap_reply *r, int64_t uid)
{
	const char *at = r->line + 2;

	if (!imap_is_untagged(r) || !number_at(&at) || strncasecmp(at, " FETCH (", 8) != 0)
		return false;
	at = strcasestr(at, "UID ");
	if (!at)
		return false;
	at += 4;
	return number_at(&at) == uid;
}
