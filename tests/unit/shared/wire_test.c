/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "wire/mailu.h"
#include "wire/warmup.h"

#define HASH64  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH32  "00112233445566778899aabbccddeeff"
#define TIME    INT64_C(1767225600000)
#define AN_ID   INT64_C(123456789012345678)
#define BIG_ID  (INT64_MAX - 1)
#define PEMTEXT "-----BEGIN X-----\nAAAA\n-----END X-----\n"

/* One full example per message, with every field set. */
static struct wire_version a_version = { "mailboxes", 3 };
static const struct wire_hello a_hello = { 1, "0.1.0", "put recall", AN_ID, 1, 40, 7, 39, BIG_ID,
	true, &a_version, 1, "203.0.113.5 2001:db8::5" };
static const struct wire_part a_part = { "control", 2, HASH64, "{\"stopped\":true}", NULL };
static struct wire_part_report a_report = { "control", 2, PART_ERROR, "no such field" };
static struct wire_record a_record = { "k1._domainkey.acme.example.", "TXT", "\"v=DKIM1\" \"p=\"" };
static struct wire_check checks[] = { { "smtp", HEALTH_HELD, "smtp is unhealthy", TIME },
	{ "disk", HEALTH_OK, NULL, TIME } };
static const struct wire_reported a_reported = { AN_ID, 40, 12, 3, HEALTH_HELD, "disk full",
	&a_report, 1, &a_record, 1, checks, 2 };
static struct wire_item items[] = {
	{ .kind = WORK_PUT,
		.id = BIG_ID,
		.mailbox = AN_ID,
		.from = "ann@example.com",
		.to = "bob@example.net",
		.provider = "google",
		.due = TIME,
		.not_after = TIME + 1,
		.follow_up = true,
		.mail = "Subject: \"Hi\"\n\ngr\xc3\xbc\xc3\x9f\x65\n" },
	{ .kind = WORK_RECALL, .id = AN_ID, .reason = "paused" },
};
static const struct wire_work a_work = { 9, items, 2 };
static struct wire_answer answers[] = { { AN_ID, TAKEN_REFUSED, "full" },
	{ BIG_ID, TAKEN_STORED, NULL }, { BIG_ID, TAKEN_TOO_LATE, NULL },
	{ BIG_ID, TAKEN_RECALLED, NULL } };
