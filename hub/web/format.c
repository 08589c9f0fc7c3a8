/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/format.h"

#include <inttypes.h>

#include "base/out.h"
#include "base/str.h"
#include "base/words.h"
#include "text/html.h"

static bool speaks(const struct scope *sc, const char *lang)
{
	return sc->lang && str_starts(sc->lang, lang);
}

/* Where three digits meet three digits. */
static const char *group_mark(const struct scope *sc)
{
	if (speaks(sc, "de") || speaks(sc, "es") || speaks(sc, "it") || speaks(sc, "nl"))
		return ".";
	if (speaks(sc, "fr") || speaks(sc, "pl") || speaks(sc, "sv") || speaks(sc, "uk"))
		return "\u202f";
	return ",";
}

static const char *decimal_mark(const struct scope *sc)
{
	return !sc->lang || speaks(sc, "en") || speaks(sc, "ja") || speaks(sc, "zh") ? "." : ",";
}

const char *format_count(struct scope *sc, int64_t n)
{
	const char *digits = arena_printf(sc->mem, "%" PRId64, n < 0 ? -n : n);
	size_t len = strlen(digits);
	struct out o;

	out_init(&o, sc->mem);
	if (n < 0)
		out_text(&o, "−");
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out_text(&o, group_mark(sc));
		out_char(&o, digits[i]);
	}
	return o.data;
}

const char *format_share(struct scope *sc, int64_t part, int64_t whole)
{
	int64_t tenths;

	if (whole <= 0)
		return "–";
	tenths = (part * 1000 + whole / 2) / whole;
	if (tenths >= 1000 || tenths % 10 == 0)
		return arena_printf(sc->mem, "%" PRId64 "\u00a0%%", tenths / 10);
	return arena_printf(sc->mem, "%" PRId64 "%s%" PRId64 "\u00a0%%", tenths / 10,
		decimal_mark(sc), tenths % 10);
}

const char *format_points(struct scope *sc, int64_t thousandths)
{
	int64_t n = thousandths < 0 ? -thousandths : thousandths;

	return arena_printf(sc->mem, "%s%" PRId64 "%s%02" PRId64, thousandths < 0 ? "−" : "",
		n / 1000, decimal_mark(sc), n % 1000 / 10);
}

static const int64_t units[] = { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS };

static const char *unit_text(struct scope *sc, size_t unit, int64_t ms)
{
	long long n = (long long)(ms / units[unit]);

	switch (unit) {
	case 0:
		return tf("%lld d", n);
	case 1:
		return tf("%lld h", n);
	case 2:
		return tf("%lld min", n);
	default:
		return tf("%lld s", n);
	}
}

const char *format_span(struct scope *sc, int64_t ms)
{
	size_t unit = 0;
	const char *first;

	if (ms < 0)
		ms = -ms;
	while (unit + 1 < COUNT(units) && ms < units[unit])
		unit++;
	first = unit_text(sc, unit, ms);
	ms %= units[unit];
	if (unit + 1 == COUNT(units) || ms < units[unit + 1])
		return first;
	return arena_printf(sc->mem, "%s %s", first, unit_text(sc, unit + 1, ms));
}

const char *format_size(struct scope *sc, int64_t bytes)
{
	static const char *const names[] = { "B", "KB", "MB", "GB", "TB" };
	int64_t whole = bytes, rest = 0;
	size_t unit = 0;

	while (whole >= 1000 && unit + 1 < COUNT(names)) {
		rest = whole % 1000;
		whole /= 1000;
		unit++;
	}
	if (unit == 0 || whole >= 100)
		return arena_printf(sc->mem, "%" PRId64 "\u00a0%s", whole, names[unit]);
	return arena_printf(sc->mem, "%" PRId64 "%s%" PRId64 "\u00a0%s", whole, decimal_mark(sc),
		rest / 100, names[unit]);
}

const char *format_minute(struct scope *sc, int64_t minute)
{
	return arena_printf(sc->mem, "%02" PRId64 ":%02" PRId64, minute / 60 % 25, minute % 60);
}

static const char *const day_words[] = { WORD("Sun"), WORD("Mon"), WORD("Tue"), WORD("Wed"),
	WORD("Thu"), WORD("Fri"), WORD("Sat") };

/* Days are walked from Monday; a run of three or more is written with a dash. */
const char *format_days(struct scope *sc, int64_t days)
{
	struct out o;

	if ((days & 0x7f) == 0x7f)
		return tr(sc, "every day");
	if ((days & 0x7f) == 0)
		return tr(sc, "no day");
	out_init(&o, sc->mem);
	for (int i = 1; i <= 7; i++) {
		int from = i, to = i;

		if (!(days >> (i % 7) & 1))
			continue;
		while (to < 7 && days >> ((to + 1) % 7) & 1)
			to++;
		if (o.len)
			out_text(&o, ", ");
		out_text(&o, tr(sc, day_words[from % 7]));
		if (to > from)
			out_printf(
				&o, "%s%s", to > from + 1 ? "–" : ", ", tr(sc, day_words[to % 7]));
		i = to;
	}
	return o.data;
}
