/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/zone.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER    "/usr/share/zoneinfo"
#define MAX_NAME  64
#define MAX_FILE  (256 * 1024)
#define MAX_TIMES 20000
#define HEADER    44
#define DAY_S     86400

/* A day of the year on which summer time begins or ends (POSIX TZ). */
struct rule {
	char kind; /* 'J', 'N' (plain number) or 'M' */
	int a, b, c;
	int32_t time; /* seconds of local time */
};

struct zone {
	const unsigned char *times; /* COUNT big-endian moments of 8 bytes */
	const unsigned char *index; /* COUNT of them: type from that moment on */
	const unsigned char *types; /* 6 bytes each */
	size_t count, type_count;
	/* After the last moment: */
	bool has_rule, has_summer;
	int32_t winter, summer;
	struct rule from, to;
};

/* ---- the footer ---- */

static bool read_number(const char **p, int low, int high, int *n)
{
	int value = 0, digits = 0;

	for (; isdigit((unsigned char)**p) && digits < 4; (*p)++, digits++)
		value = value * 10 + (**p - '0');
	if (digits == 0 || value < low || value > high)
		return false;
	*n = value;
	return true;
}

/* "EST", "<+0330>" */
static bool skip_name(const char **p)
{
	const char *start = *p;

	if (**p == '<') {
		const char *end = strchr(*p, '>');

		if (!end)
			return false;
		*p = end + 1;
		return true;
	}
	while (isalpha((unsigned char)**p))
		(*p)++;
	return *p - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **p, int32_t *seconds)
{
	int sign = 1, h, m = 0, s = 0;

	if (**p == '+' || **p == '-')
		sign = *(*p)++ == '-' ? -1 : 1;
	if (!read_number(p, 0, 167, &h))
		return false;
	if (**p == ':' && ((*p)++, !read_number(p, 0, 59, &m)))
		return false;
	if (**p == ':' && ((*p)++, !read_number(p, 0, 59, &s)))
		return false;
	*seconds = sign * (h * 3600 + m * 60 + s);
	return true;
}

static bool read_rule(const char **p, struct rule *r)
{
	bool ok;

	if (*(*p)++ != ',')
		return false;
	r->kind = **p == 'M' || **p == 'J' ? *(*p)++ : 'N';
	if (r->kind == 'M')
		ok = read_number(p, 1, 12, &r->a) && *(*p)++ == '.' &&
		     read_number(p, 1, 5, &r->b) && *(*p)++ == '.' && read_number(p, 0, 6, &r->c);
	else
		ok = read_number(p, r->kind == 'J', 365, &r->a);
	r->time = 2 * 3600;
	if (ok && **p == '/') {
		(*p)++;
		ok = read_time(p, &r->time);
	}
	return ok;
}

static bool read_footer(const char *p, struct zone *z)
{
	if (!skip_name(&p) || !read_time(&p, &z->winter))
		return false;
	z->winter = -z->winter; /* POSIX counts west */
	z->summer = z->winter + 3600;
	if (!*p)
		return true;
	if (!skip_name(&p))
		return false;
	if (*p && *p != ',') {
		if (!read_time(&p, &z->summer))
			return false;
		z->summer = -z->summer;
	}
	z->has_summer = true;
	return read_rule(&p, &z->from) && read_rule(&p, &z->to) && !*p;
}

