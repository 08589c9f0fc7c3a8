/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include "base/id.h"
#include "crypt/secret.h"
#include "pacing.h"

#define FIRST INT64_C(1000)

static void take_many(struct agent_kit *ak, int n)
{
	for (int i = 0; i < n; i++) {
		struct wire_item put = agent_kit_put(ak, FIRST + i);

		put.due = now_plan(&ak->scope).ms - n + i;
		CHECK_INT(agent_kit_take(ak, &put), TAKEN_STORED);
	}
}

struct going {
	struct pacing *pacing;
	struct pacing_pick *pick;
};

static enum err go(struct scope *sc, void *arg)
{
	const struct going *g = arg;
	enum err e = pacing_store(sc, g->pacing, g->pick);

	for (size_t i = 0; i < g->pick->go_count && !e; i++) {
		bool moved;

		e = spool_intend(sc, g->pick->go[i].id, &moved);
	}
	return e;
}

/* One round: picks and counts. */
static struct pacing_pick round_of(struct agent_kit *ak, size_t most)
{
	struct scope *sc = &ak->scope;
	struct pacing_pick pick;

	OK(pacing_pick(sc, ak->agent.pacing, most, &pick));
	agent_kit_write(ak, go, &(struct going){ ak->agent.pacing, &pick });
	pacing_keep(ak->agent.pacing, &pick);
	return pick;
}

TEST(mails_leave_one_gap_apart_up_to_the_cap)
{
	struct agent_kit ak;
	struct pacing_pick pick;

	agent_kit_open(sc, kit, &ak);
	take_many(&ak, 5);
	for (int i = 0; i < 3; i++) {
		pick = round_of(&ak, 10);
		CHECK_INT(pick.go_count, 1);
		CHECK_INT(pick.go[0].id, FIRST + i);
		CHECK_INT(round_of(&ak, 10).go_count, 0);
		/* Looked at again exactly when the gap is over. */
		CHECK_INT(round_of(&ak, 10).wake,
			kit->real_ms + (i < 2 ? MINUTE_MS : DAY_MS - 2 * MINUTE_MS));
		kit->real_ms += MINUTE_MS;
	}
	CHECK_INT(round_of(&ak, 10).go_count, 0);
	kit->real_ms = round_of(&ak, 10).wake;
	CHECK_INT(clock_day(kit->real_ms), clock_day(kit->clock.anchor_real) + 1);
	pick = round_of(&ak, 10);
	/* What was leased for an hour is late by now. */
	CHECK_INT(pick.go_count, 0);
	agent_kit_close(&ak);
}

TEST(what_was_used_survives_a_restart)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	take_many(&ak, 2);
	CHECK_INT(round_of(&ak, 10).go_count, 1);
	agent_kit_restart(&ak);
	CHECK_INT(round_of(&ak, 10).go_count, 0);
	kit->real_ms += MINUTE_MS;
	CHECK_INT(round_of(&ak, 10).go_count, 1);
	agent_kit_close(&ak);
}

TEST(follow_ups_go_first_and_then_the_earliest)
{
	struct agent_kit ak;
	struct wire_item put;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, 1);
	put.due = 50;
	agent_kit_take(&ak, &put);
	put.id = 2;
	put.due = 40;
	agent_kit_take(&ak, &put);
	put.id = 3;
	put.due = 60;
	put.follow_up = true;
	agent_kit_take(&ak, &put);
	/* A follow-up that is not due yet does not hold up the rest. */
	put.id = 4;
	put.due = now_plan(sc).ms + HOUR_MS;
	agent_kit_take(&ak, &put);
	for (int i = 0; i < 3; i++) {
		static const int64_t order[] = { 3, 2, 1 };
		struct pacing_pick pick = round_of(&ak, 10);

		NEED(pick.go_count == 1);
		CHECK_INT(pick.go[0].id, order[i]);
		kit->real_ms += MINUTE_MS;
	}
	agent_kit_close(&ak);
}

TEST(a_stop_or_a_doubt_lets_nothing_go)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	take_many(&ak, 1);
	pacing_set_control(ak.agent.pacing, &(struct part_control){ .stopped = true });
	CHECK_INT(round_of(&ak, 10).go_count, 0);
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), 0);
	pacing_set_control(ak.agent.pacing, &(struct part_control){ .stopped = false });
	pacing_hold(ak.agent.pacing, "disk full");
	CHECK_INT(round_of(&ak, 10).go_count, 0);
	pacing_hold(ak.agent.pacing, NULL);
	CHECK_INT(round_of(&ak, 10).go_count, 1);
	agent_kit_close(&ak);
}

