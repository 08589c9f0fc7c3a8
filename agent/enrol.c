/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "enrol.h"

#include <unistd.h>

#include "base/file.h"
#include "base/id.h"
#include "crypt/seal.h"
#include "crypt/secret.h"
#include "crypt/x509.h"
#include "net/http.h"
#include "text/json.h"

#define FILE_MAX_BYTES (64 * 1024)
#define ANSWER_MAX     (256 * 1024)
#define SECRET_MODE    0600

static const char *place(struct scope *sc, const char *state_dir, const char *name)
{
	return arena_printf(sc->mem, "%s/%s", state_dir, name);
}

static enum err put(struct scope *sc, const char *state_dir, const char *name, const char *text)
{
	return file_write(
		sc, place(sc, state_dir, name), SECRET_MODE, bytes_of(text, strlen(text)));
}

static void free_http(struct http **h)
{
	http_free(*h);
}

/* ---- what the files say ---- */

static enum err load_seal(struct scope *sc, const char *state_dir, struct identity *out)
{
	unsigned char pair[64];
	const char *hex;
	enum err e = file_text(sc, place(sc, state_dir, "seal.key"), FILE_MAX_BYTES, &hex);

	if (e)
		return e;
	if (!str_unhex(hex, pair, sizeof pair))
		return fail(sc, ERR_INPUT, "%s is damaged", place(sc, state_dir, "seal.key"));
	memcpy(out->seal_public, pair, 32);
	memcpy(out->seal_secret, pair + 32, 32);
	explicit_bzero(pair, sizeof pair);
	return ERR_NONE;
}

static enum err load_cert(struct scope *sc, struct identity *out)
{
	struct x509_info info;
	struct bytes pem;
	enum err e = file_read(sc, out->cert_file, FILE_MAX_BYTES, &pem);

	if (!e)
		e = x509_read(sc, pem.data, &info);
	if (e)
		return e;
	if (!str_eq(info.cn, out->id))
		return fail(sc, ERR_INPUT, "The certificate is another appliance's: %s", info.cn);
	out->cert_from = info.from;
	out->cert_until = info.until;
	return ERR_NONE;
}

enum err enrol_load(struct scope *sc, const char *state_dir, struct identity *out)
{
	struct identity id = { 0 };
	struct bytes link;
	enum err e = file_text(sc, place(sc, state_dir, "appliance"), 64, &id.id);

	if (e == ERR_MISSING)
		return fail(sc, e, "This machine is not enrolled: penguin-agent enrol TOKEN");
	if (e)
		return e;
	if (!id_parse(id.id, ID_APPLIANCE, &id.appliance))
		return fail(sc, ERR_INPUT, "%s is damaged", place(sc, state_dir, "appliance"));
	id.ca_file = place(sc, state_dir, "ca.pem");
	id.cert_file = id.key_file = place(sc, state_dir, "agent.pem");
	e = load_cert(sc, &id);
	if (!e)
		e = load_seal(sc, state_dir, &id);
	if (!e)
		e = file_read(sc, place(sc, state_dir, "link.json"), FILE_MAX_BYTES, &link);
	if (!e)
		e = wire_get_link(sc, link, &id.link);
	if (!e)
		*out = id;
	return e;
}

enum err enrol_keep_link(struct scope *sc, const char *state_dir, const struct part_link *link)
{
	enum err e = put(sc, state_dir, "ca.pem", link->ca);

	return e ? e
		 : file_write(sc, place(sc, state_dir, "link.json"), SECRET_MODE,
			   wire_put_link(sc, link));
}

/* ---- joining ---- */

/* The one certificate of BUNDLE whose key is the one the token names: only that is trusted,
   whatever else somebody in between may have put there. */
static enum err pinned(
	struct scope *sc, const char *bundle, const unsigned char sha256[32], const char **pem)
{
	static const char end[] = "-----END CERTIFICATE-----";

	for (const char *at = bundle, *stop; (stop = strstr(at, end)); at = stop + strlen(end)) {
		const char *one = arena_printf(sc->mem, "%.*s%s\n", (int)(stop - at), at, end);
		struct x509_info info;

		if (x509_read(sc, one, &info) == ERR_NONE &&
			same_bytes(info.key_sha256, sha256, 32)) {
			scope_clear(sc);
			*pem = one;
			return ERR_NONE;
		}
	}
	return fail(sc, ERR_DENIED,
		"The server that answers is not the hub this token is from: nothing was sent to it");
}

