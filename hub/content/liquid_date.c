/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The `date` filter: what a text means as a moment (UTC), and how a format writes it. */
#include <string.h>

#include "base/str.h"

#include "content/liquid_priv.h"

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	"Friday", "Saturday" };

/* N digits at *S; -1 when they are not there. */
static int digits(const char **s, const char *end, int n)
{
	int value = 0;

	if (end - *s < n)
		return -1;
	for (int i = 0; i < n; i++) {
		char c = *(*s)++;

		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
	}
	return value;
}

/* YYYY-MM-DD, then optionally T or blank and HH:MM[:SS]; what follows is not looked at. */
static bool parse_iso(const char *s, size_t len, struct tm *tm)
{
	const char *end = s + len;
	int year = digits(&s, end, 4), month, day;

	if (year < 0 || s == end || *s++ != '-')
		return false;
	month = digits(&s, end, 2);
	if (month < 1 || month > 12 || s == end || *s++ != '-')
		return false;
	day = digits(&s, end, 2);
	if (day < 1 || day > 31)
		return false;
	*tm = (struct tm){ .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
	if (s < end && (*s == 'T' || *s == ' ')) {
		s++;
		tm->tm_hour = digits(&s, end, 2);
		if (tm->tm_hour < 0 || tm->tm_hour > 23 || s == end || *s++ != ':')
			return false;
		tm->tm_min = digits(&s, end, 2);
		if (tm->tm_min < 0 || tm->tm_min > 59)
			return false;
		if (s < end && *s == ':') {
			s++;
			tm->tm_sec = digits(&s, end, 2);
			if (tm->tm_sec < 0 || tm->tm_sec > 60)
				return false;
		}
	}
	return true;
}

static bool moment(struct liquid_run *r, const struct liquid_value *in, struct tm *tm)
{
	struct liquid_value number;
	time_t t;

	if (in->type == LIQUID_TEXT && ((in->len == 3 && memcmp(in->text, "now", 3) == 0) ||
					       (in->len == 5 && memcmp(in->text, "today", 5) == 0)))
		t = (time_t)(r->env->now.ms / SECOND_MS);
	else if (value_number(in, &number) && number.type == LIQUID_INT && number.n >= 0 &&
		 number.n < INT64_C(253402300800))
		t = (time_t)number.n;
	else if (in->type == LIQUID_TEXT && parse_iso(in->text, in->len, tm))
		t = timegm(tm);
	else
		return false;
	return gmtime_r(&t, tm);
}

static void put_number(struct out *o, int n, int width, char pad)
{
	if (pad == '-')
		out_printf(o, "%d", n);
	else if (pad == ' ')
		out_printf(o, "%*d", width, n);
	else
		out_printf(o, "%0*d", width, n);
}

/* Conversions that are a number of so many digits. */
static bool put_numeric(struct out *o, char c, char pad, const struct tm *tm)
{
	const struct {
		char c;
		int width, n;
	} fields[] = {
		{ 'y', 2, tm->tm_year % 100 },
		{ 'm', 2, tm->tm_mon + 1 },
		{ 'd', 2, tm->tm_mday },
		{ 'e', 2, tm->tm_mday },
		{ 'j', 3, tm->tm_yday + 1 },
		{ 'H', 2, tm->tm_hour },
		{ 'I', 2, tm->tm_hour % 12 ? tm->tm_hour % 12 : 12 },
		{ 'M', 2, tm->tm_min },
		{ 'S', 2, tm->tm_sec },
		{ 'Y', 1, tm->tm_year + 1900 },
	};

	for (size_t i = 0; i < COUNT(fields); i++)
		if (fields[i].c == c) {
			put_number(o, fields[i].n, fields[i].width,
				c == 'e' && pad == '0' ? ' ' : pad);
			return true;
		}
	return false;
}

/* One conversion; PAD is '0' or '-' (none). */
static void put_field(struct out *o, char c, char pad, const struct tm *tm)
{
	if (put_numeric(o, c, pad, tm))
		return;
	switch (c) {
	case 'B':
		out_text(o, months[tm->tm_mon]);
		return;
	case 'b':
		out_bytes(o, months[tm->tm_mon], 3);
		return;
	case 'A':
		out_text(o, days[tm->tm_wday]);
		return;
	case 'a':
		out_bytes(o, days[tm->tm_wday], 3);
		return;
	case 'p':
		out_text(o, tm->tm_hour < 12 ? "AM" : "PM");
		return;
	case 'F':
		out_printf(o, "%d-%02d-%02d", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
		return;
	case 'T':
		out_printf(o, "%02d:%02d:%02d", tm->tm_hour, tm->tm_min, tm->tm_sec);
		return;
	case 'Z':
		out_text(o, "UTC");
		return;
	case '%':
		out_char(o, '%');
		return;
	default:
		out_char(o, '%');
		out_char(o, c);
	}
}

enum err liquid_date(struct liquid_run *r, const struct liquid_value *in, const char *format,
	size_t len, struct liquid_value *out)
{
	struct tm tm;
	struct out o;

	if (!moment(r, in, &tm)) {
		*out = *in;
		return ERR_NONE;
	}
	out_init(&o, r->sc->mem);
	for (size_t i = 0; i < len; i++) {
		char pad = '0';

		if (format[i] != '%' || i + 1 == len) {
			out_char(&o, format[i]);
			continue;
		}
		if (format[++i] == '-' && i + 1 < len) {
			pad = '-';
			i++;
		}
		put_field(&o, format[i], pad, &tm);
	}
	*out = value_of(o.data, o.len);
	return liquid_spend(r, o.len);
}
