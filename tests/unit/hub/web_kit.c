/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web_kit.h"

#include <curl/curl.h>

#include "config.h"
#include "guard/host.h"
#include "guard/principal.h"
#include "people/account.h"
#include "people/session.h"
#include "tenant/apikey.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/workspace.h"

/* What every tenant starts with; the kit made only its row. */
static enum err write_start(struct scope *sc, void *arg)
{
	int64_t id;
	enum err e = role_start(sc);

	(void)arg;
	return e ? e : workspace_add(sc, "First", "UTC", &id);
}

struct web_kit *web_kit_start(struct scope *sc, struct kit *kit, const struct route *routes)
{
	struct config *config = arena_alloc(sc->mem, sizeof *config);
	struct web_kit *w = arena_alloc(sc->mem, sizeof *w);
	struct web_config c = { .listener = WEB_PUBLIC,
		.listen = "127.0.0.1:0",
		.threads = 2,
		.spool_dir = kit_folder(sc),
		.routes = routes };

	w->sc = sc;
	w->hub = kit_hub_store(sc, kit);
	OK(config_parse(sc, &hub_config, "test",
		"database = sqlite:/x\nmaster_key_file = /x\nstate_dir = /x\n"
		"app_url = http://127.0.0.1:1\nlink_url = http://localhost:1\n"
		"agents_url = https://127.0.0.1:2\n",
		config));
	w->hub->config = config;
	OK(web_start(w->hub, &c, &w->web));
	w->app = arena_printf(sc->mem, "http://127.0.0.1:%d", web_port(w->web));
	w->link = arena_printf(sc->mem, "http://localhost:%d", web_port(w->web));
	OK(host_ensure(sc, w->app, HOST_APP));
	OK(host_ensure(sc, w->link, HOST_LINK));
	OK(db_write(sc, write_start, NULL));
	return w;
}

void web_kit_stop(struct web_kit *w)
{
	web_stop(w->web);
	w->web = NULL;
}

struct sink {
	struct out text;
	const char *until;
};

static size_t collect(char *data, size_t size, size_t n, void *to)
{
	struct sink *s = to;

	out_bytes(&s->text, data, size * n);
	return s->until && strstr(s->text.data, s->until) ? 0 : size * n;
}

static struct curl_slist *add(
	struct web_kit *w, struct curl_slist *list, const char *name, const char *value)
{
	if (!value)
		return list;
	return curl_slist_append(list, arena_printf(w->sc->mem, "%s: %s", name, value));
}

static struct curl_slist *headers(struct web_kit *w, const char *body)
{
	struct curl_slist *list = add(w, NULL, "X-CSRF-Token", w->csrf);

	if (w->key)
		list = add(w, list, "Authorization", arena_printf(w->sc->mem, "Bearer %s", w->key));
	if (body)
		list = add(w, list, "Content-Type",
			w->type ? w->type : "application/x-www-form-urlencoded");
	if (w->header)
		list = curl_slist_append(list, w->header);
	return list;
}

const char *reply_head(struct web_kit *w, const struct reply *r, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = r->head; at && *at; at += strspn(at, "\r\n")) {
		if (strncasecmp(at, name, len) == 0 && at[len] == ':')
			return arena_copy(w->sc->mem, at + len + 2, strcspn(at + len + 2, "\r\n"));
		at += strcspn(at, "\r\n");
	}
	return NULL;
}

struct reply web_kit_do(struct web_kit *w, const char *method, const char *path, const char *body)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *list = headers(w, body);
	struct reply r = { 0 };
	struct sink head = { .until = NULL }, text = { .until = w->until };
	long status = 0;

	out_init(&head.text, w->sc->mem);
	out_init(&text.text, w->sc->mem);
	if (path[0] == '/')
		path = arena_printf(w->sc->mem, "%s%s", w->app, path);
	curl_easy_setopt(curl, CURLOPT_URL, path);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
	if (w->jar) {
		curl_easy_setopt(curl, CURLOPT_COOKIEFILE, w->jar);
		curl_easy_setopt(curl, CURLOPT_COOKIEJAR, w->jar);
	}
	if (body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(list);
	r.status = (int)status;
	r.head = head.text.data;
	r.body = text.text.data;
	r.location = reply_head(w, &r, "Location");
	return r;
}

/* ---- people ---- */

struct joining {
	int64_t account;
	const char *role;
};

static enum err write_join(struct scope *sc, void *arg)
{
	const struct joining *j = arg;

	return member_add(sc, j->account, 0, j->role);
}

int64_t web_kit_account(struct web_kit *w, const char *email, const char *role)
{
	struct scope *sc = w->sc;
	struct account_new a = {
		.email = email, .name = "Some Body", .password = WEB_KIT_PASSWORD
	};
	struct joining j = { .role = role };

	OK(account_add(sc, &a, &j.account));
	if (role)
		OK(db_write(sc, write_join, &j));
	return j.account;
}

void web_kit_signin(struct web_kit *w, const char *email)
{
	static int number;
	struct scope *sc = w->sc;
	struct signin s = { .email = email, .password = WEB_KIT_PASSWORD, .from = "test" };
	struct principal p;
	const char *token;
	FILE *jar;

	OK(session_signin(sc, &s, &token));
	OK(principal_of_session(sc, token, &p));
	w->csrf = p.csrf;
	w->key = NULL;
	w->jar = arena_printf(sc->mem, "%s/jar%d", kit_folder(sc), number++);
	jar = fopen(w->jar, "we");
	NEED(jar != NULL);
	fprintf(jar, "#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tpm_session\t%s\n", token);
	fclose(jar);
}

const char *web_kit_key(struct web_kit *w, int64_t account, const char *rights)
{
	struct scope *sc = w->sc;
	struct apikey_new k = { .name = "test", .rights = rights, .account = account };
	const char *token;

	OK(apikey_add(sc, &k, &token));
	return token;
}