static enum err fetch_ca(
	struct scope *sc, struct http *h, const struct enrol_token *token, const char **pem)
{
	struct http_answer a;
	enum err e = http_do(sc, h,
		&(struct http_request){ .method = "GET",
			.url = arena_printf(sc->mem, "%s/enrol/ca.pem", token->url),
			.max_answer = FILE_MAX_BYTES,
			.unverified = true },
		&a);

	if (e)
		return e;
	if (a.status != 200)
		return fail(sc, ERR_UPSTREAM, "%s/enrol/ca.pem answers %d", token->url, a.status);
	return pinned(sc, a.body.data, token->ca_sha256, pem);
}

/* POSTs BODY; any other status than 200 is the hub's no, with its reason. */
static enum err post(struct scope *sc, const char *url, const char *ca_file, struct bytes body,
	struct http_answer *a)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	CLEANUP(free_http) struct http *h = http_new();
	const struct json *said = NULL;
	const char *why = NULL;
	enum err e = http_do(sc, h,
		&(struct http_request){ .method = "POST",
			.url = url,
			.headers = headers,
			.body = body,
			.max_answer = ANSWER_MAX,
			.ca_file = ca_file },
		a);

	if (e || a->status == 200)
		return e;
	if (json_parse(sc, a->body, ANSWER_MAX, &said) == ERR_NONE)
		why = json_text(said, "message");
	return fail(sc, a->status >= 500 ? ERR_UPSTREAM : ERR_DENIED, "The hub refuses (%d): %s",
		a->status, why ? why : "no reason given");
}

struct joining {
	const char *state_dir;
	struct enrol_token token;
	const char *ca_file; /* holds the pinned authority while enrolling */
	struct x509_pair request;
	unsigned char seal[64]; /* public, secret */
	struct wire_enrolled answer;
};

static enum err ask(struct scope *sc, struct joining *j)
{
	struct wire_enrol m = { .secret = j->token.secret,
		.csr = j->request.cert,
		.seal_key = str_hex(sc->mem, j->seal, 32),
		.version = VERSION };
	struct http_answer a;
	enum err e = post(sc, arena_printf(sc->mem, "%s/enrol", j->token.url), j->ca_file,
		wire_put_enrol(sc, &m), &a);

	return e ? e : wire_get_enrolled(sc, a.body, &j->answer);
}

static enum err check_answer(struct scope *sc, const struct joining *j, struct part_link *link)
{
	const char *id = id_format(sc->mem, ID_APPLIANCE, j->answer.appliance);
	struct bytes words = bytes_of(id, strlen(id)), proof;
	struct x509_info info;
	enum err e = x509_read(sc, j->answer.cert, &info);

	if (!e && !str_eq(info.cn, id))
		e = fail(sc, ERR_UPSTREAM, "The hub's certificate is for another appliance");
	if (!e)
		e = x509_prove(sc, j->request.key, words, &proof);
	if (!e)
		e = x509_verify(sc, j->answer.cert, words, proof);
	if (!e)
		e = wire_get_link(sc, bytes_of(j->answer.link, strlen(j->answer.link)), link);
	return e;
}

static enum err keep(struct scope *sc, const struct joining *j, const struct part_link *link)
{
	const char *dir = j->state_dir;
	enum err e = enrol_keep_link(sc, dir, link);

	if (!e)
		e = put(sc, dir, "seal.key", str_hex(sc->mem, j->seal, sizeof j->seal));
	if (!e)
		e = put(sc, dir, "agent.pem",
			arena_printf(sc->mem, "%s%s", j->answer.cert, j->request.key));
	if (!e)
		e = put(sc, dir, "appliance",
			arena_printf(sc->mem, "%s\n",
				id_format(sc->mem, ID_APPLIANCE, j->answer.appliance)));
	return e;
}

static enum err join(struct scope *sc, struct joining *j)
{
	struct part_link link;
	enum err e = x509_request(sc, "appliance", &j->request);

	if (e)
		return e;
	seal_pair_make(j->seal, j->seal + 32);
	e = ask(sc, j);
	if (!e)
		e = check_answer(sc, j, &link);
	if (!e)
		e = keep(sc, j, &link);
	return e;
}

static enum err may_join(struct scope *sc, const char *state_dir, bool force)
{
	const char *before;
	enum err e = file_folder(sc, state_dir, 0700);

	if (e || force)
		return e;
	e = file_text(sc, place(sc, state_dir, "appliance"), 64, &before);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e ? e
		 : fail(sc, ERR_CONFLICT, "This machine is %s already; --force enrols it anew",
			   before);
}

