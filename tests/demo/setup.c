/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "demo.h"

#include "base/rand.h"
#include "world/wait.h"

#define IMPORT_MS    20000
#define APPLIANCE_MS 20000

const char demo_rules[] = "*@closed.test   550 5.1.1 No such user here\n"
			  "*@greylist.test defer 2 451 4.7.1 Greylisted, come back later\n"
			  "*@slow.test     delay 400 250\n"
			  "*@flaky.test    drop 1\n";

/* ---- the two mails ---- */

static const char first_subject[] = "{{ name | split: \" \" | first }}, a question about "
				    "{{ company | default: \"your work\" }}";
static const char first_html[] =
	"<p>Hello {{ name }},</p>"
	"<p>{% if city %}greetings to {{ city }}! {% endif %}I have been reading about "
	"{{ company | default: \"your work\" }} and wondered how you handle your mail today.</p>"
	"<p><a href=\"https://www.penguin.test/tour?from={{ country | downcase }}\">Here is what we "
	"do</a> in two minutes.</p><p>Best,<br>Pia from Penguin Demo</p>";
static const char second_html[] =
	"<p>Hi {{ name | split: \" \" | first }},</p>"
	"<p>just in case my first mail went under: may I show you around?</p>"
	"<p>{% case country %}{% when \"DE\" %}Viele Grüße{% when \"NL\" %}Groeten"
	"{% else %}Best{% endcase %},<br>Pia</p>";

static enum err steps_body(struct scope *sc, int64_t version, const char **body)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_int(&o, "version", version);
	json_name(&o, "steps");
	json_open_list(&o);
	json_open(&o);
	json_add_int(&o, "wait", 0);
	json_add_text(&o, "subject", first_subject);
	json_add_text(&o, "html", first_html);
	json_add_text(&o, "text", "");
	json_close(&o);
	json_open(&o);
	json_add_int(&o, "wait", 2 * DAY_MS);
	json_add_text(&o, "subject", "");
	json_add_text(&o, "html", second_html);
	json_add_text(&o, "text", "");
	json_close(&o);
	json_close_list(&o);
	json_close(&o);
	*body = o.data;
	return ERR_NONE;
}

/* ---- by the operator's commands ---- */

static enum err make_tenant(struct scope *sc, struct demo *d, const char **key)
{
	const char *file = lab_path(d->lab, "password");
	unsigned char random[9];
	enum err e;

	rand_bytes(random, sizeof random);
	d->password = str_base64url(d->lab->mem, random, sizeof random);
	e = file_write(sc, file, d->password);
	if (!e)
		e = HUB_RUN(sc, d->lab, NULL, "user", "add", "--email", DEMO_EMAIL, "--name", "Pia",
			"--password-file", file, "--staff");
	if (!e)
		e = HUB_RUN(sc, d->lab, NULL, "tenant", "add", "--name", DEMO_TENANT, "--owner",
			DEMO_EMAIL, "--postal", "Penguin Demo, 1 Iceberg Way, 00100 Southport");
	if (!e)
		e = HUB_RUN(sc, d->lab, key, "api-key", "--tenant", DEMO_TENANT);
	return e;
}

static enum err make_appliance(struct scope *sc, struct demo *d)
{
	const char *token = NULL;
	enum err e = HUB_RUN(sc, d->lab, &token, "enrol-token", "--tenant", DEMO_TENANT,
		"--appliance", "demo-1");

	if (!e)
		e = agent_enrol(sc, d->lab, token);
	if (!e)
		e = agent_start(sc, d->lab);
	return e;
}

/* ---- by the API ---- */

static enum err wait_online(struct scope *sc, struct demo *d, const char **appliance)
{
	int64_t until = clock_mono() + APPLIANCE_MS;

	while (clock_mono() < until) {
		const struct json *answer;
		enum err e = client_do(sc, &d->api, "GET", "/api/v1/appliances", NULL, &answer);
		const struct json *list = json_get(answer, "list");

		if (e)
			return e;
		if (list && list->first && json_bool(list->first, "online", false)) {
			*appliance = json_text(list->first, "id");
			return ERR_NONE;
		}
		sleep_ms(100);
	}
	return fail(sc, ERR_UPSTREAM, "the appliance did not connect: %s",
		lab_log_tail(sc, d->lab, "agent"));
}

