/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Backups of mail servers: asked for, brought in parts, given back to whom they were released to.
 */
#include "fleet_kit.h"

#include "base/id.h"
#include "company_kit.h"
#include "crypt/seal.h"
#include "fleet/appliance_command.h"
#include "fleet/enrolment.h"
#include "jobs.h"
#include "mailu/mailu.h"
#include "mailu/mailu_backup.h"
#include "object/object.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "text/json.h"

struct machine {
	int64_t id;
	unsigned char seal_public[32], seal_secret[32];
};

static void enrol(struct scope *sc, int64_t id, struct machine *m)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol a;
	const char *token;

	m->id = id;
	seal_pair_make(m->seal_public, m->seal_secret);
	OK(enrolment_token(sc, id, &token));
	a = fleet_kit_application(sc, token, &request);
	a.seal_key = str_hex(sc->mem, m->seal_public, 32);
	OK(fleet_kit_use(sc, &a, &out));
}

/* A machine with MailU, and one beside it. */
static void start(struct scope *sc, struct kit *kit, struct machine *own, struct machine *other)
{
	static const struct mailu_settings settings = { .address = "198.51.100.10" };
	struct mailbox_new in = { .address = "ann@acme.example",
		.name = "Ann",
		.pace = { MAILBOX_CAP, MAILBOX_GAP, MAILBOX_JITTER, MAILBOX_DAYS, MAILBOX_FROM,
			MAILBOX_TO, "UTC" } };
	int64_t id;

	fleet_kit_start(sc, kit);
	company_workspace(sc);
	enrol(sc, fleet_kit_planned(sc, "mx-1"), own);
	enrol(sc, fleet_kit_planned(sc, "mx-2"), other);
	in.appliance = own->id;
	OK(domain_add(sc, "acme.example", &id));
	OK(mailbox_add(sc, &in, &id));
	CHECK_INT(mailu_backup_ask(sc, own->id, &id), ERR_CONFLICT);
	scope_clear(sc);
	OK(mailu_set(sc, own->id, &settings));
}

/* The key that HEX is for M, as text; NULL where M cannot read it. */
static const char *key_of(struct scope *sc, const struct machine *m, const char *hex)
{
	size_t len = hex ? strlen(hex) / 2 : 0;
	unsigned char *raw = arena_alloc(sc->mem, len + 1);
	struct bytes key;
	enum err e;

	NEED(len > 0 && str_unhex(hex, raw, len));
	e = seal_open_mine(sc, m->seal_public, m->seal_secret, bytes_of(raw, len), &key);
	scope_clear(sc);
	return e ? NULL : str_hex(sc->mem, key.data, key.len);
}

static struct appliance_command newest(struct scope *sc, int64_t appliance)
{
	struct appliance_command *rows;
	size_t n;

	OK(appliance_command_list(sc, appliance, 0, 1, &rows, &n));
	NEED(n == 1);
	return rows[0];
}

static enum err answer(struct scope *sc, void *arg)
{
	const struct appliance_command *c = arg;
	const struct wire_result r = { .id = c->id, .state = "failed", .reason = "disk full" };

	return appliance_command_answered(sc, c->appliance, &r);
}

static struct mailu_backup found(struct scope *sc, int64_t id)
{
	struct mailu_backup b = { 0 };

	OK(mailu_backup_find(sc, id, &b));
	return b;
}

static int64_t whole(struct scope *sc, const struct machine *m)
{
	const struct wire_stored stored = { 1, 1, 1 };
	int64_t id;

	OK(mailu_backup_ask(sc, m->id, &id));
	OK(mailu_backup_take_part(sc, m->id, id, 1, bytes_of("x", 1)));
	OK(mailu_backup_finish(sc, m->id, id, &stored));
	return id;
}

