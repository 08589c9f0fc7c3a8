/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "company.h"

#include "base/out.h"
#include "base/rand.h"

#define IMPORT_MS 30000
#define ONLINE_MS 30000

/* ---- by the operator's commands ---- */

static const char *new_password(struct lab *l)
{
	unsigned char random[12];

	rand_bytes(random, sizeof random);
	return str_base64url(l->mem, random, sizeof random);
}

enum err company_found(
	struct scope *sc, struct lab *l, const char *name, const char *email, struct company *c)
{
	const char *file = lab_path(l, "password"), *password = new_password(l), *key = NULL;
	enum err e = lab_write(sc, file, password);

	if (!e)
		e = HUB_RUN(sc, l, NULL, "user", "add", "--email", email, "--name", "Pia",
			"--password-file", file, "--staff");
	if (!e)
		e = HUB_RUN(sc, l, NULL, "tenant", "add", "--name", name, "--owner", email,
			"--postal", arena_printf(sc->mem, "%s, 1 Iceberg Way, Southport", name));
	if (!e)
		e = HUB_RUN(sc, l, &key, "api-key", "--tenant", name);
	if (e)
		return e;
	*c = (struct company){ .lab = l,
		.api = client_new(l->app_url, arena_text(l->mem, key)),
		.name = arena_text(l->mem, name),
		.email = arena_text(l->mem, email),
		.password = password };
	return ERR_NONE;
}

void company_close(struct company *c)
{
	if (c->api.http)
		client_free(&c->api);
}

enum err company_enrol(struct scope *sc, struct company *c, const char *name)
{
	const char *token = NULL;
	enum err e = HUB_RUN(
		sc, c->lab, &token, "enrol-token", "--tenant", c->name, "--appliance", name);

	if (!e)
		e = agent_enrol(sc, c->lab, token);
	if (!e)
		e = agent_start(sc, c->lab);
	return e ? e : company_wait_online(sc, c);
}

/* ---- by the API ---- */

static bool parts_are_applied(const struct json *appliance)
{
	JSON_EACH(part, json_get(appliance, "parts"))
	if (!str_eq(json_text(part, "state"), "applied"))
		return false;
	return true;
}

enum err company_wait_online(struct scope *sc, struct company *c)
{
	int64_t until = clock_mono() + ONLINE_MS * PATIENCE;

	while (clock_mono() < until) {
		const struct json *answer, *first;
		enum err e = client_do(sc, &c->api, "GET", "/api/v1/appliances", NULL, &answer);

		if (e)
			return e;
		first = json_get(answer, "list") ? json_get(answer, "list")->first : NULL;
		if (json_bool(first, "online", false) && parts_are_applied(first)) {
			c->appliance = arena_text(c->lab->mem, json_text(first, "id"));
			return ERR_NONE;
		}
		sleep_ms(100);
	}
	return fail(sc, ERR_UPSTREAM, "the appliance is not online: %s",
		lab_log_tail(sc, c->lab, "agent"));
}

enum err company_domain(struct scope *sc, struct company *c, const char *name)
{
	enum err e = client_do(sc, &c->api, "POST", "/api/v1/domains",
		arena_printf(sc->mem, "{\"name\":\"%s\"}", name), NULL);

	return e ? e
		 : HUB_RUN(sc, c->lab, NULL, "domain", "confirm", "--tenant", c->name, "--domain",
			   name);
}

enum err company_mailbox(struct scope *sc, struct company *c, const char *address,
	const struct pace_wish *pace, const char **id)
{
	const struct json *answer;
	struct out o;
	enum err e;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "address", address);
	json_add_text(&o, "name", arena_printf(sc->mem, "Pia from %s", c->name));
	json_add_text(&o, "appliance", c->appliance);
	json_add_int(&o, "cap", pace->cap);
	json_add_int(&o, "gap", pace->gap_ms);
	json_add_int(&o, "jitter", pace->jitter_ms);
	json_add_int(&o, "days", 0x7f);
	json_add_int(&o, "from_minute", pace->from_minute);
	json_add_int(&o, "to_minute", pace->to_minute);
	json_add_text(&o, "zone", "UTC");
	json_close(&o);
	e = client_do(sc, &c->api, "POST", "/api/v1/mailboxes", o.data, &answer);
	if (!e && id)
		*id = json_text(answer, "id");
	return e;
}

