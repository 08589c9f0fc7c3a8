/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mail/build.h"

#include <string.h>

#include "base/clock.h"
#include "base/eight.h"
#include "base/str.h"

#define LINE 76 /* columns, as RFC 2045 and RFC 2047 want them */
/* Room for all lines before the bodies. */
#define HEAD_SIZE 1000

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* LEN bytes, a multiple of 3 but at the end. */
static void put_base64(struct out *o, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t n = (uint32_t)s[i] << 16;
		char four[4];

		if (i + 1 < len)
			n |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < len)
			n |= s[i + 2];
		for (int k = 0; k < 4; k++)
			four[k] = base64[n >> (18 - 6 * k) & 63];
		if (i + 1 >= len)
			four[2] = '=';
		if (i + 2 >= len)
			four[3] = '=';
		out_bytes(o, four, 4);
	}
}

/* ---- header values ---- */

/* An address, id or URL: nothing that could end the header or its brackets. */
static bool is_token(const char *text)
{
	if (str_empty(text) || strlen(text) > 900)
		return false;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '<' || *p == '>')
			return false;
	return true;
}

static bool is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p < ' ' || *p >= 0x7f || (p[0] == '=' && p[1] == '?'))
			return false;
	return true;
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* Words of at most 45 bytes, never within a character. COLUMN is where the value begins. */
static void put_encoded(struct out *o, const char *text)
{
	char word[48];
	size_t n = 0;
	bool first = true;

	for (const char *p = text;; p++) {
		bool starts = ((unsigned char)*p & 0xc0) != 0x80;
		size_t left = sizeof word - 3 - n;

		if (!*p || (starts && left < 4)) {
			if (n || first) {
				out_text(o, first ? "=?UTF-8?B?" : "\n =?UTF-8?B?");
				put_base64(o, word, n);
				out_text(o, "?=");
			}
			first = false;
			n = 0;
		}
		if (!*p)
			return;
		/* Stray continuation bytes of broken UTF-8 never overrun the word. */
		if (n < sizeof word - 3)
			word[n++] = is_control(*p) ? ' ' : *p;
	}
}

/* Folded at blanks; a word longer than a line stays whole. */
static void put_folded(struct out *o, const char *text, size_t column)
{
	while (*text) {
		size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " ");

		if (column + blanks + word > LINE && blanks && column > 1 && word) {
			out_char(o, '\n');
			column = 0;
		}
		out_bytes(o, text, blanks + word);
		column += blanks + word;
		text += blanks + word;
	}
}

static bool has_long_word(const char *text)
{
	for (; *text; text += strspn(text, " ")) {
		size_t n = strcspn(text, " ");

		if (n > 200)
			return true;
		text += n;
	}
	return false;
}

static void put_header(struct out *o, const char *name, const char *text)
{
	out_text(o, name);
	out_text(o, ": ");
	if (is_plain(text) && !has_long_word(text))
		put_folded(o, text, strlen(name) + 2);
	else
		put_encoded(o, text);
	out_char(o, '\n');
}

static void put_bracketed(struct out *o, const char *header, const char *text)
{
	out_text(o, header);
	out_char(o, '<');
	out_text(o, text);
	out_text(o, ">\n");
}

static void put_address(struct out *o, const char *header, const char *name, const char *address)
{
	out_text(o, header);
	out_text(o, ": ");
	if (!str_empty(name)) {
		if (is_plain(name) && strlen(name) <= LINE) {
			out_char(o, '"');
			for (const char *p = name; *p; p++) {
				if (*p == '"' || *p == '\\')
					out_char(o, '\\');
				out_char(o, *p);
			}
			out_char(o, '"');
		} else {
			put_encoded(o, name);
		}
		out_text(o, strlen(name) > 30 ? "\n " : " ");
	}
	put_bracketed(o, "", address);
}

/* "Mon, 5 Jan 2026 12:00:00 +0000" (RFC 5322 §3.3). */
static void put_date(struct out *o, int64_t ms)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	char iso[25];
	int month;

	clock_iso(ms, iso);
	/* Years have four digits here. */
	if (iso[4] != '-')
		clock_iso(ms = 0, iso);
	month = (iso[5] - '0') * 10 + iso[6] - '0';
	out_text(o, "Date: ");
	out_text(o, days[clock_weekday(ms)]);
	out_text(o, ", ");
	out_bytes(o, iso[8] == '0' ? iso + 9 : iso + 8, iso[8] == '0' ? 1 : 2);
	out_char(o, ' ');
	out_text(o, months[month - 1]);
	out_char(o, ' ');
	out_bytes(o, iso, 4);
	out_char(o, ' ');
	out_bytes(o, iso + 11, 8);
	out_text(o, " +0000\n");
}

/* ---- bodies ---- */

/* Bytes that stand for themselves (RFC 2045 §6.7): printable but "=". */
static const bool literal[256] = { [' ' ... '<'] = true, ['>' ... '~'] = true };

/* Behind the line end at P, or NULL when none stands there. */
static const unsigned char *line_end(const unsigned char *p)
{
	if (*p == '\n')
		return p + 1;
	return p[0] == '\r' && p[1] == '\n' ? p + 2 : NULL;
}

/* How many of the LEFT bytes at P go out as they are, at most ROOM. */
static size_t literal_run(const unsigned char *p, size_t left, size_t room)
{
	size_t k = eight_plain(p, left < room ? left : room, '=', '=');

	while (k < room && literal[p[k]])
		k++;
	/* A blank at a line's end would be lost on the way. */
	if (k && p[k - 1] == ' ' && (p[k] == '\0' || line_end(p + k)))
		k--;
	return k;
}

