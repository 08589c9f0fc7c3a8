/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Joining a hub that is a small HTTPS server with an authority of its own. */
#include "enrol.h"

#include <microhttpd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/id.h"
#include "crypt/secret.h"
#include "crypt/x509.h"
#include "kit.h"

#define APPLIANCE INT64_C(4711)

struct fake_hub {
	struct scope *sc;
	struct MHD_Daemon *daemon;
	struct x509_pair server_ca, agent_ca, server;
	const char *link;
	const char *cn;  /* of the certificate it signs */
	bool mixes_keys; /* answers with a certificate for another key */
	int asked_ca, asked_enrol, asked_renew;
	char body[4096];
	size_t len;
};

static const char *sign(struct fake_hub *h, const char *csr)
{
	struct scope *sc = h->sc;
	int64_t now = now_real(sc).ms;
	struct x509_pair other;
	const char *cert = NULL;

	OK(x509_request(sc, "x", &other));
	OK(x509_sign(sc, &h->agent_ca, h->mixes_keys ? other.cert : csr, h->cn, now - DAY_MS,
		now + 90 * DAY_MS, &cert));
	return cert;
}

static struct bytes answer(struct fake_hub *h, const char *url)
{
	struct scope *sc = h->sc;
	struct wire_enrolled enrolled = { .appliance = APPLIANCE, .link = h->link };
	struct wire_cert renewed = { .until = 1 };
	struct wire_enrol m;
	struct wire_renew r;
	unsigned char sig[256];

	if (str_eq(url, "/enrol/ca.pem")) {
		h->asked_ca++;
		return bytes_of(h->server_ca.cert, strlen(h->server_ca.cert));
	}
	if (str_eq(url, "/enrol")) {
		h->asked_enrol++;
		OK(wire_get_enrol(sc, bytes_of(h->body, h->len), &m));
		CHECK_TEXT(m.secret, "secret");
		enrolled.cert = sign(h, m.csr);
		return wire_put_enrolled(sc, &enrolled);
	}
	h->asked_renew++;
	OK(wire_get_renew(sc, bytes_of(h->body, h->len), &r));
	NEED(strlen(r.sig) / 2 <= sizeof sig && str_unhex(r.sig, sig, strlen(r.sig) / 2));
	OK(x509_verify(
		sc, r.cert, bytes_of(r.csr, strlen(r.csr)), bytes_of(sig, strlen(r.sig) / 2)));
	CHECK(strstr(r.cert, "PRIVATE KEY") == NULL);
	renewed.cert = sign(h, r.csr);
	return wire_put_cert(sc, &renewed);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **seen)
{
	struct fake_hub *h = arg;
	struct MHD_Response *r;
	enum MHD_Result ok;
	struct bytes b;

	if (!*seen) {
		h->len = 0;
		*seen = h;
		return MHD_YES;
	}
	if (*size) {
		NEED(h->len + *size < sizeof h->body);
		memcpy(h->body + h->len, data, *size);
		h->len += *size;
		*size = 0;
		return MHD_YES;
	}
	b = answer(h, url);
	r = MHD_create_response_from_buffer(
		b.len, (void *)(uintptr_t)b.data, MHD_RESPMEM_MUST_COPY);
	ok = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return ok;
}

/* Its URL. SC's arena serves its thread while the test waits for the answer. */
static const char *start(struct scope *sc, struct fake_hub *h)
{
	static const char *const names[] = { "127.0.0.1", NULL };
	int64_t now = now_real(sc).ms;
	struct part_link link = { .broker_host = "127.0.0.1", .broker_port = 1, .rate = 1 };
	struct bytes text;
	const char *url;

	*h = (struct fake_hub){ .sc = sc, .cn = id_format(sc->mem, ID_APPLIANCE, APPLIANCE) };
	OK(x509_authority(sc, "servers", now - DAY_MS, now + DAY_MS, &h->server_ca));
	OK(x509_authority(sc, "agents", now - DAY_MS, now + DAY_MS, &h->agent_ca));
	OK(x509_server(sc, &h->server_ca, names, now - DAY_MS, now + DAY_MS, &h->server));
	h->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL,
		handle, h, MHD_OPTION_HTTPS_MEM_CERT, h->server.cert, MHD_OPTION_HTTPS_MEM_KEY,
		h->server.key, MHD_OPTION_END);
	NEED(h->daemon != NULL);
	url = arena_printf(sc->mem, "https://127.0.0.1:%d",
		MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	link.hub_url = url;
	link.ca = h->server_ca.cert;
	text = wire_put_link(sc, &link);
	h->link = arena_copy(sc->mem, text.data, text.len);
	return url;
}

static const char *token_for(struct scope *sc, const struct fake_hub *h, const char *url)
{
	struct enrol_token t = { .url = url, .secret = "secret" };
	struct x509_info info;

	OK(x509_read(sc, h->server_ca.cert, &info));
	memcpy(t.ca_sha256, info.key_sha256, sizeof t.ca_sha256);
	return enrol_token_put(sc, &t);
}