static const struct wire_taken a_taken = { 9, AN_ID, 41, 11, answers, 4 };
#define A_HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static struct wire_fact facts[] = {
	{ .seq = 6, .kind = FACT_GAP, .at = TIME, .first = 5, .last = 6 },
	{ .seq = 7, .at = TIME, .kind = FACT_QUEUED, .message = AN_ID, .queue_id = "4bXyZ1" },
	{ .seq = 8,
		.at = TIME,
		.kind = FACT_BOUNCED,
		.message = AN_ID,
		.code = 550,
		.status = "5.1.1",
		.queue_id = "4bXyZ1",
		.text = "no such user" },
	{ .seq = 9, .at = TIME, .kind = FACT_DEFERRED, .message = AN_ID, .code = 451 },
	{ .seq = 10, .at = TIME, .kind = FACT_DELIVERED, .message = AN_ID },
	{ .seq = 11, .at = TIME, .kind = FACT_EXPIRED, .message = AN_ID },
	{ .seq = 12, .at = TIME, .kind = FACT_UNKNOWN, .message = AN_ID },
	{ .seq = 13, .at = TIME, .kind = FACT_UNSENT, .message = AN_ID, .text = "recalled" },
	{ .seq = 14, .at = TIME, .kind = FACT_FAILED, .message = AN_ID },
	{ .seq = 15, .at = TIME, .kind = FACT_HEALTH, .text = "ok" },
	{ .seq = 16, .at = TIME, .kind = FACT_HELD, .message = AN_ID, .text = "mbx_1" },
	{ .seq = 17, .at = TIME, .kind = FACT_ACCOUNTED, .text = "1767225600000" },
	{ .seq = 18, .at = TIME, .kind = FACT_LANE, .body = "{\"kind\":\"ip\"}" },
	{ .seq = 19, .at = TIME, .kind = FACT_LANE_DAY, .body = "{}" },
	{ .seq = 20, .at = TIME, .kind = FACT_REPLIED, .message = AN_ID, .hash = A_HASH },
	{ .seq = 21, .at = TIME, .kind = FACT_AUTO_REPLIED, .message = AN_ID, .text = "subject" },
	{ .seq = 22, .at = TIME, .kind = FACT_COMPLAINED, .message = AN_ID, .text = "abuse" },
	{ .seq = 23, .at = TIME, .kind = FACT_RECEIVED, .text = "message", .hash = A_HASH },
	{ .seq = 24,
		.at = TIME,
		.kind = FACT_REPLIED,
		.message = AN_ID,
		.hash = A_HASH,
		.object = HASH64 },
};
static const struct wire_events an_event = { AN_ID, 5, 24, facts, COUNT(facts) };
static const struct wire_ack an_ack = { AN_ID, 0, TIME, true };
static const struct wire_metric a_metric = { TIME, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const struct wire_presence a_presence = { 7, true };
static const struct wire_command a_command = { AN_ID, "diagnose", TIME, "{\"what\":\"dns\"}" };
static const struct wire_result a_result = { AN_ID, "done", "all well", "{}" };
static const struct wire_csr a_csr = { PEMTEXT };
static const struct wire_cert a_cert = { PEMTEXT, PEMTEXT, TIME, "none" };
static struct wire_held held_ids[] = { { AN_ID }, { BIG_ID } };
static const struct wire_spool a_spool = { AN_ID, BIG_ID, held_ids, 2 };
static struct wire_stand_item stand_items[] = {
	{ .id = AN_ID, .state = STAND_DONE },
	{ .id = AN_ID, .state = STAND_BACK },
	{ .id = AN_ID,
		.state = STAND_HELD,
		.mailbox = AN_ID,
		.from = "ann@example.com",
		.not_after = TIME },
	{ .id = BIG_ID, .state = STAND_QUEUED, .queue_id = "4bXyZ1" },
};
static const struct wire_stand a_stand = { AN_ID, AN_ID, BIG_ID, AN_ID, stand_items, 4 };
static const struct part_link a_link = { "broker.example.com", 8883, "https://hub.example.com:8443",
	PEMTEXT, TIME, TIME - 1, 17280 };
static struct part_mailbox a_box = { AN_ID, "ann@example.com", 40, 300000, 60000, 62, 480, 1200,
	-300, "active", "plan" };
static const struct part_mailboxes a_mailboxes = { &a_box, 1 };
static const char *hashes[] = { HASH32, HASH32 };
static const struct part_suppression a_suppression = { "c0ffee", hashes, 2 };
static const struct part_segment a_segment = { 3, 7, "4AECAwQFBgfhAQIDBAUGBw" };
static const struct part_control a_control = { true, "by hand" };
static struct part_digest a_digest = { "front", "sha256:" HASH64 };
static struct part_transport a_transport = { "slow", 5, 1 };
static struct part_route a_route = { "dest.example", "slow" };
static struct part_setting a_setting = { "smtp_bind_address", "198.51.100.10" };
static const struct part_mailu a_mailu = { "2024.06.57", "mail.acme.example", "acme.example",
	"postmaster", "192.168.203.0/24", "198.51.100.10", "cert", "k1", "k2", "k0", true,
	&a_digest, 1, &a_transport, 1, &a_route, 1, &a_setting, 1 };
static struct part_served a_served = { "acme.example" };
static struct part_target a_target = { "ann@acme.example" };
static struct part_account accounts[] = { { "ann@acme.example", "Ann", NULL, 0 },
	{ "hello@acme.example", NULL, &a_target, 1 } };
static const struct part_accounts some_accounts = { &a_served, 1, accounts, 2 };
static struct part_plan a_plan = { "standard", 3, "plan standard \"Standard\"\n" };
static struct part_lane some_lanes[] = {
	{ .kind = WIRE_LANE_IP, .listed = true },
	{ WIRE_LANE_PROVIDER, 0, "google", "standard", 50, "operator", false },
	{ .kind = WIRE_LANE_MAILBOX, .mailbox = AN_ID, .most = 20, .by = "tenant" },
};
static struct part_hand some_hands[] = {
	{ .n = 3, .kind = WIRE_LANE_IP, .what = HAND_FREE },
	{ .n = 5, .kind = WIRE_LANE_MAILBOX, .mailbox = AN_ID, .what = HAND_STEP, .step = 9 },
};
static struct part_order an_order = { WIRE_LANE_PROVIDER, 0, "yahoo", 60, "weather", "busy", TIME };
static struct part_complaints complaints = { WIRE_LANE_MAILBOX, AN_ID, NULL, 20454, 2 };
static const struct part_warmup a_warmup = { "standard", "standard", &a_plan, 1, some_lanes, 3,
	some_hands, 2, &an_order, 1, &complaints, 1, "busy * 1/1 rate=60 60 \"busy\"\n", 25 };
static const struct wire_lane_said a_decision = { WIRE_LANE_PROVIDER, 0, "google-hosted",
	"standard", 3, "advance", "good", "google-rate", TIME, 3, 4, 80, 104, TIME + 1, 60, 80, 79,
	78, 77, 76, 1, 7, 200, 3, 2, 4000, 2000, 1, 5, 2, 3600000, 1, true };
static const struct wire_lane_day a_lane_day = { WIRE_LANE_MAILBOX, AN_ID, NULL, "standard", 3,
	TIME, 20454, 3, 80, 60, 5, 40, 55, 54, 5, 1, 1, 1, 64, 4, "shape", "own rate", "busy", TIME,
	60 };
static const struct wire_enrol an_enrol = { "s3cr3t", PEMTEXT, HASH64, "0.1.0" };
static const struct wire_renew a_renewal = { .cert = "-----BEGIN CERTIFICATE-----\n",
	.csr = "-----BEGIN CERTIFICATE REQUEST-----\n",
	.sig = "3045" };
static const struct wire_enrolled an_enrolled = { AN_ID, PEMTEXT, "{}" };
static const struct wire_letter a_letter = { AN_ID, "bob@example.net", "Re: \"Hi\"",
	"Gladly!\ngr\xc3\xbc\xc3\x9f\x65", true };

static const struct wire_stored a_stored = { 3, 10000000, 77 };
static const struct wire_parcel a_parcel = { 3, 10000000, HASH64 HASH64 HASH32 };

typedef struct bytes again_fn(struct scope *sc, struct bytes from, enum err *e);

#define EACH_MESSAGE(X)                                                                            \
	X(hello, wire_hello, a_hello)                                                              \
	X(part, wire_part, a_part)                                                                 \
	X(reported, wire_reported, a_reported)                                                     \
	X(work, wire_work, a_work)                                                                 \
	X(taken, wire_taken, a_taken)                                                              \
	X(event, wire_events, an_event)                                                            \
	X(ack, wire_ack, an_ack)                                                                   \
	X(metric, wire_metric, a_metric)                                                           \
	X(presence, wire_presence, a_presence)                                                     \
	X(command, wire_command, a_command)                                                        \
	X(result, wire_result, a_result)                                                           \
	X(csr, wire_csr, a_csr)                                                                    \
	X(cert, wire_cert, a_cert)                                                                 \
	X(spool, wire_spool, a_spool)                                                              \
	X(stand, wire_stand, a_stand)                                                              \
	X(link, part_link, a_link)                                                                 \
	X(mailboxes, part_mailboxes, a_mailboxes)                                                  \
	X(suppression, part_suppression, a_suppression)                                            \
	X(segment, part_segment, a_segment)                                                        \
	X(control, part_control, a_control)                                                        \
	X(mailu, part_mailu, a_mailu)                                                              \
	X(accounts, part_accounts, some_accounts)                                                  \
	X(warmup, part_warmup, a_warmup)                                                           \
	X(lane_said, wire_lane_said, a_decision)                                                   \
	X(lane_day, wire_lane_day, a_lane_day)                                                     \
	X(enrol, wire_enrol, an_enrol)                                                             \
	X(enrolled, wire_enrolled, an_enrolled)                                                    \
	X(renew, wire_renew, a_renewal)                                                            \
	X(letter, wire_letter, a_letter)                                                           \
	X(stored, wire_stored, a_stored)                                                           \
	X(parcel, wire_parcel, a_parcel)

#define TWO_WAYS(name, type, sample)                                                               \
	static struct bytes again_##name(struct scope *sc, struct bytes from, enum err *e)         \
	{                                                                                          \
		struct type m = { 0 };                                                             \
                                                                                                   \
		*e = wire_get_##name(sc, from, &m);                                                \
		return *e ? bytes_of(NULL, 0) : wire_put_##name(sc, &m);                           \
	}                                                                                          \
	static struct bytes sample_##name(struct scope *sc)                                        \
	{                                                                                          \
		return wire_put_##name(sc, &sample);                                               \
	}
EACH_MESSAGE(TWO_WAYS)

static const struct {
	const char *name;
	again_fn *again;
	struct bytes (*sample)(struct scope *sc);
} messages[] = {
#define ROW(name, type, sample) { #name, again_##name, sample_##name },
	EACH_MESSAGE(ROW)
};

static const char *text_of(struct scope *sc, struct bytes b)
{
	return b.data ? arena_copy(sc->mem, b.data, b.len) : NULL;
}

TEST(every_message_comes_back_as_it_went)
{
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct bytes first = messages[i].sample(sc), second;
		enum err e;

		second = messages[i].again(sc, first, &e);
		kit_ok(__FILE__, __LINE__, messages[i].name, sc, e);
		CHECK_TEXT(text_of(sc, second), text_of(sc, first));
	}
}

