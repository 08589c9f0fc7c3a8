/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include "crypt/secret.h"
#include "pacing.h"
#include "parts.h"

static struct wire_part part_of(
	struct scope *sc, const char *name, int64_t version, const char *body)
{
	unsigned char hash[HASH_BYTES];

	sha256(bytes_of(body, strlen(body)), hash);
	return (struct wire_part){ name, version, str_hex(sc->mem, hash, sizeof hash), body, NULL };
}

static struct wire_part_report report_of(struct agent_kit *ak, const char *name)
{
	struct wire_part_report *list;
	size_t n = parts_reports(&ak->scope, ak->agent.parts, &list);

	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return list[i];
	return (struct wire_part_report){ 0 };
}

static bool take(struct agent_kit *ak, const struct wire_part *part)
{
	struct scope *sc = &ak->scope;
	bool changed;

	OK(parts_take(sc, ak->agent.parts, part, &changed));
	return changed;
}

TEST(a_part_is_applied_reported_and_kept)
{
	struct agent_kit ak;
	struct wire_part part = part_of(sc, "control", 3, "{\"stopped\":true}");
	struct wire_part_report report;

	agent_kit_open(sc, kit, &ak);
	CHECK(take(&ak, &part));
	CHECK(pacing_is_stopped(ak.agent.pacing));
	report = report_of(&ak, "control");
	CHECK_INT(report.version, 3);
	CHECK_INT(report.state, PART_APPLIED);
	agent_kit_restart(&ak);
	CHECK(pacing_is_stopped(ak.agent.pacing));
	CHECK_INT(report_of(&ak, "control").version, 3);
	agent_kit_close(&ak);
}

TEST(an_older_part_changes_nothing_and_a_repeat_is_only_reported)
{
	struct agent_kit ak;
	struct wire_part newer = part_of(sc, "control", 3, "{\"stopped\":true}");
	struct wire_part older = part_of(sc, "control", 2, "{}");

	agent_kit_open(sc, kit, &ak);
	take(&ak, &newer);
	CHECK(!take(&ak, &older));
	CHECK(pacing_is_stopped(ak.agent.pacing));
	CHECK(take(&ak, &newer));
	CHECK(!parts_wants(ak.agent.parts, &newer));
	newer.version++;
	CHECK(parts_wants(ak.agent.parts, &newer));
	agent_kit_close(&ak);
}

TEST(a_part_that_cannot_be_applied_says_why_and_leaves_the_one_before)
{
	struct agent_kit ak;
	struct wire_part good = part_of(sc, "control", 1, "{\"stopped\":true}");
	struct wire_part bad[] = {
		part_of(sc, "control", 2, "{\"stopped\":7}"),
		part_of(sc, "control", 3, "not JSON"),
		part_of(sc, "control", 4, "{}"),
		part_of(sc, "unheard", 5, "{}"),
		{ "control", 6, good.hash, NULL, "https://hub.example.com/object/x" },
	};
	static const char *const why[] = { "must be true or false", "JSON", "hash", "unsupported",
		"fetched" };

	agent_kit_open(sc, kit, &ak);
	take(&ak, &good);
	bad[2].hash = good.hash;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct wire_part_report report;

		CHECK(take(&ak, &bad[i]));
		report = report_of(&ak, bad[i].name);
		CHECK_INT(report.state, PART_ERROR);
		CHECK_INT(report.version, bad[i].version);
		CHECK(report.reason && strstr(report.reason, why[i]));
		CHECK(pacing_is_stopped(ak.agent.pacing));
	}
	agent_kit_restart(&ak);
	CHECK(pacing_is_stopped(ak.agent.pacing));
	CHECK_INT(report_of(&ak, "control").state, PART_ERROR);
	agent_kit_close(&ak);
}

TEST(a_part_that_could_not_be_kept_is_taken_when_it_comes_again)
{
	struct agent_kit ak;
	struct wire_part part = part_of(sc, "control", 3, "{\"stopped\":true}");
	bool changed;

	agent_kit_open(sc, kit, &ak);
	agent_kit_meddle(&ak, "CREATE TRIGGER full BEFORE INSERT ON part BEGIN "
			      "SELECT RAISE(FAIL, 'no room'); END");
	CHECK(parts_take(&ak.scope, ak.agent.parts, &part, &changed) != ERR_NONE);
	scope_clear(&ak.scope);
	agent_kit_meddle(&ak, "DROP TRIGGER full");
	CHECK(take(&ak, &part));
	agent_kit_restart(&ak);
	CHECK_INT(report_of(&ak, "control").version, 3);
	CHECK(pacing_is_stopped(ak.agent.pacing));
	agent_kit_close(&ak);
}

TEST(segments_are_kept_each_by_itself)
{
	struct agent_kit ak;
	struct wire_part first = part_of(sc, "suppression.0", 1, "{\"bits\":1,\"index\":0}"),
			 second = part_of(sc, "suppression.1", 4, "{\"bits\":1,\"index\":1}"),
			 bad = part_of(sc, "suppression.2", 2, "{\"bits\":1,\"index\":2}");

	agent_kit_open(sc, kit, &ak);
	take(&ak, &first);
	take(&ak, &second);
	take(&ak, &bad);
	agent_kit_restart(&ak);
	CHECK_INT(report_of(&ak, "suppression.0").version, 1);
	CHECK_INT(report_of(&ak, "suppression.1").version, 4);
	CHECK_INT(report_of(&ak, "suppression.1").state, PART_APPLIED);
	CHECK_INT(report_of(&ak, "suppression.2").state, PART_ERROR);
	agent_kit_close(&ak);
}

TEST(mailboxes_of_the_last_part_are_the_ones_that_send)
{
	struct agent_kit ak;
	struct part_mailbox box = { .id = 5,
		.address = "eve@example.com",
		.cap = 1,
		.days = 127,
		.to_minute = 1440,
		.state = "active",
		.by = "tenant" };
	struct bytes body = wire_put_mailboxes(sc, &(struct part_mailboxes){ &box, 1 });
	struct wire_part part = part_of(sc, "mailboxes", 1, body.data);

	agent_kit_open(sc, kit, &ak);
	CHECK(pacing_has(ak.agent.pacing, KIT_MAILBOX));
	take(&ak, &part);
	CHECK(!pacing_has(ak.agent.pacing, KIT_MAILBOX));
	CHECK(pacing_has(ak.agent.pacing, 5));
	agent_kit_close(&ak);
}
