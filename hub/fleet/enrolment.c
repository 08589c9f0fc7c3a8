/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/enrolment.h"

#include "base/id.h"
#include "config.h"
#include "crypt/secret.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/authority.h"
#include "fleet/fleet.h"
#include "fleet/uplink.h"
#include "guard/credential.h"

#define TOKEN_PREFIX "pmt"
#define BEFORE_MS    DAY_MS
/* How often an appliance's look-in is written down: each message would be a write. */
#define SEEN_STEP_MS (15 * SECOND_MS)

SQL(enrolment_by_secret, SQL_DIRECTORY,
	"SELECT id, tenant, subject, expires, used_at, revoked_at FROM credential "
	"WHERE hash = $1 AND kind = 'enrol'");
SQL(enrolment_forget, SQL_DIRECTORY,
	"UPDATE credential SET revoked_at = $3 WHERE tenant = $1 AND kind = 'enrol' "
	"AND subject = $2 AND used_at IS NULL AND revoked_at IS NULL");
SQL(enrolment_uplink, SQL_ENGINE,
	"INSERT INTO uplink (appliance, tenant) VALUES ($1, $2) ON CONFLICT (appliance) DO NOTHING");
SQL(enrolment_trust, SQL_ENGINE,
	"UPDATE uplink SET cert_serial = $2, cert_until = $3, revoked_at = NULL "
	"WHERE appliance = $1");
SQL(enrolment_cert, SQL_ENGINE,
	"INSERT INTO certificate (serial, appliance, until) VALUES ($1, $2, $3)");
/* A machine that enrols anew starts with a new key: what the old ones signed for is over. */
SQL(enrolment_old_certs, SQL_ENGINE,
	"UPDATE certificate SET revoked_at = $2 WHERE appliance = $1 AND revoked_at IS NULL");
SQL(enrolment_done, SQL_TENANT,
	"UPDATE appliance SET state = CASE WHEN state = 'planned' THEN 'active' ELSE state END, "
	"seal_key = $3, version = $4, enrolled_at = $5 WHERE tenant = $1 AND id = $2 "
	"AND state IN ('planned', 'active', 'stopped')");

SQL(enrolment_cert_revoked, SQL_ENGINE,
	"SELECT count(*) FROM certificate WHERE serial = $1 AND revoked_at IS NOT NULL");

struct ticket {
	int64_t id, tenant, subject, expires, used_at, revoked_at;
};
SHAPE(ticket_shape, struct ticket, COL(struct ticket, id), COL(struct ticket, tenant),
	COL(struct ticket, subject), COL(struct ticket, expires), COL(struct ticket, used_at),
	COL(struct ticket, revoked_at));

/* ---- the token ---- */

struct token_in {
	int64_t appliance;
	const char *secret;
};

static enum err write_token(struct scope *sc, void *arg)
{
	struct token_in *in = arg;
	int64_t now = now_real(sc).ms;
	struct appliance a;
	enum err e = appliance_find(sc, in->appliance, &a);

	if (e)
		return e;
	if (str_eq(a.state, "lost") || str_eq(a.state, "retired"))
		return fail(sc, ERR_CONFLICT, "A lost or retired appliance cannot enrol");
	e = db_run(sc, &enrolment_forget, BIND(V(sc->tenant), V(a.id), V(now)), NULL);
	if (!e)
		e = credential_issue(sc, CREDENTIAL_ENROL, TOKEN_PREFIX,
			&(struct credential){ .tenant = sc->tenant,
				.account = sc->actor.kind == ACTOR_ACCOUNT ? sc->actor.id : 0,
				.subject = a.id,
				.expires = now + ENROL_TOKEN_MS },
			&in->secret);
	if (!e)
		event_add(sc, &(struct event){ .kind = "appliance.token", .subject = a.id });
	return e;
}

enum err enrolment_token(struct scope *sc, int64_t appliance, const char **token)
{
	struct token_in in = { .appliance = appliance };
	struct enrol_token text = { .url = hub_of(sc)->config->agents_url };
	struct x509_pair ca;
	struct x509_info info;
	/* Also by command, before a hub has ever served. */
	enum err e = authority_start(sc);

	if (!e)
		e = authority_pair(sc, AUTHORITY_SERVER, &ca);
	if (!e)
		e = x509_read(sc, ca.cert, &info);
	if (!e)
		e = db_write(sc, write_token, &in);
	if (e)
		return e;
	memcpy(text.ca_sha256, info.key_sha256, sizeof text.ca_sha256);
	text.secret = in.secret;
	*token = enrol_token_put(sc, &text);
	return ERR_NONE;
}

/* ---- certificates ---- */

struct signed_cert {
	const char *pem, *serial;
	int64_t until;
};