static const char *const later[] = { "letter", "stored", "parcel" };

static struct bytes recorded(struct scope *sc, int version, const char *name)
{
	char *path = arena_printf(sc->mem, "tests/unit/shared/wire-%d/%s.json", version, name);
	FILE *f = fopen(path, "r");
	char *data = arena_alloc(sc->mem, 16384);
	bool known = true;
	size_t n;

	/* Later folders hold what has changed since, or came then. */
	for (size_t i = 0; i < COUNT(later); i++)
		known = known && !str_eq(name, later[i]);
	NEED(f != NULL || version > 1 || !known);
	if (!f)
		return bytes_of(NULL, 0);
	n = fread(data, 1, 16384, f);
	fclose(f);
	while (n && data[n - 1] == '\n')
		n--;
	return bytes_of(data, n);
}

static void check_recorded(struct scope *sc, int version)
{
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct bytes old = recorded(sc, version, messages[i].name), again;
		enum err e;

		if (!old.data)
			continue;
		again = messages[i].again(sc, old, &e);
		kit_ok(__FILE__, __LINE__, messages[i].name, sc, e);
		CHECK_TEXT(text_of(sc, again), text_of(sc, old));
	}
}

/* Recorded bytes decode for ever, and what they said is still understood. */
TEST(recorded_bytes_of_version_1_decode)
{
	check_recorded(sc, 1);
}