/* ---- the file ---- */

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t get64(const unsigned char *p)
{
	return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static bool read_header(const unsigned char *p, size_t len, struct counts *c)
{
	if (len < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	c->isut = get32(p + 20);
	c->isstd = get32(p + 24);
	c->leap = get32(p + 28);
	c->time = get32(p + 32);
	c->type = get32(p + 36);
	c->chars = get32(p + 40);
	return c->isut <= 256 && c->isstd <= 256 && c->leap <= 1000 && c->time <= MAX_TIMES &&
	       c->type >= 1 && c->type <= 256 && c->chars <= 2048;
}

static size_t body_size(const struct counts *c, size_t time_size)
{
	return c->time * (time_size + 1) + c->type * 6 + c->chars + c->leap * (time_size + 4) +
	       c->isstd + c->isut;
}

enum err zone_parse(struct scope *sc, struct bytes data, const struct zone **out)
{
	const unsigned char *p = data.data;
	struct zone *z = arena_alloc(sc->mem, sizeof *z);
	size_t left = data.len, skip;
	const char *footer, *end;
	struct counts c;

	/* The first half is for readers of 32 bits. */
	if (!read_header(p, left, &c) || p[4] < '2')
		return fail(sc, ERR_INPUT, "this is no time zone file");
	skip = HEADER + body_size(&c, 4);
	if (left < skip || !read_header(p + skip, left - skip, &c))
		return fail(sc, ERR_INPUT, "the time zone file is cut short");
	p += skip + HEADER;
	left -= skip + HEADER;
	if (left < body_size(&c, 8) + 2)
		return fail(sc, ERR_INPUT, "the time zone file is cut short");
	z->times = p;
	z->index = p + c.time * 8;
	z->types = z->index + c.time;
	z->count = c.time;
	z->type_count = c.type;
	for (size_t i = 0; i < c.time; i++)
		if (z->index[i] >= c.type)
			return fail(sc, ERR_INPUT, "the time zone file is damaged");
	footer = (const char *)p + body_size(&c, 8);
	left -= body_size(&c, 8);
	end = memchr(footer + 1, '\n', left - 1);
	if (*footer != '\n' || !end)
		return fail(sc, ERR_INPUT, "the time zone file is cut short");
	footer = arena_copy(sc->mem, footer + 1, (size_t)(end - footer - 1));
	z->has_rule = *footer && read_footer(footer, z);
	*out = z;
	return ERR_NONE;
}

/* ---- a moment ---- */

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Days from 1970-01-01 to January 1 of Y. */
static int64_t year_day(int64_t y)
{
	int64_t p = y - 1;
	int64_t leaps = p / 4 - p / 100 + p / 400 - 477;

	return (y - 1970) * 365 + leaps;
}

/* Seconds since 1970, as local clocks show them, at which R falls in year Y. */
static int64_t rule_moment(const struct rule *r, int64_t y)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
	bool leap = is_leap(y);
	int64_t day = year_day(y), first, in_month;

	if (r->kind == 'N')
		return (day + r->a) * DAY_S + r->time;
	if (r->kind == 'J')
		return (day + r->a - 1 + (leap && r->a >= 60)) * DAY_S + r->time;
	first = day + before[r->a - 1] + (leap && r->a > 2);
	in_month = before[r->a] - before[r->a - 1] + (leap && r->a == 2);
	/* 1970-01-01 was a Thursday. */
	first += ((r->c - (first + 4)) % 7 + 7) % 7 + (int64_t)7 * (r->b - 1);
	if (first >= day + before[r->a - 1] + (leap && r->a > 2) + in_month)
		first -= 7;
	return first * DAY_S + r->time;
}

static int32_t rule_offset(const struct zone *z, int64_t s)
{
	int64_t days = (s + z->winter) / DAY_S, y = 1970 + days / 366, from, to;

	if (!z->has_summer)
		return z->winter;
	while (year_day(y + 1) <= days)
		y++;
	from = rule_moment(&z->from, y) - z->winter;
	to = rule_moment(&z->to, y) - z->summer;
	if (from < to)
		return s >= from && s < to ? z->summer : z->winter;
	return s >= to && s < from ? z->winter : z->summer;
}

static int32_t type_offset(const struct zone *z, size_t type)
{
	return (int32_t)get32(z->types + 6 * type);
}

int32_t zone_offset(const struct zone *z, int64_t ms)
{
	int64_t s = ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
	size_t low = 0, high = z->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (get64(z->times + 8 * mid) <= s)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->count && z->has_rule && s >= 0)
		return rule_offset(z, s);
	return type_offset(z, low ? z->index[low - 1] : 0);
}

/* ---- by name ---- */

static bool is_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	if (n == 0 || n > MAX_NAME || !isalpha((unsigned char)name[0]) || strstr(name, "//"))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_+-/", name[i]))
			return false;
	return name[n - 1] != '/';
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum err read_file(struct scope *sc, const char *path, struct bytes *data)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *buf;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
		return fail(sc, ERR_MISSING, "%s cannot be read", path);
	buf = arena_alloc(sc->mem, (size_t)st.st_size + 1);
	n = read(fd, buf, (size_t)st.st_size);
	if (n != st.st_size)
		return fail(sc, ERR_MISSING, "%s cannot be read", path);
	*data = bytes_of(buf, (size_t)n);
	return ERR_NONE;
}

enum err zone_find(struct scope *sc, const char *field, const char *name, const struct zone **z)
{
	struct bytes data;

	if (!is_name(name) || read_file(sc, arena_printf(sc->mem, FOLDER "/%s", name), &data) ||
		zone_parse(sc, data, z)) {
		scope_clear(sc);
		return fail_field(sc, field, "There is no time zone of this name");
	}
	return ERR_NONE;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lines of zone1970.tab: countries, place, name, comment. */
enum err zone_list(struct scope *sc, const char ***names, size_t *n)
{
	struct bytes data;
	const char **list;
	size_t count = 1;
	enum err e = read_file(sc, FOLDER "/zone1970.tab", &data);

	if (e)
		return e;
	list = arena_array(sc->mem, data.len / 8 + 2, sizeof *list);
	list[0] = "UTC";
	for (const char *p = data.data, *end = p + data.len, *line; p < end; p = line + 1) {
		const char *tab;

		line = memchr(p, '\n', (size_t)(end - p));
		if (!line)
			break;
		tab = memchr(p, '\t', (size_t)(line - p));
		if (tab)
			tab = memchr(tab + 1, '\t', (size_t)(line - tab - 1));
		if (*p == '#' || !tab)
			continue;
		list[count] = arena_copy(sc->mem, tab + 1, strcspn(tab + 1, "\t\n"));
		count++;
	}
	if (count > 1)
		qsort(list, count, sizeof *list, by_text);
	*names = list;
	*n = count;
	return ERR_NONE;
}