enum err company_import(struct scope *sc, struct company *c, struct bytes csv, const char **id)
{
	int64_t until = clock_mono() + IMPORT_MS * PATIENCE;
	const struct json *answer;
	const char *import, *state = NULL;
	enum err e =
		client_upload(sc, &c->api, "/api/v1/imports", "file", "contacts.csv", csv, &answer);

	if (e)
		return e;
	import = json_text(answer, "id");
	while (clock_mono() < until) {
		e = client_do(sc, &c->api, "GET",
			arena_printf(sc->mem, "/api/v1/imports/%s", import), NULL, &answer);
		if (e)
			return e;
		state = json_text(answer, "state");
		if (str_eq(state, "done")) {
			*id = import;
			return ERR_NONE;
		}
		if (str_eq(state, "failed"))
			break;
		sleep_ms(50);
	}
	return fail(sc, ERR_UPSTREAM, "the import is %s", state ? state : "unknown");
}

/* ---- campaigns ---- */

static const char *steps_body(
	struct scope *sc, int64_t version, const struct mail_wish *mails, size_t n)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_int(&o, "version", version);
	json_name(&o, "steps");
	json_open_list(&o);
	for (size_t i = 0; i < n; i++) {
		json_open(&o);
		json_add_int(&o, "wait", mails[i].wait_ms);
		json_add_text(&o, "subject", mails[i].subject ? mails[i].subject : "");
		json_add_text(&o, "html", mails[i].html ? mails[i].html : "");
		json_add_text(&o, "text", mails[i].text ? mails[i].text : "");
		json_close(&o);
	}
	json_close_list(&o);
	json_close(&o);
	return o.data;
}

static enum err choose(
	struct scope *sc, struct company *c, const char *path, const struct campaign_wish *w)
{
	const struct json *answer;
	enum err e = client_do(sc, &c->api, "GET", path, NULL, &answer);
	struct out o;

	if (e)
		return e;
	out_init(&o, sc->mem);
	json_open(&o);
	json_add_int(&o, "version", json_int(answer, "version", 1));
	json_add_text(&o, "name", w->name);
	if (w->import)
		json_add_text(&o, "audience", w->import);
	if (w->mailbox) {
		json_name(&o, "mailboxes");
		json_open_list(&o);
		json_put_text(&o, w->mailbox);
		json_close_list(&o);
	}
	json_close(&o);
	return client_do(sc, &c->api, "PATCH", path, o.data, NULL);
}

enum err company_campaign(
	struct scope *sc, struct company *c, const struct campaign_wish *w, const char **id)
{
	const struct json *answer;
	const char *path, *campaign;
	enum err e = client_do(sc, &c->api, "POST", "/api/v1/campaigns",
		arena_printf(sc->mem, "{\"name\":\"%s\"}", w->name), &answer);

	if (e)
		return e;
	campaign = json_text(answer, "id");
	path = arena_printf(sc->mem, "/api/v1/campaigns/%s", campaign);
	if (w->import || w->mailbox)
		e = choose(sc, c, path, w);
	if (!e)
		e = client_do(sc, &c->api, "GET", path, NULL, &answer);
	if (!e)
		e = client_do(sc, &c->api, "PUT", arena_printf(sc->mem, "%s/steps", path),
			steps_body(sc, json_int(answer, "version", 1), w->mails, w->n), NULL);
	if (!e)
		*id = campaign;
	return e;
}

enum err company_tell(struct scope *sc, struct company *c, const char *id, const char *verb)
{
	return client_do(sc, &c->api, "POST",
		arena_printf(sc->mem, "/api/v1/campaigns/%s/%s", id, verb), "{}", NULL);
}

enum err company_progress(struct scope *sc, struct company *c, const char *id,
	const struct json **progress, const char **state)
{
	const struct json *answer;
	enum err e = client_do(sc, &c->api, "GET",
		arena_printf(sc->mem, "/api/v1/campaigns/%s", id), NULL, &answer);

	if (e)
		return e;
	*progress = json_get(answer, "progress");
	if (state)
		*state = json_text(answer, "state");
	return *progress ? ERR_NONE : fail(sc, ERR_UPSTREAM, "the campaign has no progress");
}