TEST(recorded_bytes_of_version_2_decode)
{
	check_recorded(sc, 2);
}

TEST(recorded_bytes_of_version_3_decode)
{
	check_recorded(sc, 3);
}

TEST(recorded_bytes_of_version_4_decode)
{
	check_recorded(sc, 4);
}

TEST(recorded_bytes_of_version_5_decode)
{
	check_recorded(sc, 5);
}

TEST(recorded_bytes_of_version_6_decode)
{
	check_recorded(sc, 6);
}

TEST(recorded_bytes_of_version_7_decode)
{
	check_recorded(sc, 7);
}

TEST(recorded_bytes_of_version_8_decode)
{
	check_recorded(sc, 8);
}

/* An id of 63 bits would be rounded as a JSON number; every one of them is a text. */
TEST(no_number_on_the_wire_exceeds_what_a_double_holds)
{
	for (size_t i = 0; i < COUNT(messages); i++) {
		const char *text = text_of(sc, messages[i].sample(sc));
		size_t digits = 0;
		bool quoted = false;

		for (const char *p = text; *p; p++) {
			if (*p == '"' && p[-1] != '\\')
				quoted = !quoted;
			digits = !quoted && *p >= '0' && *p <= '9' ? digits + 1 : 0;
			NEED(digits <= 16);
		}
	}
}