TEST(mails_that_can_never_leave_from_here_go_back)
{
	struct agent_kit ak;
	unsigned char key[2] = { 0xc0, 0xff }, hash[HASH_BYTES];
	struct pacing_pick pick;
	struct wire_item put;
	const char *hex;

	agent_kit_open(sc, kit, &ak);
	hmac_sha256(key, 2, bytes_of("bob@example.net", 15), hash);
	hex = str_hex(sc->mem, hash, 16);
	OK(pacing_set_suppression(
		&ak.scope, ak.agent.pacing, &(struct part_suppression){ "c0ff", &hex, 1 }));
	put = agent_kit_put(&ak, 1);
	put.to = "Bob@Example.net";
	agent_kit_take(&ak, &put);
	put.id = 2;
	put.to = "eve@example.net";
	agent_kit_take(&ak, &put);
	OK(pacing_pick(&ak.scope, ak.agent.pacing, 10, &pick));
	CHECK_INT(pick.go_count, 1);
	CHECK_INT(pick.go[0].id, 2);
	NEED(pick.back_count == 1);
	CHECK_INT(pick.back[0].id, 1);
	CHECK_TEXT(pick.back_why[0], "suppressed");
	pacing_set_mailboxes(ak.agent.pacing, &(struct part_mailboxes){ NULL, 0 });
	OK(pacing_pick(&ak.scope, ak.agent.pacing, 10, &pick));
	CHECK_INT(pick.go_count, 0);
	CHECK_INT(pick.back_count, 2);
	CHECK_TEXT(pick.back_why[1], "mailbox");
	agent_kit_close(&ak);
}

/* The segment of BITS that ADDRESS belongs to, with only it inside. */
static void set_segment(struct scope *sc, struct agent_kit *ak, const char *address, int bits)
{
	unsigned char key[2] = { 0xc0, 0xff }, hash[HASH_BYTES];
	struct part_segment s = { .bits = bits };

	hmac_sha256(key, 2, bytes_of(address, strlen(address)), hash);
	s.index = hash[0] >> (8 - bits);
	s.hashes = str_base64url(sc->mem, hash, WIRE_SEGMENT_HASH);
	OK(pacing_set_segment(&ak->scope, ak->agent.pacing, &s));
}

static bool is_held_back(struct agent_kit *ak, const char *address)
{
	struct scope *sc = &ak->scope;
	struct spool_item item = { .recipient = address };
	struct pace_case c;

	pacing_case(sc, ak->agent.pacing, &item, &c);
	return c.mail.suppressed;
}

TEST(every_segment_of_a_long_suppression_list_counts_whatever_its_width)
{
	struct agent_kit ak;
	struct part_segment empty = { 0, 0, NULL }, torn = { 0, 0, "AAAA" };

	agent_kit_open(sc, kit, &ak);
	set_segment(sc, &ak, "bob@example.net", 8);
	set_segment(sc, &ak, "eve@example.net", 3);
	/* Nothing is known of anybody before the key has come. */
	CHECK(!is_held_back(&ak, "bob@example.net"));
	OK(pacing_set_suppression(
		&ak.scope, ak.agent.pacing, &(struct part_suppression){ "c0ff", NULL, 0 }));
	CHECK(is_held_back(&ak, "Bob@Example.net"));
	CHECK(is_held_back(&ak, "eve@example.net"));
	CHECK(!is_held_back(&ak, "amy@example.net"));
	set_segment(sc, &ak, "amy@example.net", 0);
	CHECK(is_held_back(&ak, "amy@example.net"));
	CHECK_INT(pacing_set_segment(&ak.scope, ak.agent.pacing, &torn), ERR_INPUT);
	CHECK(is_held_back(&ak, "amy@example.net"));
	OK(pacing_set_segment(&ak.scope, ak.agent.pacing, &empty));
	CHECK(!is_held_back(&ak, "amy@example.net"));
	agent_kit_close(&ak);
}

TEST(a_broken_suppression_list_changes_nothing)
{
	struct agent_kit ak;
	const char *bad = "zz112233445566778899aabbccddeeff";

	agent_kit_open(sc, kit, &ak);
	CHECK_INT(pacing_set_suppression(
			  &ak.scope, ak.agent.pacing, &(struct part_suppression){ "00", &bad, 1 }),
		ERR_INPUT);
	agent_kit_close(&ak);
}

TEST(room_is_what_half_an_hour_of_real_time_allows)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	/* A cap of three a day: at least ten are taken. */
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), 10);
	/* A plan day every minute and a half: half an hour is twenty days. */
	kit->clock.rate = 960;
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), 60);
	kit->clock.rate = 96000;
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), ROOM_MOST);
	pacing_set_mailboxes(ak.agent.pacing, &(struct part_mailboxes){ NULL, 0 });
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), 0);
	agent_kit_close(&ak);
}

static enum err give_back(struct scope *sc, void *arg)
{
	return pacing_give_back(sc, arg, KIT_MAILBOX);
}

TEST(a_mail_that_did_not_leave_gives_its_unit_back)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	take_many(&ak, 5);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(round_of(&ak, 1).go_count, 1);
		kit->real_ms += MINUTE_MS;
	}
	CHECK_INT(round_of(&ak, 1).go_count, 0);
	agent_kit_write(&ak, give_back, ak.agent.pacing);
	CHECK_INT(round_of(&ak, 1).go_count, 1);
	agent_kit_close(&ak);
}
