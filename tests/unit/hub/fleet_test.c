/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Enrolment, parts and uplinks: the rules that two hubs and one machine must agree on. */
#include "base/id.h"
#include "config.h"
#include "crypt/x509.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/authority.h"
#include "fleet/enrolment.h"
#include "fleet/fleet.h"
#include "fleet/part.h"
#include "fleet/uplink.h"
#include "hub_kit.h"

#define EPOCH INT64_C(77)

static struct hub *start(struct scope *sc, struct kit *kit)
{
	struct hub *hub = kit_hub_store(sc, kit);
	struct config *c = arena_alloc(sc->mem, sizeof *c);

	c->state_dir = arena_printf(sc->mem, "%s/state", kit_folder(sc));
	c->agents_url = "https://127.0.0.1:8443";
	c->broker_host = c->broker_agent_host = "127.0.0.1";
	c->broker_port = 8884;
	c->broker_agent_port = 8883;
	hub->config = c;
	scope_system(sc);
	OK(fleet_start(sc));
	return hub;
}

static int64_t planned(struct scope *sc, const char *name)
{
	int64_t id;

	OK(appliance_plan(sc, name, &id));
	return id;
}

static struct wire_enrol application(struct scope *sc, const char *token, struct x509_pair *request)
{
	struct enrol_token t;

	OK(enrol_token_get(sc, token, &t));
	OK(x509_request(sc, "whatever", request));
	return (struct wire_enrol){ .secret = t.secret,
		.csr = request->cert,
		.seal_key = "000102030405060708090a0b0c0d0e0f"
			    "000102030405060708090a0b0c0d0e0f",
		.version = "1" };
}

/* A scope as the agents' door opens one: nobody's. */
static enum err use(struct scope *sc, const struct wire_enrol *m, struct wire_enrolled *out)
{
	struct scope door;
	enum err e;

	scope_open_for(&door, sc, 0);
	e = enrolment_use(&door, m, out);
	if (e)
		(void)fail(sc, e, "%s", door.why);
	else
		*out = (struct wire_enrolled){ out->appliance, arena_text(sc->mem, out->cert),
			arena_text(sc->mem, out->link) };
	scope_close(&door);
	return e;
}

static int64_t enrolled(struct scope *sc, const char *name)
{
	int64_t id = planned(sc, name);
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol m;
	const char *token;

	OK(enrolment_token(sc, id, &token));
	m = application(sc, token, &request);
	OK(use(sc, &m, &out));
	return id;
}

static int events(struct scope *sc, int64_t subject, const char *kind)
{
	struct event_row *rows;
	int count = 0;
	size_t n;

	OK(event_timeline(sc, subject, 0, 200, &rows, NULL, &n));
	for (size_t i = 0; i < n; i++)
		count += str_eq(rows[i].kind, kind);
	return count;
}

static const char *state_of(struct scope *sc, int64_t id)
{
	struct appliance a;

	OK(appliance_find(sc, id, &a));
	return a.state;
}

/* ---- enrolment ---- */

TEST(a_machine_enrols_once_with_its_token)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct x509_info info;
	struct part_link link;
	struct wire_enrol m;
	const char *token, *ca;
	int64_t id;

	start(sc, kit);
	id = planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = application(sc, token, &request);
	OK(use(sc, &m, &out));
	CHECK_INT(out.appliance, id);
	CHECK_TEXT(state_of(sc, id), "active");
	OK(authority_bundle(sc, AUTHORITY_AGENT, &ca));
	OK(x509_check(sc, ca, out.cert));
	OK(x509_read(sc, out.cert, &info));
	CHECK_TEXT(info.cn, id_format(sc->mem, ID_APPLIANCE, id));
	CHECK_INT(info.until, kit->real_ms + AGENT_CERT_MS);
	OK(wire_get_link(sc, bytes_of(out.link, strlen(out.link)), &link));
	CHECK_TEXT(link.hub_url, "https://127.0.0.1:8443");
	CHECK_INT(link.broker_port, 8883);
	CHECK_INT(events(sc, id, "appliance.enrolled"), 1);
	CHECK_INT(use(sc, &m, &out), ERR_DENIED);
	CHECK_INT(events(sc, id, "enrolment.refused"), 1);
}