TEST(a_backup_comes_in_parts_from_its_machine_and_goes_to_whom_it_was_released)
{
	struct machine own, other;
	struct wire_stored stored = { 2, 9, 3 };
	struct wire_parcel parcel;
	struct mailu_backup b;
	const struct json *args;
	struct bytes data;
	const char *text, *key;
	int64_t id, second;

	start(sc, kit, &own, &other);
	OK(mailu_backup_ask(sc, own.id, &id));
	CHECK_INT(mailu_backup_ask(sc, own.id, &second), ERR_CONFLICT);
	text = newest(sc, own.id).args;
	CHECK_TEXT(newest(sc, own.id).kind, "backup");
	OK(json_parse(sc, bytes_of(text, strlen(text)), 4096, &args));
	CHECK_TEXT(json_text(args, "backup"), id_format(sc->mem, ID_BACKUP, id));
	key = key_of(sc, &own, json_text(args, "key"));
	NEED(key != NULL);
	CHECK(key_of(sc, &other, json_text(args, "key")) == NULL);
	/* Begun anew, a part replaces what came before. */
	OK(mailu_backup_take_part(sc, own.id, id, 1, bytes_of("old", 3)));
	OK(mailu_backup_take_part(sc, own.id, id, 3, bytes_of("third", 5)));
	OK(mailu_backup_take_part(sc, own.id, id, 1, bytes_of("first", 5)));
	CHECK_INT(mailu_backup_take_part(sc, other.id, id, 2, bytes_of("x", 1)), ERR_MISSING);
	CHECK_INT(mailu_backup_finish(sc, own.id, id, &stored), ERR_INPUT);
	OK(mailu_backup_take_part(sc, own.id, id, 2, bytes_of("last", 4)));
	CHECK_INT(mailu_backup_offer(sc, own.id, id, &parcel), ERR_MISSING);
	OK(mailu_backup_finish(sc, own.id, id, &stored));
	OK(mailu_backup_finish(sc, own.id, id, &stored));
	CHECK_INT(mailu_backup_take_part(sc, own.id, id, 1, bytes_of("x", 1)), ERR_CONFLICT);
	b = found(sc, id);
	CHECK_TEXT(b.state, "done");
	CHECK_INT(b.size, 9);
	CHECK_INT(fleet_kit_events(sc, own.id, "appliance.backup"), 1);
	OK(mailu_backup_release(sc, id, other.id));
	CHECK_INT(mailu_backup_offer(sc, own.id, id, &parcel), ERR_MISSING);
	OK(mailu_backup_offer(sc, other.id, id, &parcel));
	CHECK_TEXT(key_of(sc, &other, parcel.key), key);
	OK(mailu_backup_give_part(sc, other.id, id, 1, &data));
	CHECK_TEXT(arena_copy(sc->mem, data.data, data.len), "first");
	kit->real_ms += MAILU_BACKUP_RELEASE_MS;
	CHECK_INT(mailu_backup_give_part(sc, other.id, id, 1, &data), ERR_MISSING);
}

TEST(a_backup_that_failed_says_why_and_another_may_be_asked_for)
{
	struct machine own, other;
	struct appliance_command c;
	int64_t id, second;

	start(sc, kit, &own, &other);
	OK(mailu_backup_ask(sc, own.id, &id));
	c = newest(sc, own.id);
	CHECK_INT(mailu_backup_remove(sc, id), ERR_CONFLICT);
	OK(mailu_backup_take_part(sc, own.id, id, 1, bytes_of("x", 1)));
	OK(db_write(sc, answer, &c));
	CHECK_TEXT(found(sc, id).state, "failed");
	CHECK_TEXT(found(sc, id).reason, "disk full");
	CHECK_INT(mailu_backup_take_part(sc, own.id, id, 2, bytes_of("x", 1)), ERR_MISSING);
	CHECK_INT(mailu_backup_release(sc, id, other.id), ERR_CONFLICT);
	OK(mailu_backup_ask(sc, own.id, &second));
	OK(mailu_backup_remove(sc, id));
}

TEST(only_the_newest_backups_are_kept)
{
	struct machine own, other;
	struct mailu_backup *rows, b;
	int64_t first;
	size_t n;

	start(sc, kit, &own, &other);
	first = whole(sc, &own);
	for (int i = 1; i < MAILU_BACKUP_KEPT; i++)
		(void)whole(sc, &own);
	CHECK_TEXT(found(sc, first).state, "done");
	(void)whole(sc, &own);
	CHECK_INT(mailu_backup_find(sc, first, &b), ERR_MISSING);
	OK(mailu_backup_list(sc, own.id, &rows, &n));
	CHECK_INT((int64_t)n, MAILU_BACKUP_KEPT);
}
