/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/enrolment.h"

#include "base/id.h"
#include "config.h"
#include "fleet/appliance.h"
#include "fleet/authority.h"
#include "fleet/uplink.h"
#include "fleet_kit.h"

static const char *state_of(struct scope *sc, int64_t id)
{
	struct appliance a;

	OK(appliance_find(sc, id, &a));
	return a.state;
}

TEST(a_machine_enrols_once_with_its_token)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct x509_info info;
	struct part_link link;
	struct wire_enrol m;
	const char *token, *ca;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = fleet_kit_application(sc, token, &request);
	OK(fleet_kit_use(sc, &m, &out));
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
	CHECK_INT(fleet_kit_events(sc, id, "appliance.enrolled"), 1);
	CHECK_INT(fleet_kit_use(sc, &m, &out), ERR_DENIED);
	CHECK_INT(fleet_kit_events(sc, id, "enrolment.refused"), 1);
}

TEST(a_token_that_expired_or_was_replaced_or_is_foreign_is_refused)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol m;
	const char *first, *second;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(enrolment_token(sc, id, &first));
	OK(enrolment_token(sc, id, &second));
	m = fleet_kit_application(sc, first, &request);
	CHECK_INT(fleet_kit_use(sc, &m, &out), ERR_DENIED);
	m = fleet_kit_application(sc, second, &request);
	kit->real_ms += ENROL_TOKEN_MS;
	CHECK_INT(fleet_kit_use(sc, &m, &out), ERR_DENIED);
	CHECK_INT(fleet_kit_events(sc, id, "enrolment.refused"), 2);
	m.secret = "pmt_somebodyelses";
	CHECK_INT(fleet_kit_use(sc, &m, &out), ERR_DENIED);
	CHECK_TEXT(state_of(sc, id), "planned");
}

TEST(a_bad_request_does_not_spend_the_token)
{
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol m;
	const char *token, *good;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = fleet_kit_application(sc, token, &request);
	good = m.csr;
	m.csr = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
	CHECK_INT(fleet_kit_use(sc, &m, &out), ERR_INPUT);
	m.csr = good;
	OK(fleet_kit_use(sc, &m, &out));
}

TEST(a_lost_appliance_is_revoked_and_cannot_come_back)
{
	const char *token, **serials, *crl;
	struct scope door;
	struct wire_cert cert;
	struct x509_pair request;
	size_t n;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
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
	CHECK_INT(fleet_kit_events(sc, id, "appliance.lost"), 1);
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

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = fleet_kit_application(sc, token, &request);
	OK(fleet_kit_use(sc, &m, &out));
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

/* ---- at the agents' door ---- */

static enum err shown(struct scope *sc, const char *cert, int64_t *appliance, int64_t *tenant)
{
	struct scope door;
	enum err e;

	scope_open_for(&door, sc, 0);
	e = enrolment_admit_shown(&door, cert, appliance);
	*tenant = door.tenant;
	scope_close(&door);
	return e;
}

TEST(a_certificate_that_is_shown_admits_its_own_machine_until_it_is_worth_nothing)
{
	struct wire_enrolled out, again;
	struct x509_pair request, foreign, client;
	struct wire_enrol m;
	const char *token;
	int64_t id, who = 0, tenant = 0;

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(enrolment_token(sc, id, &token));
	m = fleet_kit_application(sc, token, &request);
	OK(fleet_kit_use(sc, &m, &out));
	OK(shown(sc, out.cert, &who, &tenant));
	CHECK_INT(who, id);
	CHECK_INT(tenant, KIT_TENANT);
	CHECK_INT(shown(sc, NULL, &who, &tenant), ERR_AUTH);
	/* Another authority's, for the same name. */
	OK(x509_authority(sc, "agents", kit->real_ms - DAY_MS, kit->real_ms + DAY_MS, &foreign));
	OK(x509_client(sc, &foreign, id_format(sc->mem, ID_APPLIANCE, id), kit->real_ms - DAY_MS,
		kit->real_ms + DAY_MS, &client));
	CHECK_INT(shown(sc, client.cert, &who, &tenant), ERR_DENIED);
	/* The machine was set up anew: what the old key says counts no more. */
	OK(enrolment_token(sc, id, &token));
	m = fleet_kit_application(sc, token, &request);
	OK(fleet_kit_use(sc, &m, &again));
	CHECK_INT(shown(sc, out.cert, &who, &tenant), ERR_DENIED);
	OK(shown(sc, again.cert, &who, &tenant));
	kit->real_ms += AGENT_CERT_MS;
	CHECK_INT(shown(sc, again.cert, &who, &tenant), ERR_DENIED);
	kit->real_ms -= AGENT_CERT_MS;
	OK(appliance_lost(sc, id, "burnt"));
	CHECK_INT(shown(sc, again.cert, &who, &tenant), ERR_DENIED);
}

/* ---- files ---- */

TEST(certificate_files_are_made_once_and_again_when_they_no_longer_fit)
{
	struct hub *hub = fleet_kit_start(sc, kit);
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
