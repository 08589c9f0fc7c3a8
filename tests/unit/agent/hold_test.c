/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "lanes_kit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hold.h"
#include "lanes.h"

#define FIRST INT64_C(1000)

static enum err mark(struct scope *sc, void *arg)
{
	return hold_mark(sc, arg);
}

/* One look and what follows from it. */
static void look(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct hold_look *seen;

	OK(lanes_turn(sc, ak->agent.lanes, now_plan(sc)));
	OK(hold_look(sc, ak->agent.hold, &seen));
	if (!seen)
		return;
	agent_kit_write(ak, mark, seen);
	hold_run(sc, ak->agent.hold, seen);
}

static bool is_held(struct agent_kit *ak, int64_t id)
{
	struct spool_item item;

	return spool_find(&ak->scope, id, &item) == ERR_NONE && item.held;
}

static const char *said_to_postfix(struct scope *sc, const char *file)
{
	FILE *f = fopen(file, "r");
	char *text = arena_alloc(sc->mem, 1000);

	if (f) {
		text[fread(text, 1, 999, f)] = 0;
		fclose(f);
	}
	return text;
}

/* A program in postsuper's place that writes down into FILE what it is told. */
static void give_program(struct scope *sc, struct agent_kit *ak, const char *file)
{
	const char *script = arena_printf(sc->mem, "%s.sh", file);
	FILE *f = fopen(script, "w");

	NEED(f != NULL);
	fprintf(f, "#!/bin/sh\n{ echo \"$1 $2 $3\"; cat; } >>%s\n", file);
	NEED(fclose(f) == 0 && chmod(script, 0700) == 0);
	hold_free(ak->agent.hold);
	ak->agent.hold = hold_new(arena_printf(sc->mem, "%s first", script), NULL);
}

/* Looks until the program has run. */
static void look_until_quiet(struct agent_kit *ak)
{
	do {
		look(ak);
		usleep(2000);
	} while (hold_busy(ak->agent.hold));
}

TEST(a_stop_holds_mails_in_postfix_and_its_end_releases_them)
{
	struct agent_kit ak;
	const char *file = arena_printf(sc->mem, "%s/said", kit_folder(sc));
	struct part_order order = {
		.kind = WIRE_LANE_PROVIDER, .provider = "google", .by = "operator"
	};
	struct part_warmup part = lanes_warm;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	give_program(sc, &ak, file);
	lanes_kit_take(&ak, FIRST, 2, "google");
	lanes_kit_take(&ak, 2 * FIRST, 1, "yahoo");
	CHECK_INT(lanes_kit_send(&ak), 3);
	look_until_quiet(&ak);
	CHECK_TEXT(said_to_postfix(sc, file), "");
	part.orders = &order;
	part.order_count = 1;
	lanes_kit_set(sc, &ak, part);
	look_until_quiet(&ak);
	CHECK_TEXT(said_to_postfix(sc, file), "first -h -\nQ1000\nQ1001\n");
	CHECK(is_held(&ak, FIRST) && !is_held(&ak, 2 * FIRST));
	/* Killed in between: the mark tells whoever comes after. */
	lanes_kit_restart(sc, &ak, lanes_warm);
	give_program(sc, &ak, file);
	look_until_quiet(&ak);
	CHECK_TEXT(
		said_to_postfix(sc, file), "first -h -\nQ1000\nQ1001\nfirst -H -\nQ1000\nQ1001\n");
	look_until_quiet(&ak);
	CHECK(!is_held(&ak, FIRST) && !is_held(&ak, FIRST + 1));
	agent_kit_close(&ak);
}

TEST(what_is_left_in_postfix_of_a_mail_that_ended_while_held_is_released)
{
	struct agent_kit ak;
	const char *file = arena_printf(sc->mem, "%s/said", kit_folder(sc));
	struct part_order order = { .kind = WIRE_LANE_IP, .by = "operator" };
	struct part_warmup part = lanes_warm;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	give_program(sc, &ak, file);
	lanes_kit_take(&ak, FIRST, 2, "google");
	CHECK_INT(lanes_kit_send(&ak), 2);
	part.orders = &order;
	part.order_count = 1;
	lanes_kit_set(sc, &ak, part);
	look_until_quiet(&ak);
	/* Its delivery had begun before. */
	lanes_kit_say(&ak, FIRST, LOGLINE_SENT, 250, "2.0.0", "250 2.0.0 ok");
	kit->real_ms += MINUTE_MS;
	usleep(550000);
	look_until_quiet(&ak);
	CHECK(strstr(said_to_postfix(sc, file), "first -H -\nQ1000\n") != NULL);
	CHECK(is_held(&ak, FIRST + 1));
	agent_kit_close(&ak);
}