TEST(a_token_that_expired_or_was_replaced_or_is_foreign_is_refused)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol m;
	const char *first, *second;
	int64_t id;

	start(sc, kit);
	id = planned(sc, "one");
	OK(enrolment_token(sc, id, &first));
	OK(enrolment_token(sc, id, &second));
	m = application(sc, first, &request);
	CHECK_INT(use(sc, &m, &out), ERR_DENIED);
	m = application(sc, second, &request);
	kit->real_ms += ENROL_TOKEN_MS;
	CHECK_INT(use(sc, &m, &out), ERR_DENIED);
	CHECK_INT(events(sc, id, "enrolment.refused"), 2);
	m.secret = "pmt_somebodyelses";
	CHECK_INT(use(sc, &m, &out), ERR_DENIED);
	CHECK_TEXT(state_of(sc, id), "planned");
}

TEST(a_bad_request_does_not_spend_the_token)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol m;
	const char *token, *good;
	int64_t id;

	start(sc, kit);
	id = planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = application(sc, token, &request);
	good = m.csr;
	m.csr = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
	CHECK_INT(use(sc, &m, &out), ERR_INPUT);
	m.csr = good;
	OK(use(sc, &m, &out));
}

TEST(a_lost_appliance_is_revoked_and_cannot_come_back)
{
	const char *token, **serials, *crl;
	struct scope door;
	struct wire_cert cert;
	struct x509_pair request;
	size_t n;
	int64_t id;

	start(sc, kit);
	id = enrolled(sc, "one");
	OK(enrolment_admit(sc, id));
	OK(appliance_lost(sc, id, "burnt"));
	CHECK_INT(appliance_lost(sc, id, "again"), ERR_CONFLICT);
	CHECK_INT(enrolment_token(sc, id, &token), ERR_CONFLICT);
	scope_open_for(&door, sc, 0);
	CHECK_INT(enrolment_admit(&door, id), ERR_DENIED);
	CHECK_INT(enrolment_admit(&door, id + 1), ERR_DENIED);
	scope_close(&door);
	OK(x509_request(sc, "x", &request));
	CHECK_INT(enrolment_renew(sc, id, request.cert, &cert), ERR_DENIED);
	OK(uplink_revoked(sc, &serials, &n));
	CHECK_INT((int64_t)n, 1);
	OK(authority_crl(sc, &crl));
	CHECK_INT(events(sc, id, "appliance.lost"), 1);
}

TEST(an_expired_certificate_renews_with_proof_of_its_key_and_only_once)
{
	struct wire_enrolled out;
	struct x509_pair request, next, stranger;
	struct wire_enrol m;
	struct wire_cert cert;
	struct bytes sig;
	const char *token;
	int64_t id;

	start(sc, kit);
	id = planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = application(sc, token, &request);
	OK(use(sc, &m, &out));
	kit->real_ms += AGENT_CERT_MS + DAY_MS;
	OK(x509_request(sc, "x", &next));
	OK(x509_request(sc, "x", &stranger));
	OK(x509_prove(sc, stranger.key, bytes_of(next.cert, strlen(next.cert)), &sig));
	CHECK_INT(enrolment_renew_expired(sc, out.cert, next.cert, sig, &cert), ERR_DENIED);
	OK(x509_prove(sc, request.key, bytes_of(next.cert, strlen(next.cert)), &sig));
	OK(enrolment_renew_expired(sc, out.cert, next.cert, sig, &cert));
	CHECK_INT(cert.until, kit->real_ms + AGENT_CERT_MS);
	/* It has been replaced: the old one proves nothing any more. */
	CHECK_INT(enrolment_renew_expired(sc, out.cert, next.cert, sig, &cert), ERR_DENIED);
	kit->real_ms += AGENT_CERT_MS + AGENT_GRACE_MS + DAY_MS;
	OK(x509_prove(sc, next.key, bytes_of(next.cert, strlen(next.cert)), &sig));
	CHECK_INT(enrolment_renew_expired(sc, cert.cert, next.cert, sig, &cert), ERR_DENIED);
}

/* ---- parts ---- */

struct put_in {
	int64_t id;
	const char *body;
};

static enum err write_put(struct scope *sc, void *arg)
{
	const struct put_in *in = arg;

	return part_put(sc, in->id, PART_MAILBOXES, bytes_of(in->body, strlen(in->body)));
}

static enum err put(struct scope *sc, int64_t id, const char *body)
{
	return db_write(sc, write_put, &(struct put_in){ id, body });
}