TEST(unknown_fields_are_ignored_and_counted)
{
	int64_t before = wire_unknown_fields();
	struct wire_ack ack;
	const char *text =
		"{\"epoch\":\"epo_0000000000001\",\"new\":{\"a\":[1]},\"mark\":4,\"x\":null}";

	OK(wire_get_ack(sc, bytes_of(text, strlen(text)), &ack));
	CHECK_INT(ack.mark, 4);
	CHECK_INT(ack.epoch, 1);
	CHECK_INT(wire_unknown_fields() - before, 2);
}

#define MBX "mbx_0000000000001"
#define MSG "msg_0000000000001"
#define EPO "\"epoch\":\"epo_0000000000001\""
#define BOX(changed)                                                                               \
	"{\"list\":[{\"id\":\"" MBX "\",\"address\":\"a@b\",\"cap\":1,\"gap_ms\":0,"               \
	"\"jitter_ms\":0,\"days\":1,\"from_minute\":0,\"to_minute\":1,\"offset_minutes\":0,"       \
	"\"state\":\"active\"},{" changed "}]}"
#define PUT(changed) "{\"batch\":1,\"items\":[{\"kind\":\"put\",\"id\":\"" MSG "\"" changed "}]}"
#define FACTS(list)  "{" EPO ",\"first\":5,\"last\":6,\"facts\":[" list "]}"
#define WARM(more)                                                                                 \
	"{\"plan\":\"x\",\"plans\":[{\"name\":\"x\",\"version\":1,\"text\":\"p\"}]," more "}"
#define ACK5 "{\"seq\":5,\"at\":1,\"kind\":\"queued\"}"