static enum err sign(struct scope *sc, int64_t appliance, const char *csr, struct signed_cert *out)
{
	int64_t now = now_real(sc).ms;
	struct x509_pair ca;
	struct x509_info info;
	const char *pem;
	enum err e = authority_pair(sc, AUTHORITY_AGENT, &ca);

	if (!e)
		e = x509_sign(sc, &ca, csr, id_format(sc->mem, ID_APPLIANCE, appliance),
			now - BEFORE_MS, now + AGENT_CERT_MS, &pem);
	if (!e)
		e = x509_read(sc, pem, &info);
	if (!e)
		*out = (struct signed_cert){ pem, info.serial, info.until };
	return e;
}

/* Inside a write. */
static enum err keep_cert(struct scope *sc, int64_t appliance, const struct signed_cert *c)
{
	enum err e =
		db_run(sc, &enrolment_cert, BIND(V(c->serial), V(appliance), V(c->until)), NULL);

	if (!e)
		e = db_run(
			sc, &enrolment_trust, BIND(V(appliance), V(c->serial), V(c->until)), NULL);
	return e;
}

/* ---- enrolling ---- */

struct use_in {
	struct ticket ticket;
	const struct wire_enrol *m;
	struct signed_cert cert;
	struct bytes seal_key;
};

static enum err write_use(struct scope *sc, void *arg)
{
	struct use_in *in = arg;
	int64_t now = now_real(sc).ms, appliance = in->ticket.subject, changed = 0;
	enum err e = credential_spend(sc, in->ticket.id);

	if (!e)
		e = db_run(sc, &enrolment_done,
			BIND(V(appliance), V(in->seal_key), V(in->m->version), V(now)), &changed);
	if (!e && !changed)
		return fail(sc, ERR_DENIED, "The appliance may not enrol any more");
	if (!e)
		e = db_run(sc, &enrolment_uplink, BIND(V(appliance), V(sc->tenant)), NULL);
	if (!e)
		e = db_run(sc, &enrolment_old_certs, BIND(V(appliance), V(now)), NULL);
	if (!e)
		e = keep_cert(sc, appliance, &in->cert);
	if (!e)
		e = link_put(sc, appliance);
	if (!e)
		e = control_put(sc, appliance);
	if (!e)
		event_addf(sc, "appliance.enrolled", appliance, "{\"appliance\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, appliance));
	return e;
}

struct refusal {
	int64_t appliance;
	const char *why;
};

static enum err write_refusal(struct scope *sc, void *arg)
{
	const struct refusal *r = arg;

	event_addf(sc, "enrolment.refused", r->appliance, "{\"reason\":\"%s\"}", r->why);
	return ERR_NONE;
}

/* Refuses with the same words whatever the reason: only the log knows it. */
static enum err refuse(struct scope *sc, const struct ticket *t, const char *why)
{
	struct refusal r = { .why = why };

	if (t) {
		r.appliance = t->subject;
		if (db_write(sc, write_refusal, &r))
			return sc->err;
	}
	return fail(sc, ERR_DENIED, "This enrolment token is spent, expired or not from here");
}

static const char *what_is_wrong(struct scope *sc, const struct ticket *t)
{
	if (t->used_at)
		return "spent";
	if (t->revoked_at)
		return "replaced";
	return t->expires <= now_real(sc).ms ? "expired" : NULL;
}

enum err enrolment_use(struct scope *sc, const struct wire_enrol *m, struct wire_enrolled *out)
{
	struct use_in in = { .m = m };
	unsigned char key[32];
	struct bytes link;
	const char *wrong;
	enum err e = db_one(sc, &enrolment_by_secret, BIND(V(token_hash(sc, m->secret))),
		&ticket_shape, &in.ticket);

	if (e == ERR_MISSING)
		return refuse(sc, NULL, "unknown");
	if (e)
		return e;
	sc->tenant = in.ticket.tenant;
	sc->actor = (struct actor){ .kind = ACTOR_APPLIANCE, .id = in.ticket.subject };
	wrong = what_is_wrong(sc, &in.ticket);
	if (wrong)
		return refuse(sc, &in.ticket, wrong);
	if (!str_unhex(m->seal_key, key, sizeof key))
		return fail_field(sc, "seal_key", "This is no X25519 key");
	in.seal_key = bytes_of(key, sizeof key);
	e = sign(sc, in.ticket.subject, m->csr, &in.cert);
	if (!e)
		e = db_write(sc, write_use, &in);
	if (e == ERR_AUTH)
		return refuse(sc, &in.ticket, "spent");
	if (!e)
		e = link_text(sc, &link);
	if (!e)
		*out = (struct wire_enrolled){ .appliance = in.ticket.subject,
			.cert = in.cert.pem,
			.link = arena_copy(sc->mem, link.data, link.len) };
	return e;
}

/* ---- renewing ---- */

struct renew_in {
	int64_t appliance;
	struct signed_cert cert;
};

static enum err write_renewal(struct scope *sc, void *arg)
{
	const struct renew_in *in = arg;
	enum err e = keep_cert(sc, in->appliance, &in->cert);