/* libcurl reads the real clock, so certificates must be of today. */
static void today(struct kit *kit)
{
	kit->real_ms = (int64_t)time(NULL) * SECOND_MS;
}

TEST(a_machine_joins_and_keeps_what_it_was_given)
{
	const char *dir = arena_printf(sc->mem, "%s/state", kit_folder(sc)), *token;
	struct identity id, again;
	struct fake_hub h;

	today(kit);
	token = token_for(sc, &h, start(sc, &h));
	OK(enrol(sc, dir, token, false, &id));
	CHECK_TEXT(id.id, h.cn);
	CHECK_INT(id.appliance, APPLIANCE);
	CHECK(!renew_is_due(sc, &id));
	OK(enrol_load(sc, dir, &again));
	CHECK(same_bytes(id.seal_secret, again.seal_secret, 32));
	CHECK_INT(again.link.broker_port, 1);
	CHECK(access(arena_printf(sc->mem, "%s/enrol-ca.pem", dir), F_OK) != 0);
	/* Once more only by force. */
	CHECK_INT(enrol(sc, dir, token, false, &again), ERR_CONFLICT);
	CHECK_INT(h.asked_enrol, 1);
	OK(enrol(sc, dir, token, true, &again));
	MHD_stop_daemon(h.daemon);
}

TEST(nothing_is_sent_to_a_hub_that_the_token_does_not_name)
{
	const char *dir = arena_printf(sc->mem, "%s/state", kit_folder(sc)), *url;
	struct enrol_token t = { .secret = "secret" };
	struct x509_pair real;
	struct x509_info info;
	struct identity id;
	struct fake_hub h;

	today(kit);
	url = start(sc, &h);
	OK(x509_authority(sc, "servers", 0, now_real(sc).ms + DAY_MS, &real));
	OK(x509_read(sc, real.cert, &info));
	memcpy(t.ca_sha256, info.key_sha256, sizeof t.ca_sha256);
	t.url = url;
	CHECK_INT(enrol(sc, dir, enrol_token_put(sc, &t), false, &id), ERR_DENIED);
	CHECK_INT(h.asked_ca, 1);
	CHECK_INT(h.asked_enrol, 0);
	/* Putting the real authority beside its own helps nobody: only the real one is trusted. */
	h.server_ca.cert = arena_printf(sc->mem, "%s%s", h.server_ca.cert, real.cert);
	CHECK_INT(enrol(sc, dir, enrol_token_put(sc, &t), false, &id), ERR_UPSTREAM);
	CHECK_INT(h.asked_enrol, 0);
	CHECK_INT(enrol_load(sc, dir, &id), ERR_MISSING);
	MHD_stop_daemon(h.daemon);
}

TEST(a_certificate_for_another_machine_or_key_is_not_kept)
{
	const char *dir = arena_printf(sc->mem, "%s/state", kit_folder(sc)), *token;
	struct identity id;
	struct fake_hub h;

	today(kit);
	token = token_for(sc, &h, start(sc, &h));
	h.mixes_keys = true;
	CHECK(enrol(sc, dir, token, false, &id) != ERR_NONE);
	h.mixes_keys = false;
	h.cn = "app_somebodyelse0";
	CHECK(enrol(sc, dir, token, false, &id) != ERR_NONE);
	CHECK_INT(enrol_load(sc, dir, &id), ERR_MISSING);
	CHECK_INT(enrol(sc, dir, "pme_nonsense", false, &id), ERR_INPUT);
	MHD_stop_daemon(h.daemon);
}

TEST(a_certificate_is_renewed_with_a_new_key_over_either_way)
{
	const char *dir = arena_printf(sc->mem, "%s/state", kit_folder(sc));
	struct identity id, renewed;
	struct wire_csr csr, once_more;
	struct wire_cert m = { 0 };
	struct x509_info before, after;
	struct bytes pem;
	struct fake_hub h;

	today(kit);
	OK(enrol(sc, dir, token_for(sc, &h, start(sc, &h)), false, &id));
	OK(file_read(sc, id.cert_file, 65536, &pem));
	OK(x509_read(sc, pem.data, &before));
	kit->real_ms += 31 * DAY_MS;
	CHECK(renew_is_due(sc, &id));
	OK(renew_ask(sc, dir, &csr));
	OK(renew_ask(sc, dir, &once_more));
	m.reason = "not today";
	CHECK_INT(renew_take(sc, dir, &m, &renewed), ERR_DENIED);
	/* The answer to the first question fits after the second. */
	m.cert = sign(&h, csr.csr);
	OK(renew_take(sc, dir, &m, &renewed));
	CHECK(!renew_is_due(sc, &renewed));
	OK(file_read(sc, id.cert_file, 65536, &pem));
	OK(x509_read(sc, pem.data, &after));
	CHECK(!same_bytes(before.key_sha256, after.key_sha256, 32));
	/* A late second answer fits no key that waits. */
	CHECK(renew_take(sc, dir, &m, &renewed) != ERR_NONE);
	today(kit);
	OK(renew_expired(sc, dir, &renewed));
	CHECK_INT(h.asked_renew, 1);
	MHD_stop_daemon(h.daemon);
}
