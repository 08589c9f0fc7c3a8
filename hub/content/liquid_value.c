/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/str.h"

#include "content/liquid_priv.h"

struct liquid_value liquid_text(const char *text)
{
	if (str_empty(text))
		return (struct liquid_value){ .type = LIQUID_NIL };
	return value_of(text, strlen(text));
}

struct liquid_value liquid_int(int64_t n)
{
	return (struct liquid_value){ .type = LIQUID_INT, .n = n };
}

struct liquid_value value_of(const char *text, size_t len)
{
	return (struct liquid_value){ .type = LIQUID_TEXT, .text = text, .len = len };
}

bool value_is_true(const struct liquid_value *v)
{
	return v->type != LIQUID_NIL && !(v->type == LIQUID_BOOL && !v->n);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool value_is_blank(const struct liquid_value *v)
{
	if (v->type == LIQUID_TEXT) {
		for (size_t i = 0; i < v->len; i++)
			if (!is_space(v->text[i]))
				return false;
		return true;
	}
	if (v->type == LIQUID_LIST)
		return v->count == 0;
	return !value_is_true(v);
}

bool value_is_empty(const struct liquid_value *v)
{
	return (v->type == LIQUID_TEXT && v->len == 0) || (v->type == LIQUID_LIST && v->count == 0);
}

/* [+-]digits, or digits with one point; nothing else, so that "1e9" and "nan" stay text. */
static bool parse_number(const char *s, size_t len, struct liquid_value *number)
{
	bool negative = len && (s[0] == '-' || s[0] == '+');
	size_t i = negative, digits = 0;
	int64_t n = 0;
	double f = 0, unit = 1;

	for (; i < len && s[i] >= '0' && s[i] <= '9'; i++, digits++) {
		n = n * 10 + (s[i] - '0');
		f = f * 10 + (s[i] - '0');
		if (digits > 16)
			return false;
	}
	negative = negative && s[0] == '-';
	if (!digits)
		return false;
	if (i == len) {
		*number = liquid_int(negative ? -n : n);
		return true;
	}
	if (s[i++] != '.' || i == len)
		return false;
	for (; i < len && s[i] >= '0' && s[i] <= '9'; i++) {
		unit /= 10;
		f += (s[i] - '0') * unit;
	}
	if (i < len)
		return false;
	*number = (struct liquid_value){ .type = LIQUID_FLOAT, .f = negative ? -f : f };
	return true;
}

bool value_number(const struct liquid_value *v, struct liquid_value *number)
{
	const char *s = v->text;
	size_t len = v->len;

	if (v->type == LIQUID_INT || v->type == LIQUID_FLOAT) {
		*number = *v;
		return true;
	}
	if (v->type != LIQUID_TEXT)
		return false;
	while (len && is_space(*s))
		s++, len--;
	while (len && is_space(s[len - 1]))
		len--;
	return parse_number(s, len, number);
}

double value_double(const struct liquid_value *number)
{
	return number->type == LIQUID_FLOAT ? number->f : (double)number->n;
}

struct bytes value_print(const struct liquid_value *v, char num[32])
{
	switch (v->type) {
	case LIQUID_TEXT:
		return bytes_of(v->text, v->len);
	case LIQUID_BOOL:
		return v->n ? bytes_of("true", 4) : bytes_of("false", 5);
	case LIQUID_INT:
		return bytes_of(num, (size_t)snprintf(num, 32, "%lld", (long long)v->n));
	case LIQUID_FLOAT:
		/* A whole one keeps a decimal, as other implementations write it. */
		if (isfinite(v->f) && fabs(v->f) < 1e15 && v->f == floor(v->f))
			return bytes_of(num, (size_t)snprintf(num, 32, "%.1f", v->f));
		return bytes_of(num, (size_t)snprintf(num, 32, "%.12g", v->f));
	case LIQUID_NIL:
	case LIQUID_LIST:
		break;
	}
	return bytes_of("", 0);
}

static int text_order(const struct liquid_value *a, const struct liquid_value *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n ? memcmp(a->text, b->text, n) : 0;

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

static bool is_numeric(const struct liquid_value *v)
{
	return v->type == LIQUID_INT || v->type == LIQUID_FLOAT;
}

/* False when the two have no order. Text beside a number counts as the number it spells. */
static bool order(const struct liquid_value *a, const struct liquid_value *b, int *result)
{
	struct liquid_value x, y;

	if (a->type == LIQUID_TEXT && b->type == LIQUID_TEXT) {
		*result = text_order(a, b);
		return true;
	}
	if ((is_numeric(a) || is_numeric(b)) && value_number(a, &x) && value_number(b, &y)) {
		if (x.type == LIQUID_INT && y.type == LIQUID_INT)
			*result = (x.n > y.n) - (x.n < y.n);
		else
			*result = (value_double(&x) > value_double(&y)) -
				  (value_double(&x) < value_double(&y));
		return true;
	}
	return false;
}

static bool equal(const struct liquid_value *a, const struct liquid_value *b)
{
	int c;

	if (order(a, b, &c))
		return c == 0;
	if (a->type != b->type)
		return false;
	if (a->type == LIQUID_LIST) {
		for (size_t i = 0; i < a->count && a->count == b->count; i++)
			if (!equal(&a->list[i], &b->list[i]))
				return false;
		return a->count == b->count;
	}
	return a->type == LIQUID_NIL || a->n == b->n;
}

static bool contains(const struct liquid_value *a, const struct liquid_value *b)
{
	char num[32];
	struct bytes what = value_print(b, num);

	if (a->type == LIQUID_LIST) {
		for (size_t i = 0; i < a->count; i++)
			if (equal(&a->list[i], b))
				return true;
		return false;
	}
	return a->type == LIQUID_TEXT && b->type != LIQUID_NIL && what.len <= a->len &&
	       (what.len == 0 || memmem(a->text, a->len, what.data, what.len));
}

bool value_compare(enum compare op, const struct liquid_value *a, const struct liquid_value *b)
{
	int c;

	if (op == COMPARE_EQ)
		return equal(a, b);
	if (op == COMPARE_NE)
		return !equal(a, b);
	if (op == COMPARE_HAS)
		return contains(a, b);
	if (!order(a, b, &c))
		return false;
	switch (op) {
	case COMPARE_LT:
		return c < 0;
	case COMPARE_GT:
		return c > 0;
	case COMPARE_LE:
		return c <= 0;
	default:
		return c >= 0;
	}
}
