/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The certificates of this hub and its broker as files, for libraries that read nothing else. */
#include "base/file.h"
#include "config.h"
#include "fleet/authority.h"
#include "fleet/uplink.h"
#include "text/url.h"

/* Private authorities: a longer life than the public web's costs nothing, as each start looks. */
#define SERVER_MS (397 * DAY_MS)
#define HUB_MS    (90 * DAY_MS)
#define BEFORE_MS DAY_MS
/* A broker that was not told for a month still takes the list. */
#define CRL_MS  (30 * DAY_MS)
#define PEM_MAX (64 * 1024)

static const char *place(struct scope *sc, const char *name)
{
	return arena_printf(sc->mem, "%s/%s", hub_of(sc)->config->state_dir, name);
}

struct authority_files authority_paths(struct scope *sc)
{
	return (struct authority_files){
		.server_ca = place(sc, "server-ca.pem"),
		.agent_ca = place(sc, "agent-ca.pem"),
		.hub_ca = place(sc, "hub-ca.pem"),
		.agents_cert = place(sc, "agents.crt"),
		.agents_key = place(sc, "agents.key"),
		.hub_cert = place(sc, "hub.crt"),
		.hub_key = place(sc, "hub.key"),
		.broker_cert = place(sc, "broker.crt"),
		.broker_key = place(sc, "broker.key"),
		.crl = place(sc, "revoked.pem"),
	};
}

/* The host of an address as a certificate names it. */
static const char *host_of(struct scope *sc, const char *address)
{
	struct url u;

	if (!address || url_parse(sc, address, &u)) {
		scope_clear(sc);
		return "localhost";
	}
	if (u.host[0] != '[')
		return u.host;
	return arena_copy(sc->mem, u.host + 1, strcspn(u.host + 1, "]"));
}

/* A certificate with its key, and what makes it fit. */
struct leaf {
	const char *cert_file, *key_file;
	enum authority by;
	const char *names[3]; /* of a server, ended by NULL; empty for the hub's client */
	int64_t life_ms;
};

static bool covers(struct scope *sc, const char *cert, const char *const *names)
{
	for (; *names; names++)
		if (!x509_names(sc, cert, *names))
			return false;
	return true;
}

static bool still_fits(struct scope *sc, const struct leaf *l, const struct x509_pair *ca)
{
	struct x509_info info;
	struct bytes cert, key;
	bool fits = file_read(sc, l->cert_file, PEM_MAX, &cert) == ERR_NONE &&
		    file_read(sc, l->key_file, PEM_MAX, &key) == ERR_NONE &&
		    x509_read(sc, cert.data, &info) == ERR_NONE &&
		    x509_check(sc, ca->cert, cert.data) == ERR_NONE &&
		    covers(sc, cert.data, l->names) &&
		    now_real(sc).ms < info.until - l->life_ms / 3;

	scope_clear(sc);
	return fits;
}

static enum err put(struct scope *sc, const char *path, const char *text)
{
	return file_write(sc, path, 0600, bytes_of(text, strlen(text)));
}

static enum err keep_fresh(struct scope *sc, const struct leaf *l, int *changed)
{
	int64_t now = now_real(sc).ms;
	struct x509_pair ca, made;
	enum err e = authority_pair(sc, l->by, &ca);

	if (e || still_fits(sc, l, &ca))
		return e;
	if (l->names[0])
		e = x509_server(sc, &ca, l->names, now - BEFORE_MS, now + l->life_ms, &made);
	else
		e = x509_client(sc, &ca, "hub", now - BEFORE_MS, now + l->life_ms, &made);
	/* The key first: a crash in between leaves a pair that does not match and is made anew. */
	if (!e)
		e = put(sc, l->cert_file, "");
	if (!e)
		e = put(sc, l->key_file, made.key);
	if (!e)
		e = put(sc, l->cert_file, made.cert);
	if (!e)
		*changed += 1;
	return e;
}

static enum err write_bundle(struct scope *sc, enum authority kind, const char *path)
{
	const char *pem;
	enum err e = authority_bundle(sc, kind, &pem);

	return e ? e : put(sc, path, pem);
}

enum err authority_crl(struct scope *sc, const char **pem)
{
	int64_t now = now_real(sc).ms;
	const char **serials;
	struct x509_pair ca;
	size_t n;
	enum err e = authority_pair(sc, AUTHORITY_AGENT, &ca);

	if (!e)
		e = uplink_revoked(sc, &serials, &n);
	if (!e)
		e = x509_crl(sc, &ca, serials, n, now - BEFORE_MS, now + CRL_MS, pem);
	return e;
}

enum err authority_write(struct scope *sc, int *changed)
{
	const struct config *c = hub_of(sc)->config;
	struct authority_files f = authority_paths(sc);
	const char *crl,
		*second = str_eq(c->broker_agent_host, c->broker_host) ? NULL : c->broker_host;
	const struct leaf leaves[] = {
		{ f.agents_cert, f.agents_key, AUTHORITY_SERVER, { host_of(sc, c->agents_url) },
			SERVER_MS },
		{ f.broker_cert, f.broker_key, AUTHORITY_SERVER, { c->broker_agent_host, second },
			SERVER_MS },
		{ f.hub_cert, f.hub_key, AUTHORITY_HUB, { NULL }, HUB_MS },
	};
	int made = 0;
	enum err e = write_bundle(sc, AUTHORITY_SERVER, f.server_ca);

	if (!e)
		e = write_bundle(sc, AUTHORITY_AGENT, f.agent_ca);
	if (!e)
		e = write_bundle(sc, AUTHORITY_HUB, f.hub_ca);
	for (size_t i = 0; !e && i < COUNT(leaves); i++)
		e = keep_fresh(sc, &leaves[i], &made);
	if (!e)
		e = authority_crl(sc, &crl);
	if (!e)
		e = put(sc, f.crl, crl);
	if (!e && changed)
		*changed = made;
	return e;
}