static enum err add_mailbox(
	struct scope *sc, struct demo *d, const char *appliance, const char *address)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "address", address);
	json_add_text(&o, "name", "Pia from Penguin Demo");
	json_add_text(&o, "appliance", appliance);
	json_add_int(&o, "cap", 40);
	json_add_int(&o, "gap", 8 * MINUTE_MS);
	json_add_int(&o, "jitter", 8 * MINUTE_MS);
	json_add_int(&o, "days", 0x7f);
	json_add_int(&o, "from_minute", 8 * 60);
	json_add_int(&o, "to_minute", 20 * 60);
	json_add_text(&o, "zone", "UTC");
	json_close(&o);
	return client_do(sc, &d->api, "POST", "/api/v1/mailboxes", o.data, NULL);
}

static enum err make_senders(struct scope *sc, struct demo *d, const char *appliance)
{
	const struct json *answer;
	enum err e = client_do(
		sc, &d->api, "POST", "/api/v1/domains", "{\"name\":\"penguin.test\"}", &answer);

	if (!e)
		e = client_do(sc, &d->api, "POST",
			arena_printf(sc->mem, "/api/v1/domains/%s/verify", json_text(answer, "id")),
			"{}", NULL);
	if (!e)
		e = add_mailbox(sc, d, appliance, "pia@penguin.test");
	if (!e)
		e = add_mailbox(sc, d, appliance, "pia.two@penguin.test");
	return e;
}

static enum err import_contacts(struct scope *sc, struct demo *d, struct bytes contacts)
{
	int64_t until = clock_mono() + IMPORT_MS;
	const struct json *answer;
	const char *path, *state = NULL;
	enum err e = client_upload(
		sc, &d->api, "/api/v1/imports", "file", "contacts.csv", contacts, &answer);

	if (e)
		return e;
	path = arena_printf(sc->mem, "/api/v1/imports/%s", json_text(answer, "id"));
	while (clock_mono() < until) {
		e = client_do(sc, &d->api, "GET", path, NULL, &answer);
		if (e)
			return e;
		state = json_text(answer, "state");
		if (str_eq(state, "done"))
			return ERR_NONE;
		if (str_eq(state, "failed"))
			break;
		sleep_ms(50);
	}
	return fail(sc, ERR_UPSTREAM, "the import is %s", state ? state : "unknown");
}

static enum err launch(struct scope *sc, struct demo *d)
{
	const struct json *answer;
	const char *path, *body = NULL;
	enum err e = client_do(sc, &d->api, "POST", "/api/v1/campaigns",
		"{\"name\":\"Say hello to the neighbours\"}", &answer);

	if (e)
		return e;
	d->campaign = arena_text(d->lab->mem, json_text(answer, "id"));
	path = arena_printf(sc->mem, "/api/v1/campaigns/%s", d->campaign);
	e = client_do(sc, &d->api, "GET", path, NULL, &answer);
	if (!e)
		e = steps_body(sc, json_int(answer, "version", 1), &body);
	if (!e)
		e = client_do(
			sc, &d->api, "PUT", arena_printf(sc->mem, "%s/steps", path), body, NULL);
	if (!e)
		e = client_do(
			sc, &d->api, "POST", arena_printf(sc->mem, "%s/launch", path), "{}", NULL);
	return e;
}

enum err demo_set_up(struct scope *sc, struct demo *d, struct bytes contacts)
{
	const char *key = NULL, *appliance = NULL;
	enum err e = make_tenant(sc, d, &key);

	if (e)
		return e;
	d->api = client_new(d->lab->app_url, arena_text(d->lab->mem, key));
	e = make_appliance(sc, d);
	if (!e)
		e = wait_online(sc, d, &appliance);
	if (!e)
		e = make_senders(sc, d, appliance);
	if (!e)
		e = import_contacts(sc, d, contacts);
	if (!e)
		e = launch(sc, d);
	return e;
}

enum err demo_progress(
	struct scope *sc, struct demo *d, const struct json **progress, const char **state)
{
	const struct json *answer;
	enum err e = client_do(sc, &d->api, "GET",
		arena_printf(sc->mem, "/api/v1/campaigns/%s", d->campaign), NULL, &answer);

	if (e)
		return e;
	*progress = json_get(answer, "progress");
	*state = json_text(answer, "state");
	return *progress ? ERR_NONE : fail(sc, ERR_UPSTREAM, "the campaign has no progress");
}