static void put_quoted(struct out *o, const char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p = (const unsigned char *)text, *end = p + len, *next;
	size_t column = 0, k;

	while (*p) {
		/* A lone dot would end some old SMTP talks. */
		if (!(column == 0 && *p == '.')) {
			k = literal_run(p, (size_t)(end - p), LINE - 1 - column);
			out_bytes(o, p, k);
			column += k;
			p += k;
		}
		next = line_end(p);
		if (next) {
			out_char(o, '\n');
			column = 0;
			p = next;
		} else if (*p && column + 3 > LINE - 1) {
			out_bytes(o, "=\n", 2);
			column = 0;
		} else if (*p && (!literal[*p] || *p == ' ' || (column == 0 && *p == '.'))) {
			out_bytes(o, (const char[]){ '=', hex[*p >> 4], hex[*p & 15] }, 3);
			column += 3;
			p++;
		}
	}
	if (column)
		out_char(o, '\n');
}

static void put_base64_lines(struct out *o, const char *text)
{
	size_t len = strlen(text), step = LINE / 4 * 3;

	for (size_t i = 0; i < len; i += step) {
		put_base64(o, text + i, len - i < step ? len - i : step);
		out_char(o, '\n');
	}
}

/* How many bytes are not ASCII. */
static size_t count_high(const char *text, size_t len)
{
	size_t n = 0, i = 0;

	for (uint64_t eight; i + sizeof eight <= len; i += sizeof eight) {
		memcpy(&eight, text + i, sizeof eight);
		eight = eight >> 7 & UINT64_C(0x0101010101010101);
		n += eight * UINT64_C(0x0101010101010101) >> 56;
	}
	for (; i < len; i++)
		n += (unsigned char)text[i] >> 7;
	return n;
}

/* What a body of LEN takes with its head, as far as one can tell. */
static size_t body_size(size_t len)
{
	return len + len / 8 + 200;
}

static void put_body(struct out *o, const char *type, const char *text)
{
	size_t len = strlen(text);

	out_reserve(o, body_size(len));
	out_text(o, "Content-Type: ");
	out_text(o, type);
	out_text(o, "; charset=utf-8\n");
	/* Quoted-printable stays readable; beyond a quarter of foreign bytes it is the larger one.
	 */
	if (count_high(text, len) > len / 4) {
		out_text(o, "Content-Transfer-Encoding: base64\n\n");
		put_base64_lines(o, text);
	} else {
		out_text(o, "Content-Transfer-Encoding: quoted-printable\n\n");
		put_quoted(o, text, len);
	}
}

/* "=_" occurs in no quoted-printable or base64 body, and the id in no other mail. */
static const char *boundary(struct arena *mem, const char *message_id)
{
	size_t n = strcspn(message_id, "@");
	char *b = arena_printf(mem, "=_%.*s", (int)(n > 50 ? 50 : n), message_id);

	for (char *p = b + 2; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			    (*p >= '0' && *p <= '9')))
			*p = '_';
	return b;
}

static void put_mark(struct out *o, const char *mark, const char *after)
{
	out_text(o, "--");
	out_text(o, mark);
	out_text(o, after);
}

static enum err check(struct scope *sc, const struct mail_parts *m)
{
	if (!is_token(m->from) || !strchr(m->from, '@'))
		return fail(sc, ERR_INPUT, "the sender's address cannot stand in a mail");
	if (!is_token(m->to) || !strchr(m->to, '@'))
		return fail(sc, ERR_INPUT, "the recipient's address cannot stand in a mail");
	if (!is_token(m->message_id) || (m->in_reply_to && !is_token(m->in_reply_to)))
		return fail(sc, ERR_INPUT, "the Message-ID cannot stand in a mail");
	if (m->unsubscribe && !is_token(m->unsubscribe))
		return fail(sc, ERR_INPUT, "the unsubscribe address cannot stand in a mail");
	if (m->feedback_id && !is_token(m->feedback_id))
		return fail(sc, ERR_INPUT, "the feedback id cannot stand in a mail");
	return ERR_NONE;
}

enum err mail_build(struct scope *sc, const struct mail_parts *m, struct out *o)
{
	enum err e = check(sc, m);
	const char *mark;

	if (e)
		return e;
	out_reserve(o, HEAD_SIZE + body_size(m->text ? strlen(m->text) : 0) +
			       body_size(m->html ? strlen(m->html) : 0));
	put_address(o, "From", m->from_name, m->from);
	put_address(o, "To", m->to_name, m->to);
	put_header(o, "Subject", m->subject ? m->subject : "");
	put_date(o, m->date);
	put_bracketed(o, "Message-ID: ", m->message_id);
	if (m->in_reply_to) {
		put_bracketed(o, "In-Reply-To: ", m->in_reply_to);
		put_bracketed(o, "References: ", m->in_reply_to);
	}
	if (m->unsubscribe) {
		put_bracketed(o, "List-Unsubscribe: ", m->unsubscribe);
		out_text(o, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n");
	}
	if (m->feedback_id) {
		out_text(o, "Feedback-ID: ");
		out_text(o, m->feedback_id);
		out_char(o, '\n');
	}
	out_text(o, "MIME-Version: 1.0\n");
	if (!m->html) {
		put_body(o, "text/plain", m->text ? m->text : "");
		return ERR_NONE;
	}
	mark = boundary(sc->mem, m->message_id);
	out_text(o, "Content-Type: multipart/alternative; boundary=\"");
	out_text(o, mark);
	out_text(o, "\"\n\n");
	put_mark(o, mark, "\n");
	put_body(o, "text/plain", m->text ? m->text : "");
	put_mark(o, mark, "\n");
	put_body(o, "text/html", m->html);
	put_mark(o, mark, "--\n");
	return ERR_NONE;
}