static struct part_row part(struct scope *sc, int64_t id, const char *name)
{
	struct part_row *rows;
	size_t n;

	OK(part_list(sc, id, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return rows[i];
	NEED(!"the part is there");
	return (struct part_row){ 0 };
}

struct due_in {
	int64_t id;
	size_t n;
};

static enum err write_due(struct scope *sc, void *arg)
{
	struct due_in *in = arg;
	struct part_due *rows;

	return part_take_due(sc, in->id, &rows, &in->n);
}

static int due(struct scope *sc, int64_t id)
{
	struct due_in in = { id, 0 };

	OK(db_write(sc, write_due, &in));
	return (int)in.n;
}

struct said_in {
	int64_t id;
	struct wire_part_report report;
	struct wire_version version;
};

static enum err write_report(struct scope *sc, void *arg)
{
	const struct said_in *in = arg;

	return part_reported(sc, in->id, &in->report, 1);
}

static enum err write_known(struct scope *sc, void *arg)
{
	const struct said_in *in = arg;

	return part_known(sc, in->id, &in->version, in->version.name ? 1 : 0);
}

static void report(struct scope *sc, int64_t id, int64_t version, enum part_state state)
{
	OK(db_write(sc, write_report,
		&(struct said_in){ id, { PART_MAILBOXES, version, state, NULL }, { NULL, 0 } }));
}

TEST(a_part_gets_a_new_version_only_when_its_body_changes)
{
	int64_t id;

	start(sc, kit);
	id = planned(sc, "one");
	OK(put(sc, id, "{\"a\":1}"));
	OK(put(sc, id, "{\"a\":1}"));
	CHECK_INT(part(sc, id, PART_MAILBOXES).version, 1);
	OK(put(sc, id, "{\"a\":2}"));
	CHECK_INT(part(sc, id, PART_MAILBOXES).version, 2);
	CHECK_INT(put(sc, id + 1, "{}"), ERR_MISSING);
}

TEST(a_part_is_published_until_it_is_reported)
{
	int64_t id;

	start(sc, kit);
	id = planned(sc, "one");
	OK(put(sc, id, "{\"a\":1}"));
	CHECK_INT(due(sc, id), 1);
	CHECK_INT(due(sc, id), 0);
	kit->real_ms += 10 * SECOND_MS;
	CHECK_INT(due(sc, id), 1);
	report(sc, id, 1, PART_APPLIED);
	kit->real_ms += 10 * SECOND_MS;
	CHECK_INT(due(sc, id), 0);
	CHECK_INT(part(sc, id, PART_MAILBOXES).applied, 1);
	OK(put(sc, id, "{\"a\":2}"));
	CHECK_INT(due(sc, id), 1);
	/* A late word about the old version is no word about the new one. */
	report(sc, id, 1, PART_APPLIED);
	kit->real_ms += 10 * SECOND_MS;
	CHECK_INT(due(sc, id), 1);
	report(sc, id, 2, PART_REVERTED);
	CHECK_INT(part(sc, id, PART_MAILBOXES).applied, 1);
	CHECK_TEXT(part(sc, id, PART_MAILBOXES).state, "reverted");
}

TEST(a_machine_that_lost_a_part_gets_it_again_and_a_restored_hub_counts_on)
{
	struct said_in in = { .version = { NULL, 0 } };

	start(sc, kit);
	in.id = planned(sc, "one");
	OK(put(sc, in.id, "{\"a\":1}"));
	report(sc, in.id, 1, PART_APPLIED);
	CHECK_INT(due(sc, in.id), 0);
	OK(db_write(sc, write_known, &in));
	CHECK_INT(due(sc, in.id), 1);
	in.version = (struct wire_version){ PART_MAILBOXES, 7 };
	OK(db_write(sc, write_known, &in));
	CHECK_INT(part(sc, in.id, PART_MAILBOXES).version, 8);
	CHECK_INT(due(sc, in.id), 1);
}

/* ---- uplinks ---- */

struct hello_in {
	int64_t id;
	struct wire_hello m;
	int64_t mark;
};

static enum err write_hello(struct scope *sc, void *arg)
{
	struct hello_in *in = arg;

	return uplink_hello(sc, in->id, &in->m, &in->mark);
}

static int64_t hello(struct scope *sc, int64_t id, int64_t epoch, int64_t first_kept)
{
	struct hello_in in = { .id = id, .m = { .epoch = epoch, .first_kept = first_kept } };

	OK(db_write(sc, write_hello, &in));
	return in.mark;
}

struct advance_in {
	int64_t id, epoch, first, last, from, mark;
};

static enum err write_advance(struct scope *sc, void *arg)
{
	struct advance_in *in = arg;

	return uplink_advance(sc, in->id, in->epoch, in->first, in->last, &in->from, &in->mark);
}

/* How many of first..last are new; -1 when the batch cannot be taken. */
static int64_t advance(struct scope *sc, struct advance_in *in)
{
	enum err e = db_write(sc, write_advance, in);

	if (e == ERR_CONFLICT)
		return -1;
	OK(e);
	return in->last - in->from + 1;
}

TEST(each_fact_of_a_batch_is_stored_once)
{
	struct advance_in in = { .epoch = EPOCH, .first = 1, .last = 10 };

	start(sc, kit);
	in.id = enrolled(sc, "one");
	CHECK_INT(hello(sc, in.id, EPOCH, 1), 0);
	CHECK_INT(advance(sc, &in), 10);
	CHECK_INT(in.mark, 10);
	/* The same again, an older part of it, and one that overlaps. */
	CHECK_INT(advance(sc, &in), 0);
	CHECK_INT(in.mark, 10);
	in.first = 3, in.last = 7;
	CHECK_INT(advance(sc, &in), 0);
	CHECK_INT(in.mark, 10);
	in.first = 8, in.last = 15;
	CHECK_INT(advance(sc, &in), 5);
	CHECK_INT(in.from, 11);
	CHECK_INT(in.mark, 15);
	/* A hole before it: nothing is stored, the mark says where to go on. */
	in.first = 17, in.last = 20;
	CHECK_INT(advance(sc, &in), -1);
	CHECK_INT(in.mark, 15);
	in.epoch = EPOCH + 1, in.first = 16;
	CHECK_INT(advance(sc, &in), -1);
	CHECK_INT(hello(sc, in.id, EPOCH, 16), 15);
}

TEST(a_new_epoch_starts_afresh_and_a_hole_that_cannot_be_filled_is_a_gap)
{
	struct advance_in in = { .epoch = EPOCH, .first = 1, .last = 10 };

	start(sc, kit);
	in.id = enrolled(sc, "one");
	hello(sc, in.id, EPOCH, 1);
	CHECK_INT(events(sc, in.id, "appliance.epoch"), 0);
	CHECK_INT(advance(sc, &in), 10);
	CHECK_INT(hello(sc, in.id, EPOCH, 14), 13);
	CHECK_INT(events(sc, in.id, "appliance.gap"), 1);
	CHECK_INT(hello(sc, in.id, EPOCH + 1, 1), 0);
	CHECK_INT(events(sc, in.id, "appliance.epoch"), 1);
	in.epoch++;
	CHECK_INT(advance(sc, &in), 10);
	/* The old epoch's facts come too late. */
	in.epoch--;
	CHECK_INT(advance(sc, &in), -1);
}

struct credit_in {
	int64_t id, epoch, taken, room, n;
};

static enum err write_credit(struct scope *sc, void *arg)
{
	const struct credit_in *in = arg;

	return uplink_credit(sc, in->id, in->epoch, in->taken, in->room);
}

static enum err write_spend(struct scope *sc, void *arg)
{
	const struct credit_in *in = arg;

	return uplink_spend(sc, in->id, in->n);
}

static enum err write_back(struct scope *sc, void *arg)
{
	const struct credit_in *in = arg;

	return uplink_give_back(sc, in->id, in->n);
}

static void credit(struct scope *sc, int64_t id, int64_t epoch, int64_t taken, int64_t room)
{
	OK(db_write(sc, write_credit, &(struct credit_in){ id, epoch, taken, room, 0 }));
}

static enum err spend(struct scope *sc, int64_t id, int64_t n)
{
	return db_write(sc, write_spend, &(struct credit_in){ .id = id, .n = n });
}

static int64_t room(struct scope *sc, int64_t id)
{
	int64_t n;

	OK(uplink_room(sc, id, &n));
	return n;
}

TEST(no_more_is_leased_than_the_appliance_said_it_takes)
{
	int64_t id;

	start(sc, kit);
	id = enrolled(sc, "one");
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	hello(sc, id, EPOCH, 1);
	credit(sc, id, EPOCH, 0, 10);
	CHECK_INT(room(sc, id), 10);
	OK(spend(sc, id, 8));
	CHECK_INT(spend(sc, id, 3), ERR_LIMIT);
	OK(spend(sc, id, 2));
	CHECK_INT(room(sc, id), 0);
	/* Reports that arrive late or for another epoch lend nothing. */
	credit(sc, id, EPOCH, 0, 5);
	credit(sc, id, EPOCH + 1, 100, 100);
	CHECK_INT(room(sc, id), 0);
	credit(sc, id, EPOCH, 10, 4);
	CHECK_INT(room(sc, id), 4);
	OK(db_write(sc, write_back, &(struct credit_in){ .id = id, .n = 1 }));
	CHECK_INT(room(sc, id), 5);
}

TEST(a_restored_hub_does_not_lend_twice)
{
	int64_t id;

	start(sc, kit);
	id = enrolled(sc, "one");
	hello(sc, id, EPOCH, 1);
	/* It has stored 40 that this hub knows nothing of. */
	credit(sc, id, EPOCH, 40, 10);
	CHECK_INT(room(sc, id), 10);
}

TEST(nothing_is_leased_to_one_that_is_silent_or_stopped)
{
	int64_t id;

	start(sc, kit);
	id = enrolled(sc, "one");
	hello(sc, id, EPOCH, 1);
	credit(sc, id, EPOCH, 0, 10);
	kit->real_ms += APPLIANCE_SILENT_MS + 1;
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	CHECK_INT(room(sc, id), 0);
	hello(sc, id, EPOCH, 1);
	OK(spend(sc, id, 1));
	OK(appliance_stop(sc, id, "by hand"));
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	OK(appliance_resume(sc, id));
	OK(spend(sc, id, 1));
	OK(fleet_halt(sc, "everything"));
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	OK(fleet_halt(sc, NULL));
	OK(spend(sc, id, 1));
}

TEST(the_part_control_names_the_nearest_hand)
{
	struct part_row before;
	int64_t id;

	start(sc, kit);
	id = enrolled(sc, "one");
	before = part(sc, id, PART_CONTROL);
	OK(appliance_stop(sc, id, "smoke"));
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 1);
	CHECK_INT(appliance_stop(sc, id, "again"), ERR_CONFLICT);
	OK(fleet_halt(sc, "fire"));
	/* It was stopped by hand before, and stays so. */
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 1);
	OK(appliance_resume(sc, id));
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 2);
	OK(fleet_halt(sc, NULL));
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 3);
}