	if (!e)
		event_addf(sc, "appliance.renewed", in->appliance, "{\"appliance\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, in->appliance));
	return e;
}

enum err enrolment_renew(
	struct scope *sc, int64_t appliance, const char *csr, struct wire_cert *out)
{
	struct renew_in in = { .appliance = appliance };
	struct uplink u;
	const char *ca;
	enum err e = uplink_find(sc, appliance, &u);

	if (e)
		return e;
	if (u.revoked_at || u.tenant != sc->tenant)
		return fail(sc, ERR_DENIED, "This appliance is not trusted any more");
	e = sign(sc, appliance, csr, &in.cert);
	if (!e)
		e = authority_bundle(sc, AUTHORITY_SERVER, &ca);
	if (!e)
		e = db_write(sc, write_renewal, &in);
	if (!e)
		*out = (struct wire_cert){ .cert = in.cert.pem, .ca = ca, .until = in.cert.until };
	return e;
}

enum err enrolment_renew_expired(struct scope *sc, const char *cert, const char *csr,
	struct bytes sig, struct wire_cert *out)
{
	struct x509_info info;
	struct uplink u;
	const char *bundle;
	int64_t appliance = 0;
	enum err e = authority_bundle(sc, AUTHORITY_AGENT, &bundle);

	if (!e)
		e = x509_read(sc, cert, &info);
	if (!e)
		e = x509_check(sc, bundle, cert);
	if (e)
		return e;
	if (!id_parse(info.cn, ID_APPLIANCE, &appliance) || uplink_find(sc, appliance, &u))
		return fail(sc, ERR_DENIED, "This certificate names no appliance of ours");
	if (info.until + AGENT_GRACE_MS < now_real(sc).ms)
		return fail(sc, ERR_DENIED, "This certificate ran out too long ago: enrol anew");
	if (u.revoked_at || !str_eq(u.cert_serial, info.serial))
		return fail(sc, ERR_DENIED, "This certificate has been revoked or replaced");
	e = x509_verify(sc, cert, bytes_of(csr, strlen(csr)), sig);
	if (e)
		return e;
	sc->tenant = u.tenant;
	sc->actor = (struct actor){ .kind = ACTOR_APPLIANCE, .id = appliance };
	return enrolment_renew(sc, appliance, csr, out);
}

/* ---- admitting ---- */

static enum err write_seen(struct scope *sc, void *arg)
{
	return appliance_seen(sc, *(const int64_t *)arg, NULL, NULL);
}

/* Trusted still; SC is the appliance's from here on. */
static enum err admit(struct scope *sc, int64_t appliance, struct uplink *u)
{
	enum err e = uplink_find(sc, appliance, u);

	/* Its certificate is good, or the broker would not have let it in. */
	if (e == ERR_MISSING)
		return fail(sc, ERR_DENIED,
			"%s is unknown here: was it enrolled since the backup that was restored?",
			id_format(sc->mem, ID_APPLIANCE, appliance));
	if (!e && u->revoked_at)
		return fail(sc, ERR_DENIED, "The appliance is revoked");
	if (e)
		return e;
	sc->tenant = u->tenant;
	sc->actor = (struct actor){ .kind = ACTOR_APPLIANCE, .id = appliance };
	return ERR_NONE;
}

enum err enrolment_admit(struct scope *sc, int64_t appliance)
{
	struct uplink u;
	enum err e = admit(sc, appliance, &u);

	if (!e && u.seen_at < now_real(sc).ms - SEEN_STEP_MS)
		e = db_write(sc, write_seen, &appliance);
	return e;
}

enum err enrolment_admit_shown(struct scope *sc, const char *cert, int64_t *appliance)
{
	struct x509_info info;
	struct uplink u;
	const char *bundle;
	int64_t revoked = 0;
	enum err e;

	if (!cert)
		return fail(sc, ERR_AUTH, "The request shows no certificate");
	e = authority_bundle(sc, AUTHORITY_AGENT, &bundle);
	if (!e && (x509_read(sc, cert, &info) || x509_check(sc, bundle, cert) ||
			  !id_parse(info.cn, ID_APPLIANCE, appliance)))
		return fail(sc, ERR_DENIED, "This certificate is none of ours");
	if (!e && info.until <= now_real(sc).ms)
		return fail(sc, ERR_DENIED, "This certificate has run out");
	if (!e)
		e = db_int(sc, &enrolment_cert_revoked, BIND(V(info.serial)), &revoked);
	if (!e && revoked)
		return fail(sc, ERR_DENIED, "This certificate has been revoked");
	return e ? e : admit(sc, *appliance, &u);
}