enum err enrol(struct scope *sc, const char *state_dir, const char *token, bool force,
	struct identity *out)
{
	CLEANUP(free_http) struct http *h = http_new();
	struct joining j = { .state_dir = state_dir };
	const char *pem = NULL;
	enum err e = enrol_token_get(sc, token, &j.token);

	if (!e)
		e = may_join(sc, state_dir, force);
	if (!e)
		e = fetch_ca(sc, h, &j.token, &pem);
	if (e)
		return e;
	j.ca_file = place(sc, state_dir, "enrol-ca.pem");
	e = put(sc, state_dir, "enrol-ca.pem", pem);
	if (!e)
		e = join(sc, &j);
	unlink(j.ca_file);
	unlink(place(sc, state_dir, "next.key"));
	explicit_bzero(j.seal, sizeof j.seal);
	return e ? e : enrol_load(sc, state_dir, out);
}

/* ---- renewing ---- */

bool renew_is_due(const struct scope *sc, const struct identity *id)
{
	return now_real(sc).ms >= id->cert_from + (id->cert_until - id->cert_from) / 3;
}

/* The key that waits: the one of an earlier ask, so that a late answer still fits. */
static enum err next_key(struct scope *sc, const char *state_dir, const char **key)
{
	struct x509_pair made;
	struct bytes stands;
	enum err e = file_read(sc, place(sc, state_dir, "next.key"), FILE_MAX_BYTES, &stands);

	if (!e) {
		*key = stands.data;
		return ERR_NONE;
	}
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	e = x509_request(sc, "appliance", &made);
	if (!e)
		e = put(sc, state_dir, "next.key", made.key);
	if (!e)
		*key = made.key;
	return e;
}

enum err renew_ask(struct scope *sc, const char *state_dir, struct wire_csr *out)
{
	const char *key = NULL;
	enum err e = next_key(sc, state_dir, &key);

	return e ? e : x509_request_for(sc, "appliance", key, &out->csr);
}

enum err renew_take(
	struct scope *sc, const char *state_dir, const struct wire_cert *m, struct identity *out)
{
	struct bytes words = bytes_of("renewed", 7), proof, key;
	struct identity now;
	struct x509_info info;
	enum err e;

	if (!m->cert)
		return fail(sc, ERR_DENIED, "The hub does not renew the certificate: %s",
			m->reason ? m->reason : "no reason given");
	e = enrol_load(sc, state_dir, &now);
	if (!e)
		e = file_read(sc, place(sc, state_dir, "next.key"), FILE_MAX_BYTES, &key);
	if (!e)
		e = x509_prove(sc, key.data, words, &proof);
	if (!e)
		e = x509_verify(sc, m->cert, words, proof);
	if (!e)
		e = x509_read(sc, m->cert, &info);
	if (!e && !str_eq(info.cn, now.id))
		e = fail(sc, ERR_INPUT, "The renewed certificate is another appliance's");
	if (!e)
		e = put(sc, state_dir, "agent.pem",
			arena_printf(sc->mem, "%s%s", m->cert, (const char *)key.data));
	if (!e && m->ca)
		e = put(sc, state_dir, "ca.pem", m->ca);
	if (e)
		return e;
	unlink(place(sc, state_dir, "next.key"));
	return enrol_load(sc, state_dir, out);
}

enum err renew_expired(struct scope *sc, const char *state_dir, struct identity *out)
{
	struct wire_renew m;
	struct wire_cert answer;
	struct wire_csr csr;
	struct identity now;
	struct http_answer a;
	struct bytes pem, sig;
	enum err e = enrol_load(sc, state_dir, &now);

	if (!e)
		e = file_read(sc, now.cert_file, FILE_MAX_BYTES, &pem);
	if (!e)
		e = renew_ask(sc, state_dir, &csr);
	if (!e)
		e = x509_prove(sc, pem.data, bytes_of(csr.csr, strlen(csr.csr)), &sig);
	if (e)
		return e;
	m = (struct wire_renew){ .csr = csr.csr, .sig = str_hex(sc->mem, sig.data, sig.len) };
	/* The key behind the certificate stays here. */
	m.cert = arena_copy(sc->mem, pem.data,
		(size_t)(strstr(pem.data, "-----END CERTIFICATE-----") - (const char *)pem.data) +
			strlen("-----END CERTIFICATE-----\n"));
	e = post(sc, arena_printf(sc->mem, "%s/renew", now.link.hub_url), now.ca_file,
		wire_put_renew(sc, &m), &a);
	if (!e)
		e = wire_get_cert(sc, a.body, &answer);
	return e ? e : renew_take(sc, state_dir, &answer, out);
}