TEST(an_appliance_of_another_tenant_is_not_there)
{
	struct appliance a;
	int64_t id, units = 9;

	start(sc, kit);
	id = enrolled(sc, "one");
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	CHECK_INT(appliance_find(sc, id, &a), ERR_MISSING);
	CHECK_INT(appliance_stop(sc, id, "mine?"), ERR_MISSING);
	CHECK_INT(put(sc, id, "{}"), ERR_MISSING);
	CHECK_INT(spend(sc, id, 0), ERR_LIMIT);
	OK(uplink_room(sc, id, &units));
	CHECK_INT(units, 0);
}

TEST(names_of_appliances_are_bounded_and_unique)
{
	struct appliance *rows;
	int64_t id;
	size_t n;

	start(sc, kit);
	planned(sc, "b");
	planned(sc, " a ");
	CHECK_INT(appliance_plan(sc, "a", &id), ERR_CONFLICT);
	CHECK_INT(appliance_plan(sc, "  ", &id), ERR_INPUT);
	OK(appliance_list(sc, NULL, 1, &rows, &n));
	CHECK_TEXT(rows[0].name, "a");
	OK(appliance_list(sc, "a", 5, &rows, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(rows[0].name, "b");
}

/* ---- files ---- */

TEST(certificate_files_are_made_once_and_again_when_they_no_longer_fit)
{
	struct hub *hub = start(sc, kit);
	struct config changed = *hub->config;
	int made = -1;

	OK(authority_write(sc, &made));
	CHECK_INT(made, 0);
	changed.agents_url = "https://hub.example.com";
	hub->config = &changed;
	OK(authority_write(sc, &made));
	CHECK_INT(made, 1);
	kit->real_ms += 300 * DAY_MS;
	OK(authority_write(sc, &made));
	CHECK_INT(made, 3);
}
