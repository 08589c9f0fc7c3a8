/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/rehearse_command.h"

#include <string.h>

#include "base/file.h"
#include "kit.h"
#include "warmup/rehearsal.h"

static const struct command command = { .name = "rehearse", .options = rehearse_options };

/* Options by name, NULL at the end. */
static enum err run(struct scope *sc, const char *const *options, const char **text)
{
	struct command_line line = { .command = &command };
	enum err e;

	for (; *options; options += 2)
		for (size_t i = 0; rehearse_options[i].name; i++)
			if (str_eq(rehearse_options[i].name, options[0]))
				line.values[i] = options[1];
	out_init(&line.out, sc->mem);
	e = rehearse_command(sc, &line);
	*text = line.out.data;
	return e;
}

TEST(the_standard_plan_is_rehearsed_day_by_day)
{
	const char *text, *again;

	OK(run(sc, (const char *[]){ NULL }, &text));
	CHECK(str_starts(text, "plan standard"));
	/* Thirty days, and the bad week was met. */
	CHECK(strstr(text, "\n 30 ") != NULL);
	CHECK(strstr(text, "\n 31 ") == NULL);
	CHECK(strstr(text, "back (throttled)") != NULL);
	CHECK(strstr(text, "advance (good)") == NULL);
	OK(run(sc, (const char *[]){ NULL }, &again));
	CHECK_TEXT(again, text);
	OK(run(sc, (const char *[]){ "seed", "2", "days", "3", "all", "", NULL }, &again));
	CHECK(!str_starts(text, again));
	CHECK(strstr(again, "advance (good)") != NULL);
}

TEST(a_world_and_a_plan_of_ones_own_are_played)
{
	const char *dir = kit_folder(sc), *text;
	const char *world = arena_printf(sc->mem, "%s/world", dir);
	const char *plans = arena_printf(sc->mem, "%s/plans", dir);
	static const char all_bad[] = "provider yahoo 100\n\thard 10000\n";
	static const char flat[] = "plan flat \"Always ten\"\n\tmailbox 10 1-:10..10\n"
				   "\tconsumer 10 1-:10..10\n\thosted 10 1-:10..10\n"
				   "\tother 10 1-:10..10\n";
	const char *own[] = { "world", world, "plans", plans, "days", "2", NULL };

	OK(file_write(sc, world, 0600, bytes_of(all_bad, strlen(all_bad))));
	OK(file_write(sc, plans, 0600, bytes_of(flat, strlen(flat))));
	OK(run(sc, own, &text));
	CHECK(str_starts(text, "plan flat: Always ten"));
	/* Nobody is there: three of the first five stop it at once. */
	CHECK(strstr(text, "stop (first)") != NULL);
	CHECK(strstr(text, "stop 5 of 10") != NULL || strstr(text, "stop 3 of 10") != NULL);
}

TEST(what_cannot_be_rehearsed_is_refused)
{
	const char *dir = kit_folder(sc), *text;
	const char *world = arena_printf(sc->mem, "%s/world", dir);

	CHECK_INT(run(sc, (const char *[]){ "plan", "nonsense", NULL }, &text), ERR_MISSING);
	CHECK_INT(run(sc, (const char *[]){ "days", "0", NULL }, &text), ERR_INPUT);
	CHECK_INT(run(sc, (const char *[]){ "volume", "many", NULL }, &text), ERR_INPUT);
	CHECK_INT(run(sc, (const char *[]){ "world", world, NULL }, &text), ERR_MISSING);
	OK(file_write(sc, world, 0600, bytes_of("provider yahoo 99\n", 18)));
	CHECK_INT(run(sc, (const char *[]){ "world", world, NULL }, &text), ERR_INPUT);
	CHECK(strstr(sc->why, "sum to 99") != NULL);
	OK(file_write(sc, world, 0600, bytes_of("provider yahoo 100\n\thard x\n", 27)));
	CHECK_INT(run(sc, (const char *[]){ "world", world, NULL }, &text), ERR_INPUT);
	CHECK(strstr(sc->why, "world line 2") != NULL);
}

TEST(a_page_plays_a_plan_within_its_limits)
{
	struct rehearsal_wish wish = { 14, 2000, 20, 5, 1, NULL, NULL };
	struct rehearsal_play play;
	const struct ramp_plan *plan;

	OK(ramp_builtin(sc, "standard", &plan));
	OK(rehearsal_play(sc, plan, &wish, 60000, &play));
	CHECK_INT(play.day_count, 14);
	CHECK(!play.cut);
	CHECK_INT(play.days[0].cap, 200);
	CHECK(play.days[0].sent <= 200);
	CHECK(play.days[13].sent > play.days[0].sent);
	/* A moment is enough for one day. */
	OK(rehearsal_play(sc, plan, &wish, 0, &play));
	CHECK_INT(play.day_count, 1);
	CHECK(play.cut);
	wish.days = REHEARSAL_DAYS + 1;
	CHECK_INT(rehearsal_play(sc, plan, &wish, 60000, &play), ERR_INPUT);
	CHECK_TEXT(sc->field, "days");
}