static const struct {
	const char *message, *text, *field;
} refused[] = {
	{ "ack", "[]", "" },
	{ "ack", "{" EPO "}", "mark" },
	{ "ack", "{" EPO ",\"mark\":-1}", "mark" },
	{ "ack", "{" EPO ",\"mark\":\"1\"}", "mark" },
	{ "ack", "{" EPO ",\"mark\":1.5}", "mark" },
	{ "ack", "{" EPO ",\"mark\":9007199254740993}", "mark" },
	{ "ack", "{\"epoch\":1,\"mark\":1}", "epoch" },
	{ "ack", "{\"epoch\":\"msg_0000000000001\",\"mark\":1}", "epoch" },
	{ "ack", "{\"epoch\":\"epo_0000000000000\",\"mark\":1}", "epoch" },
	{ "presence", "{\"connection\":1,\"up\":1}", "up" },
	{ "part", "{\"name\":\"a b\",\"version\":1,\"hash\":\"" HASH64 "\",\"body\":\"\"}",
		"name" },
	{ "part", "{\"name\":\"a\",\"version\":1,\"hash\":\"00\",\"body\":\"\"}", "hash" },
	{ "part", "{\"name\":\"a\",\"version\":1,\"hash\":\"" HASH32 "G" HASH32 "\"}", "hash" },
	{ "part", "{\"name\":\"a\",\"version\":1,\"hash\":\"" HASH64 "\"}", "body" },
	{ "work", "{\"batch\":1,\"items\":{}}", "items" },
	{ "work", "{\"batch\":1,\"items\":[1]}", "items[0]" },
	{ "work", PUT(""), "items[0].mailbox" },
	{ "work", PUT(",\"mailbox\":\"" MBX "\""), "items[0].from" },
	{ "work", PUT(",\"mailbox\":\"" MBX "\",\"from\":\"a@b\",\"to\":\"a@b>\""), "items[0].to" },
	{ "work", PUT(",\"mailbox\":\"" MBX "\",\"from\":\"a@b\",\"to\":\"a@b\\r\\nDATA\""),
		"items[0].to" },
	{ "work", PUT(",\"mailbox\":\"" MBX "\",\"from\":\"a@b\",\"to\":\"@b\""), "items[0].to" },
	{ "work", PUT(",\"mailbox\":\"" MBX "\",\"from\":\"a@b\",\"to\":\"a@b\""),
		"items[0].not_after" },
	{ "work",
		PUT(",\"mailbox\":\"" MBX
		    "\",\"from\":\"a@b\",\"to\":\"a@b\",\"not_after\":1,\"mail\":\"\""),
		"items[0].mail" },
	{ "work", "{\"batch\":1,\"items\":[{\"kind\":\"push\",\"id\":\"" MSG "\"}]}",
		"items[0].kind" },
	{ "mailboxes", BOX(""), "list[1].id" },
	{ "mailboxes", BOX("\"id\":\"" MBX "\",\"address\":\"a\""), "list[1].address" },
	{ "link", "{\"broker_host\":\"x\",\"broker_port\":65536}", "broker_port" },
	{ "suppression", "{\"key\":\"00\",\"hashes\":[\"" HASH32 "\",\"00\"]}", "hashes[1]" },
	{ "suppression", "{\"key\":\"00\",\"hashes\":[7]}", "hashes[0]" },
	{ "segment", "{\"bits\":3,\"index\":8}", "index" },
	{ "segment", "{\"bits\":9,\"index\":8}", "bits" },
	{ "warmup", "{\"plan\":\"x\",\"plans\":[]}", "plan" },
	{ "warmup", WARM("\"lanes\":[{\"kind\":\"mailbox\"}]"), "lanes[0].mailbox" },
	{ "warmup", WARM("\"lanes\":[{\"kind\":\"ip\",\"provider\":\"a\"}]"), "lanes[0].provider" },
	{ "warmup", WARM("\"lanes\":[{\"kind\":\"ip\",\"plan\":\"y\"}]"), "lanes[0].plan" },
	{ "warmup", WARM("\"hands\":[{\"n\":1,\"kind\":\"ip\",\"what\":\"x\"}]"), "hands[0].what" },
	{ "warmup",
		WARM("\"hands\":[{\"n\":2,\"kind\":\"ip\",\"what\":\"free\"},"
		     "{\"n\":2,\"kind\":\"ip\",\"what\":\"free\"}]"),
		"hands[1].n" },
	{ "warmup", "{\"plans\":[],\"mailbox_plan\":\"x\"}", "mailbox_plan" },
	{ "warmup", WARM("\"orders\":[{\"kind\":\"ip\"}]"), "orders[0].by" },
	{ "warmup", WARM("\"orders\":[{\"kind\":\"all\",\"by\":\"a\"}]"), "orders[0].kind" },
	{ "warmup", WARM("\"complaints\":[{\"kind\":\"ip\",\"day\":1,\"count\":-1}]"),
		"complaints[0].count" },
	{ "lane_day", "{\"kind\":\"ip\",\"at\":1,\"day\":1}", "state" },
	{ "lane_said", "{\"kind\":\"provider\",\"decision\":\"stop\",\"at\":1}", "provider" },
	{ "event", FACTS(""), "last" },
	{ "event", FACTS(ACK5), "last" },
	{ "event", FACTS(ACK5 "," ACK5), "facts[1].seq" },
	{ "event", FACTS("{\"seq\":6,\"at\":1,\"kind\":\"queued\"}"), "facts[0].seq" },
	{ "event", FACTS("{\"seq\":6,\"at\":1,\"kind\":\"gap\",\"first\":5,\"last\":7}"),
		"facts[0].last" },
	{ "event", FACTS("{\"seq\":5,\"at\":1,\"kind\":\"?\"}"), "facts[0].kind" },
	{ "event", FACTS("{\"seq\":5,\"at\":1,\"kind\":\"queued\",\"code\":1000}"),
		"facts[0].code" },
	{ "letter", "{\"text\":\"Hi\"}", "message" },
	{ "letter", "{\"message\":\"" MSG "\",\"text\":\"a\\u001b[2J\"}", "text" },
	{ "letter", "{\"message\":\"" MSG "\",\"subject\":\"a\\nb\"}", "subject" },
};

TEST(each_limit_is_refused_with_the_path_of_its_field)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		for (size_t m = 0; m < COUNT(messages); m++) {
			enum err e;

			if (!str_eq(messages[m].name, refused[i].message))
				continue;
			messages[m].again(
				sc, bytes_of(refused[i].text, strlen(refused[i].text)), &e);
			CHECK_INT(e, ERR_INPUT);
			CHECK_TEXT(sc->field, refused[i].field);
		}
	}
}

