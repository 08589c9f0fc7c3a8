/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The agents' listener: TLS, a client certificate where there is one, no other routes. */
#include "hub_kit.h"

#include <curl/curl.h>
#include <string.h>

#include "base/file.h"
#include "crypt/x509.h"
#include "web/server.h"

static enum err who(struct scope *sc, struct request *q, const void *input)
{
	const char *pem = request_certificate(sc, q);
	struct x509_info info = { .cn = "nobody" };
	struct out o;

	(void)input;
	if (pem && x509_read(sc, pem, &info) != ERR_NONE)
		return ERR_INPUT;
	out_init(&o, sc->mem);
	out_printf(&o, "%s %zu", info.cn, request_body(q).len);
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}

static const struct route tls_routes[] = {
	{ "POST", "/who", NEED_APPLIANCE, DOOR_AGENT, NULL, who, "Who" },
	{ "GET", "/open", NEED_NOBODY, DOOR_OPEN, NULL, who, "Open" },
	{ 0 },
};

struct place {
	struct web *web;
	struct x509_pair ca, agents;
	const char *cert_file;
};

static const char *put(struct scope *sc, const char *name, const char *text)
{
	const char *path = arena_printf(sc->mem, "%s/%s", kit_folder(sc), name);

	OK(file_write(sc, path, 0600, bytes_of(text, strlen(text))));
	return path;
}

static void start(struct scope *sc, struct kit *kit, struct place *p)
{
	static const char *const names[] = { "127.0.0.1", NULL };
	struct hub *hub = kit_hub_store(sc, kit);
	struct x509_pair server;
	struct web_config c = {
		.listener = WEB_AGENTS, .listen = "127.0.0.1:0", .threads = 2, .routes = tls_routes
	};
	int64_t from = INT64_C(1577836800000), until = INT64_C(4102444800000);

	OK(x509_authority(sc, "server", from, until, &p->ca));
	OK(x509_authority(sc, "agents", from, until, &p->agents));
	OK(x509_server(sc, &p->ca, names, from, until, &server));
	c.cert_file = put(sc, "server.pem", server.cert);
	p->cert_file = c.cert_file;
	c.key_file = put(sc, "server.key", server.key);
	c.client_ca = p->agents.cert;
	put(sc, "ca.pem", p->ca.cert);
	OK(web_start(hub, &c, &p->web));
}

static size_t collect(char *data, size_t size, size_t n, void *to)
{
	out_bytes(to, data, size * n);
	return size * n;
}

static int ask(struct scope *sc, const struct place *p, const char *path, const char *cert,
	const char **body)
{
	CURL *curl = curl_easy_init();
	struct out text;
	long status = 0;

	out_init(&text, sc->mem);
	curl_easy_setopt(curl, CURLOPT_URL,
		arena_printf(sc->mem, "https://127.0.0.1:%d%s", web_port(p->web), path));
	curl_easy_setopt(curl, CURLOPT_CAINFO, arena_printf(sc->mem, "%s/ca.pem", kit_folder(sc)));
	if (cert) {
		curl_easy_setopt(curl, CURLOPT_SSLCERT, cert);
		curl_easy_setopt(curl, CURLOPT_SSLKEY, cert);
	}
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "hello");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
	curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	*body = text.data;
	return (int)status;
}

TEST(the_agents_listener_tells_who_shows_a_certificate)
{
	struct place p;
	struct x509_pair client;
	const char *body, *cert;

	start(sc, kit, &p);
	CHECK_INT(ask(sc, &p, "/who", NULL, &body), 200);
	CHECK_TEXT(body, "nobody 5");
	OK(x509_client(sc, &p.agents, "app_0000000000001", INT64_C(1577836800000),
		INT64_C(4102444800000), &client));
	cert = put(sc, "client.pem", arena_printf(sc->mem, "%s%s", client.cert, client.key));
	CHECK_INT(ask(sc, &p, "/who", cert, &body), 200);
	CHECK_TEXT(body, "app_0000000000001 5");
	CHECK_INT(ask(sc, &p, "/open", cert, &body), 404);
	OK(web_reload(p.web));
	CHECK_INT(ask(sc, &p, "/who", NULL, &body), 200);
	/* A certificate that is gone leaves the one that works. */
	NEED(remove(p.cert_file) == 0);
	CHECK(web_reload(p.web) != ERR_NONE);
	CHECK_INT(ask(sc, &p, "/who", NULL, &body), 200);
	web_stop(p.web);
}
