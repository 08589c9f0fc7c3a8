/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/str.h"

#include <string.h>

bool str_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

bool str_empty(const char *text)
{
	return !text || !text[0];
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_nocase(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (lower(*a) != lower(*b))
			return false;
	return *a == *b;
}

char *str_lower(struct arena *mem, const char *text)
{
	char *copy = arena_text(mem, text);

	for (char *p = copy; p && *p; p++)
		*p = lower(*p);
	return copy;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *str_trim(struct arena *mem, const char *text)
{
	size_t n;

	while (is_blank(*text))
		text++;
	n = strlen(text);
	while (n && is_blank(text[n - 1]))
		n--;
	return arena_copy(mem, text, n);
}

char *str_number(int64_t n, char buf[STR_NUMBER])
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char *p = buf + STR_NUMBER;

	*--p = 0;
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (n < 0)
		*--p = '-';
	return p;
}

bool str_int(const char *text, int64_t low, int64_t high, int64_t *n)
{
	bool minus;
	int64_t value = 0;

	if (!text)
		return false;
	minus = *text == '-';
	if (minus)
		text++;
	if (!*text)
		return false;
	for (; *text; text++) {
		int digit = *text - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, digit, &value))
			return false;
	}
	/* Counted downwards, because the lowest value has no positive twin. */
	if (!minus && __builtin_sub_overflow((int64_t)0, value, &value))
		return false;
	if (value < low || value > high)
		return false;
	*n = value;
	return true;
}

char *str_hex(struct arena *mem, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = data;
	char *text = arena_array(mem, len + 1, 2);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[from[i] >> 4];
		text[2 * i + 1] = digits[from[i] & 15];
	}
	return text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool str_unhex(const char *text, void *data, size_t len)
{
	unsigned char *to = data;

	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *str_base64url(struct arena *mem, const void *data, size_t len)
{
	const unsigned char *from = data;
	char *text = arena_alloc(mem, (len + 2) / 3 * 4 + 1);
	uint32_t bits = 0;
	int count = 0;
	char *p = text;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | from[i];
		for (count += 8; count >= 6; count -= 6)
			*p++ = base64url[bits >> (count - 6) & 63];
	}
	if (count)
		*p++ = base64url[bits << (6 - count) & 63];
	return text;
}

bool str_unbase64url(struct arena *mem, const char *text, size_t max, struct bytes *data)
{
	size_t n = strlen(text), len = 0;
	unsigned char *to;
	uint32_t bits = 0;
	int count = 0;

	if (n % 4 == 1 || n / 4 * 3 > max)
		return false;
	to = arena_alloc(mem, n / 4 * 3 + 4);
	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(base64url, text[i]);

		if (!at)
			return false;
		bits = bits << 6 | (uint32_t)(at - base64url);
		count += 6;
		if (count >= 8) {
			count -= 8;
			to[len++] = (unsigned char)(bits >> count);
		}
	}
	/* Bits left over must be zero, so that each value has one spelling. */
	if (bits & ((1u << count) - 1) || len > max)
		return false;
	*data = bytes_of(to, len);
	return true;
}

/* Length of the sequence that starts at P, or 0. */
static size_t utf8_step(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t low;
	} forms[] = { { 0x80, 0x00, 1 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 0; n < COUNT(forms) && n < left; n++) {
		uint32_t code;

		if ((p[0] & forms[n].mask) != forms[n].lead)
			continue;
		code = p[0] & (unsigned char)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (p[i] & 0x3f);
		}
		if (code < forms[n].low || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return 0;
		return n + 1;
	}
	return 0;
}

/* Eight letters of ASCII at P, of which most text is made: 8, or 0. A zero among them is none. */
static size_t ascii_step(const unsigned char *p, size_t left)
{
	uint64_t eight;

	if (left < sizeof eight)
		return 0;
	memcpy(&eight, p, sizeof eight);
	return (eight | (eight - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)
		       ? 0
		       : sizeof eight;
}

bool str_is_utf8(const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t step; len; p += step, len -= step) {
		step = ascii_step(p, len);
		if (!step)
			step = utf8_step(p, len);
		if (!step)
			return false;
	}
	return true;
}