/* Whoever runs the program for others: reads all ids of one visitor and answers. */
static int open_door(struct scope *sc, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	NEED(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 4) == 0);
	return fd;
}

static const char *serve(struct scope *sc, int door, const char *answer)
{
	int fd = accept(door, NULL, NULL);
	char *text = arena_alloc(sc->mem, 1000);
	size_t n = 0;
	ssize_t got;

	while (n < 999 && (got = read(fd, text + n, 999 - n)) > 0)
		n += (size_t)got;
	text[n] = 0;
	CHECK(write(fd, answer, strlen(answer)) == (ssize_t)strlen(answer));
	close(fd);
	return text;
}

TEST(where_there_are_sockets_postfix_is_told_through_them)
{
	struct agent_kit ak;
	const char *folder = kit_folder(sc);
	int hold = open_door(sc, arena_printf(sc->mem, "%s/hold", folder));
	int release = open_door(sc, arena_printf(sc->mem, "%s/release", folder));
	struct part_order order = { .kind = WIRE_LANE_IP, .by = "operator" };
	struct part_warmup part = lanes_warm;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	hold_free(ak.agent.hold);
	ak.agent.hold = hold_new("/nowhere/postsuper", folder);
	lanes_kit_take(&ak, FIRST, 2, "google");
	CHECK_INT(lanes_kit_send(&ak), 2);
	part.orders = &order;
	part.order_count = 1;
	lanes_kit_set(sc, &ak, part);
	look(&ak);
	CHECK(hold_busy(ak.agent.hold));
	CHECK_TEXT(serve(sc, hold, "postsuper: fatal: no\n"), "Q1000\nQ1001\n");
	look_until_quiet(&ak);
	NEED(hold_why(ak.agent.hold) != NULL);
	CHECK(strstr(hold_why(ak.agent.hold), "postsuper: fatal: no") != NULL);
	lanes_kit_set(sc, &ak, lanes_warm);
	usleep(550000);
	look(&ak);
	CHECK_TEXT(serve(sc, release, "postsuper: Released from hold: 2 messages\n"),
		"Q1000\nQ1001\n");
	look_until_quiet(&ak);
	look(&ak);
	CHECK(hold_why(ak.agent.hold) == NULL);
	CHECK(!is_held(&ak, FIRST));
	close(hold);
	close(release);
	agent_kit_close(&ak);
}

static enum err mark_two(struct scope *sc, void *arg)
{
	enum err e = spool_hold(sc, FIRST, true);

	return e ? e : spool_hold(sc, FIRST + 1, true);
}

TEST(what_somebody_else_released_is_not_released_for_ever)
{
	struct agent_kit ak;
	const char *folder = kit_folder(sc);
	int release = open_door(sc, arena_printf(sc->mem, "%s/release", folder));

	close(open_door(sc, arena_printf(sc->mem, "%s/hold", folder)));
	lanes_kit_open(sc, kit, &ak, lanes_warm);
	hold_free(ak.agent.hold);
	ak.agent.hold = hold_new("/nowhere/postsuper", folder);
	lanes_kit_take(&ak, FIRST, 2, "google");
	CHECK_INT(lanes_kit_send(&ak), 2);
	agent_kit_write(&ak, mark_two, NULL);
	/* Nothing is on hold any more; so postsuper says nothing. */
	look(&ak);
	CHECK_TEXT(serve(sc, release, ""), "Q1000\nQ1001\n");
	look_until_quiet(&ak);
	CHECK(is_held(&ak, FIRST));
	usleep(510000);
	look(&ak);
	CHECK(!hold_busy(ak.agent.hold));
	CHECK(!is_held(&ak, FIRST) && !is_held(&ak, FIRST + 1));
	CHECK(hold_why(ak.agent.hold) == NULL);
	close(release);
	agent_kit_close(&ak);
}

TEST(a_program_that_cannot_run_is_named)
{
	struct agent_kit ak;
	struct part_order order = { .kind = WIRE_LANE_IP, .by = "operator" };
	struct part_warmup part = lanes_warm;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	hold_free(ak.agent.hold);
	ak.agent.hold = hold_new("/nowhere/postsuper", NULL);
	lanes_kit_take(&ak, FIRST, 1, "google");
	CHECK_INT(lanes_kit_send(&ak), 1);
	part.orders = &order;
	part.order_count = 1;
	lanes_kit_set(sc, &ak, part);
	look_until_quiet(&ak);
	NEED(hold_why(ak.agent.hold) != NULL);
	CHECK(strstr(hold_why(ak.agent.hold), "/nowhere/postsuper") != NULL);
	agent_kit_close(&ak);
}
