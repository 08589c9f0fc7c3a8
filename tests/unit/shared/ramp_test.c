/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/ramp.h"

#include <string.h>

#include "kit.h"
#include "pace/data.h"

static const struct ramp_plan *builtin(struct scope *sc, const char *name)
{
	const struct ramp_plan *p = NULL;

	OK(ramp_builtin(sc, name, &p));
	return p;
}

/* Figures of the published sources: 20 * 1.25^(d-1) and its hosted and other kin. */
TEST(a_growing_curve_gives_the_published_caps)
{
	const struct ramp_plan *p = builtin(sc, "standard");
	static const int64_t want[][4] = { /* day, consumer, hosted, other */
		{ 1, 20, 40, 100 }, { 2, 25, 52, 140 }, { 3, 31, 67, 196 }, { 4, 39, 87, 274 },
		{ 5, 48, 114, 384 }, { 7, 76, 193, 752 }, { 14, 363, 1211, 7937 },
		{ 21, 1734, 7601, 50000 }, { 28, 8271, 20000, 50000 }, { 366, 20000, 20000, 50000 }
	};

	for (size_t i = 0; i < COUNT(want); i++) {
		CHECK_INT(ramp_cap(&p->curves[RAMP_CONSUMER], want[i][0]), want[i][1]);
		CHECK_INT(ramp_cap(&p->curves[RAMP_HOSTED], want[i][0]), want[i][2]);
		CHECK_INT(ramp_cap(&p->curves[RAMP_OTHER], want[i][0]), want[i][3]);
	}
	CHECK_INT(ramp_last(&p->curves[RAMP_CONSUMER]), 32);
	CHECK_INT(ramp_cap(&p->curves[RAMP_CONSUMER], 31) < 20000, 1);
}

TEST(a_straight_line_goes_through_the_corners_of_its_phases)
{
	const struct ramp *r = &builtin(sc, "standard")->curves[RAMP_MAILBOX];

	CHECK_INT(ramp_cap(r, 0), 10);
	CHECK_INT(ramp_cap(r, 1), 10);
	CHECK_INT(ramp_cap(r, 14), 100);
	CHECK_INT(ramp_cap(r, 15), 100);
	CHECK_INT(ramp_cap(r, 28), 300);
	CHECK_INT(ramp_cap(r, 42), 500);
	CHECK_INT(ramp_cap(r, 43), 500);
	CHECK_INT(ramp_last(r), 42);
}

TEST(what_is_written_is_read_back_the_same)
{
	struct ramp_plan *list, *again;
	size_t n, m;

	OK(ramp_parse(sc, pace_data("plans"), &list, &n));
	CHECK_INT(n, 4);
	list[0].gates.hard_stop = 40000;
	list[0].days = 62;
	for (size_t i = 0; i < n; i++) {
		struct out o, twice;

		out_init(&o, sc->mem);
		out_init(&twice, sc->mem);
		ramp_format(&o, &list[i]);
		OK(ramp_parse(sc, bytes_of(o.data, o.len), &again, &m));
		NEED(m == 1);
		ramp_format(&twice, again);
		CHECK_TEXT(twice.data, o.data);
		CHECK_INT(memcmp(&again->gates, &list[i].gates, sizeof again->gates), 0);
		CHECK_INT(again->days, list[i].days);
	}
}

TEST(a_plan_that_cannot_be_meant_is_refused_with_its_reason)
{
	static const struct {
		const char *line, *why;
	} wrong[] = {
		{ "mailbox 50 1-5:30..20", "falls" },
		{ "mailbox 50 1-5:10..20 6-9:15..30", "falls" },
		{ "mailbox 500 1-2:10..10 3-9:100..200", "more than it allows" },
		{ "mailbox 500 1-20:10*1.9", "more than it allows" },
		{ "mailbox 500 1-20:10*0.9", "falls" },
		{ "mailbox 50 1-5:10..20 5-9:20..30", "overlap" },
		{ "mailbox 50 1-5:10..20 8-9:20..30", "no phase says anything" },
		{ "mailbox 50 2-5:10..20", "no phase says anything" },
		{ "mailbox 50 1-:10..20 3-4:20..30", "to the same or a later" },
		{ "mailbox 50 5-1:10..20", "to the same or a later" },
		{ "mailbox 0 1-5:10..20", "line 7" },
		{ "mailbox 50 1-5:10", "line 7" },
		{ "mailbox 50 1-5:99999999999999999999..20", "line 7" },
		{ "mailbox 50 1-5:10..20\nmailbox 50 1-5:10..20",
			"line 8: this curve stands twice" },
		{ "mailbox 50 1-5:10..20\nwindow 1-5 1080 480", "window" },
		{ "mailbox 50 1-5:10..20\nwindow 5-1 480 1080", "line 8" },
		{ "mailbox 50 1-5:10..20\nnew 0", "line 8" },
		{ "mailbox 50 1-5:10..20\ngate hard_stop 0", "line 8" },
		{ "mailbox 50 1-5:10..20\ngate luck 5", "line 8: no gate" },
		{ "mailbox 50 1-5:10..20\nnonsense", "line 8: this word" },
		{ "mailbox 50 1-5:10..20\nplan p \"twice\"", "line 8: a second plan" },
		{ "mailbox 50 \"1-5:10..20", "line 7: a quote" },
		{ "", "1 to 8 phases" },
	};
	struct ramp_plan *list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *text = arena_printf(sc->mem,
			"# remark\nplan p \"a \"\"plan\"\"\"\nconsumer 9 1-:5..5\nhosted 9 1-:5..5\n"
			"other 9 1-:5..5\nrise 50 5\n%s\n",
			wrong[i].line);

		CHECK_INT(ramp_parse(sc, bytes_of(text, strlen(text)), &list, &n), ERR_INPUT);
		if (!strstr(sc->why, wrong[i].why))
			CHECK_TEXT(sc->why, wrong[i].why);
	}
	CHECK(list == NULL);
}