TEST(a_window_that_ends_before_it_begins_is_refused)
{
	struct part_mailbox box = a_box;
	struct part_mailboxes list = { &box, 1 }, back;

	box.to_minute = box.from_minute;
	CHECK_INT(wire_get_mailboxes(sc, wire_put_mailboxes(sc, &list), &back), ERR_INPUT);
	CHECK_TEXT(sc->field, "list[0].to_minute");
	box = a_box;
	box.state = "asleep";
	CHECK_INT(wire_get_mailboxes(sc, wire_put_mailboxes(sc, &list), &back), ERR_INPUT);
	CHECK_TEXT(sc->field, "list[0].state");
}

TEST(a_batch_and_a_mail_that_are_too_large_are_refused)
{
	struct wire_item *many = arena_array(sc->mem, WIRE_MAX_BATCH + 1, sizeof *many);
	struct wire_work work = { 1, many, WIRE_MAX_BATCH + 1 }, back = { .batch = 77 };
	char *mail = arena_alloc(sc->mem, WIRE_MAX_MAIL + 2);

	for (size_t i = 0; i <= WIRE_MAX_BATCH; i++)
		many[i] = items[1];
	CHECK_INT(wire_get_work(sc, wire_put_work(sc, &work), &back), ERR_INPUT);
	CHECK_TEXT(sc->field, "items");
	work.count = 1;
	many[0] = items[0];
	memset(mail, 'x', WIRE_MAX_MAIL + 1);
	many[0].mail = mail;
	CHECK_INT(wire_get_work(sc, wire_put_work(sc, &work), &back), ERR_INPUT);
	CHECK_TEXT(sc->field, "items[0].mail");
	CHECK_INT(back.batch, 77);
	mail[WIRE_MAX_MAIL] = 0;
	OK(wire_get_work(sc, wire_put_work(sc, &work), &back));
	memset(mail, '\n', WIRE_MAX_MAIL);
	work.count = 3;
	many[1] = many[2] = many[0];
	CHECK_INT(wire_get_work(sc, wire_put_work(sc, &work), &back), ERR_INPUT);
}

TEST(topics_name_an_appliance_and_a_type)
{
	const char *topic = wire_topic(sc, AN_ID, WIRE_TAKEN);
	enum wire_type type;
	int64_t id;

	OK(wire_topic_parse(sc, topic, &id, &type));
	CHECK_INT(id, AN_ID);
	CHECK_INT(type, WIRE_TAKEN);
	CHECK_TEXT(topic + strlen(topic) - 6, "/taken");
	CHECK_INT(wire_topic_parse(sc, "pm/1/app_1/taken", &id, &type), ERR_INPUT);
	CHECK_INT(wire_topic_parse(sc, "pm/2/app_0000000000001/taken", &id, &type), ERR_INPUT);
	CHECK_INT(wire_topic_parse(sc, "pm/1/app_0000000000001/token", &id, &type), ERR_INPUT);
	CHECK_INT(wire_topic_parse(sc, "pm/1/app_0000000000001", &id, &type), ERR_INPUT);
	CHECK_INT(wire_topic_parse(sc, "pm", &id, &type), ERR_INPUT);
}

TEST(an_enrolment_token_carries_hub_key_and_secret)
{
	struct enrol_token token = { .url = "https://hub.example.com:8443", .secret = "s3cr3t" };
	struct enrol_token back = { 0 };
	const char *text;

	for (size_t i = 0; i < sizeof token.ca_sha256; i++)
		token.ca_sha256[i] = (unsigned char)(i * 7);
	text = enrol_token_put(sc, &token);
	CHECK(str_starts(text, "pme_"));
	OK(enrol_token_get(sc, text, &back));
	CHECK_TEXT(back.url, token.url);
	CHECK_TEXT(back.secret, token.secret);
	CHECK(memcmp(back.ca_sha256, token.ca_sha256, sizeof token.ca_sha256) == 0);
	CHECK_INT(enrol_token_get(sc, "pme_", &back), ERR_INPUT);
	CHECK_INT(enrol_token_get(sc, "pme_e30", &back), ERR_INPUT);
	CHECK_INT(enrol_token_get(sc, text + 4, &back), ERR_INPUT);
	CHECK_INT(enrol_token_get(sc, NULL, &back), ERR_INPUT);
}
