/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Walks the table of routes: every row × every role × the ids of another tenant answers as the row
 * says. A new row is held by these tests without a line being added here.
 */
#include "routes.h"

#include <ctype.h>
#include <string.h>

#include "base/id.h"
#include "store/db.h"
#include "text/json.h"
#include "text/url.h"
#include "web_kit.h"

static bool is_unsafe(const struct route *row)
{
	return !str_eq(row->method, "GET");
}

/* ---- another tenant's things ---- */

#define FOREIGN    INT64_C(2002)
#define FOREIGN_ID INT64_C(4242)

/* One thing of every kind that a path can name, and a question whose answer must stay 1. What
   belongs to a workspace stands with the same id in another workspace of the own tenant, too. */
static const struct {
	struct sql insert, still;
	bool near;
} foreign[] = {
	{ { "far_account",
		  "INSERT INTO account (id, realm, email_key, email, name, state, created) VALUES"
		  " (4242, 'main', 'far@example.com', 'far@example.com', 'Far', 'active', 0)",
		  SQL_DIRECTORY },
		{ "far_account_still",
			"SELECT count(*) FROM account WHERE id = 4242 AND state = 'active'",
			SQL_DIRECTORY },
		false },
	{ { "far_member",
		  "INSERT INTO member (tenant, account, state, joined) VALUES ($1, 4242, 'active', 0)",
		  SQL_TENANT },
		{ "far_member_still",
			"SELECT count(*) FROM member WHERE tenant = $1 AND state = 'active'",
			SQL_TENANT },
		false },
	{ { "far_credential",
		  "INSERT INTO credential (hash, id, kind, tenant, account, created, expires) VALUES"
		  " ('x', 4242, 'invite', 2002, 4242, 0, 9000000000000)",
		  SQL_DIRECTORY },
		{ "far_credential_still",
			"SELECT count(*) FROM credential WHERE id = 4242 AND revoked_at IS NULL",
			SQL_DIRECTORY },
		false },
	{ { "far_appliance",
		  "INSERT INTO appliance (tenant, id, name, state, created)"
		  " VALUES ($1, 4242, 'far', 'active', 0)",
		  SQL_TENANT },
		{ "far_appliance_still",
			"SELECT count(*) FROM appliance WHERE tenant = $1 AND state = 'active'",
			SQL_TENANT },
		false },
	{ { "far_address",
		  "INSERT INTO address (tenant, id, ip, source, state, reason, decided, since,"
		  " created) VALUES ($1, 4242, '198.51.100.9', 'hand', 'available', 'hand',"
		  " 'tenant', 0, 0)",
		  SQL_TENANT },
		{ "far_address_still",
			"SELECT count(*) FROM address WHERE tenant = $1 AND state = 'available' AND pool = ''",
			SQL_TENANT },
		false },
	{ { "far_domain",
		  "INSERT INTO domain (tenant, id, workspace, name, state, created)"
		  " VALUES ($1, 4242, 1, 'far.example', 'pending', 0)",
		  SQL_TENANT },
		{ "far_domain_still",
			"SELECT count(*) FROM domain WHERE tenant = $1 AND id = 4242 AND state = 'pending'",
			SQL_TENANT },
		true },
	{ { "far_mailbox",
		  "INSERT INTO mailbox (tenant, id, workspace, domain, address, name, state, cap, gap,"
		  " jitter, days, from_minute, to_minute, zone, created) VALUES ($1, 4242, 1, 4242,"
		  " 'far@far.example', 'Far', 'active', 10, 0, 0, 127, 0, 1440, 'UTC', 0)",
		  SQL_TENANT },
		{ "far_mailbox_still",
			"SELECT count(*) FROM mailbox WHERE tenant = $1 AND id = 4242 AND state = 'active' AND cap = 10",
			SQL_TENANT },
		true },
	{ { "far_contact",
		  "INSERT INTO contact (tenant, id, workspace, email_key, email, state, created)"
		  " VALUES ($1, 4242, 1, 'p@far.example', 'p@far.example', 'active', 0)",
		  SQL_TENANT },
		{ "far_contact_still",
			"SELECT count(*) FROM contact WHERE tenant = $1 AND id = 4242 AND state = 'active'",
			SQL_TENANT },
		true },
	{ { "far_import",
		  "INSERT INTO import (tenant, id, workspace, name, state, created)"
		  " VALUES ($1, 4242, 1, 'far.csv', 'done', 0)",
		  SQL_TENANT },
		{ "far_import_still",
			"SELECT count(*) FROM import WHERE tenant = $1 AND id = 4242 AND state = 'done'",
			SQL_TENANT },
		true },
	{ { "far_campaign",
		  "INSERT INTO campaign (tenant, id, workspace, name, state, created)"
		  " VALUES ($1, 4242, 1, 'far', 'running', 0)",
		  SQL_TENANT },
		{ "far_campaign_still",
			"SELECT count(*) FROM campaign WHERE tenant = $1 AND id = 4242 AND state = 'running'",
			SQL_TENANT },
		true },
	{ { "far_message",
		  "INSERT INTO message (tenant, id, workspace, origin, key, state, rank, due, created)"
		  " VALUES ($1, 4242, 1, 'test', 'far', 'due', 0, 0, 0)",
		  SQL_TENANT },
		{ "far_message_still",
			"SELECT count(*) FROM message WHERE tenant = $1 AND id = 4242 AND state = 'due'",
			SQL_TENANT },
		true },
};

static enum err write_foreign(struct scope *sc, void *arg)
{
	enum err e = ERR_NONE;

	(void)arg;
	for (size_t i = 0; !e && i < COUNT(foreign); i++)
		if (sc->tenant == FOREIGN || foreign[i].near)
			e = db_run(sc, &foreign[i].insert, BIND_NONE, NULL);
	return e;
}

static void foreign_add(struct scope *sc)
{
	int64_t own = sc->tenant;

	kit_tenant_add(sc, FOREIGN);
	sc->tenant = FOREIGN;
	OK(db_write(sc, write_foreign, NULL));
	sc->tenant = own;
	OK(db_write(sc, write_foreign, NULL));
}

static void still(struct scope *sc, int64_t tenant)
{
	int64_t own = sc->tenant, n;

	sc->tenant = tenant;
	for (size_t i = 0; i < COUNT(foreign); i++) {
		if (tenant != FOREIGN && !foreign[i].near)
			continue;
		OK(db_int(sc, &foreign[i].still, BIND_NONE, &n));
		if (n != 1)
			fprintf(stderr, "\n%s of tenant %lld is not as it was\n",
				foreign[i].insert.name, (long long)tenant);
		CHECK_INT(n, 1);
	}
	sc->tenant = own;
}

static void foreign_still(struct scope *sc)
{
	still(sc, FOREIGN);
	still(sc, KIT_TENANT);
}

/* ---- asking ---- */

static const char *path_for(struct scope *sc, const struct route *row)
{
	struct out o;

	out_init(&o, sc->mem);
	for (const char *p = row->pattern; *p; p++) {
		if (*p == ':') {
			const char *prefix = arena_copy(sc->mem, p + 1, strcspn(p + 1, "/"));

			out_text(&o, id_format(sc->mem, prefix, FOREIGN_ID));
			p += strlen(prefix);
		} else if (*p == '*') {
			out_text(&o, "no-such-token");
		} else {
			out_char(&o, *p);
		}
	}
	return o.data;
}

static const char *good_text(struct scope *sc, const struct field *f)
{
	size_t len = f->low > 12 ? (size_t)f->low : 12;
	char *text;

	if (f->high > 0 && (int64_t)len > f->high)
		len = (size_t)f->high;
	text = arena_alloc(sc->mem, len + 1);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + i % 26);
	return text;
}

static const char *good_value(struct scope *sc, const struct field *f)
{
	switch (f->type) {
	case FIELD_EMAIL:
		return "somebody@example.com";
	case FIELD_INT:
		return arena_printf(sc->mem, "%lld", (long long)f->low);
	case FIELD_BOOL:
		return "1";
	case FIELD_ID:
	case FIELD_IDS:
		return id_format(sc->mem, f->prefix, FOREIGN_ID);
	case FIELD_CHOICE:
		return arena_copy(sc->mem, f->prefix, strcspn(f->prefix, " "));
	default:
		return good_text(sc, f);
	}
}

/* Every needed field within its limits; NULL where a form cannot carry one. */
static const char *body_for(struct scope *sc, const struct route *row)
{
	struct out o;

	out_init(&o, sc->mem);
	out_char(&o, '?');
	for (size_t i = 0; row->form && i < row->form->count; i++) {
		const struct field *f = &row->form->fields[i];

		if (!f->required)
			continue;
		if (f->type == FIELD_FILE || f->type == FIELD_JSON)
			return NULL;
		url_add(&o, f->name, good_value(sc, f));
	}
	return o.data + 1 + (o.data[1] == '&');
}

/* These end the session that asks, or what others of this test stand on. */
static bool ends_session(const struct route *row)
{
	return str_eq(row->pattern, "/sign-out") ||
	       str_starts(row->pattern, "/settings/sessions") || str_eq(row->pattern, "/live");
}

static struct reply ask(struct web_kit *w, const struct route *row)
{
	const char *path = path_for(w->sc, row), *body = body_for(w->sc, row);

	if (is_unsafe(row))
		return web_kit_do(w, row->method, path, body ? body : "");
	if (body && *body)
		path = arena_printf(w->sc->mem, "%s?%s", path, body);
	return web_kit_do(w, row->method, path, NULL);
}

static void say(const struct route *row, const char *who, const struct reply *r)
{
	fprintf(stderr, "\n%s %s as %s answers %d\n", row->method, row->pattern, who, r->status);
}

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			say(row, who, &r);                                                         \
		CHECK(condition);                                                                  \
	} while (0)

TEST(every_route_names_its_need_and_stands_at_its_door)
{
	size_t n = 0;

	for (const struct route *row = routes; row->method; row++, n++) {
		bool api = str_starts(row->pattern, "/api/v1/");
		bool track = str_starts(row->pattern, "/t/") || str_starts(row->pattern, "/u/");

		CHECK(row->need > NEED_UNSET && row->need < NEED_MAX);
		CHECK(row->run != NULL && !str_empty(row->summary));
		CHECK(api == (row->kind == DOOR_API));
		CHECK(track == (row->kind == DOOR_TRACK));
		CHECK((row->need == NEED_APPLIANCE) == (row->kind == DOOR_AGENT));
		if (row->need == NEED_NOBODY)
			CHECK(row->kind != DOOR_PAGE);
		if (row->form && row->kind == DOOR_API && !is_unsafe(row))
			for (size_t i = 0; i < row->form->count; i++)
				CHECK(row->form->fields[i].type != FIELD_FILE);
	}
	CHECK(n > 50);
}

static void walk_stranger(struct web_kit *w)
{
	const char *who = "a stranger";

	for (const struct route *row = routes; row->method; row++) {
		struct reply r;

		if (row->kind == DOOR_AGENT || row->kind == DOOR_TRACK)
			continue;
		r = ask(w, row);
		if (row->need == NEED_NOBODY && is_unsafe(row))
			EXPECT(r.status == 403);
		else if (row->need == NEED_NOBODY)
			EXPECT(r.status == 200 || r.status == 404);
		else if (row->kind == DOOR_API)
			EXPECT(r.status == 401);
		else
			EXPECT(r.status == 303 && str_starts(r.location, "/sign-in"));
	}
}

TEST(a_stranger_gets_nothing_from_any_route)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	walk_stranger(w);
	web_kit_stop(w);
}

static bool is_held(enum need need, const char *rights)
{
	if (need == NEED_NOBODY || need == NEED_ACCOUNT)
		return true;
	return need_name(need) && strstr(rights, need_name(need));
}

/* What is allowed may answer anything but a refusal or a fault; with ids that are not this tenant's
   it must say that there is no such thing, or, before it looks, that the input is wrong. */
static void walk_role(struct web_kit *w, const char *who, const char *rights)
{
	foreign_add(w->sc);
	for (const struct route *row = routes; row->method; row++) {
		bool held = is_held(row->need, rights);
		struct reply r;

		if (row->kind == DOOR_AGENT || row->kind == DOOR_TRACK || row->kind == DOOR_OPEN ||
			(held && ends_session(row)))
			continue;
		r = ask(w, row);
		EXPECT(r.status < 500);
		if (!held)
			EXPECT(r.status == 403);
		else if (strchr(row->pattern, ':'))
			EXPECT(r.status == 404 || (r.status == 422 && row->form));
		else
			EXPECT(r.status != 401 && r.status != 403 &&
				!(r.status == 303 && str_starts(r.location, "/sign-in")));
	}
	foreign_still(w->sc);
}

TEST(a_viewer_may_what_its_role_says)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	web_kit_account(w, "owner@example.com", "owner");
	web_kit_account(w, "v@example.com", "viewer");
	web_kit_signin(w, "v@example.com");
	walk_role(w, "viewer", "view");
	web_kit_stop(w);
}

TEST(a_member_may_what_its_role_says)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	web_kit_account(w, "owner@example.com", "owner");
	web_kit_account(w, "m@example.com", "member");
	web_kit_signin(w, "m@example.com");
	walk_role(w, "member", "view campaign contact sender");
	web_kit_stop(w);
}

TEST(an_admin_may_what_its_role_says)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	web_kit_account(w, "owner@example.com", "owner");
	web_kit_account(w, "a@example.com", "admin");
	web_kit_signin(w, "a@example.com");
	walk_role(w, "admin", "view campaign contact fleet sender member setting");
	web_kit_stop(w);
}

TEST(an_owner_may_what_its_role_says)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	web_kit_account(w, "owner@example.com", "owner");
	web_kit_signin(w, "owner@example.com");
	walk_role(w, "owner", "view campaign contact fleet sender member setting");
	web_kit_stop(w);
}

TEST(who_belongs_to_no_tenant_sees_only_itself)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	web_kit_account(w, "n@example.com", NULL);
	web_kit_signin(w, "n@example.com");
	walk_role(w, "nobody's member", "");
	web_kit_stop(w);
}

TEST(every_form_refuses_what_lacks_a_needed_field)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);
	const char *who = "owner";

	web_kit_account(w, "owner@example.com", "owner");
	web_kit_signin(w, "owner@example.com");
	for (const struct route *row = routes; row->method; row++) {
		bool needs = false;
		struct reply r;

		for (size_t i = 0; row->form && i < row->form->count; i++)
			needs = needs || row->form->fields[i].required;
		if (!needs || row->kind == DOOR_AGENT || row->kind == DOOR_TRACK ||
			row->kind == DOOR_OPEN || row->need == NEED_STAFF)
			continue;
		r = web_kit_do(w, row->method, path_for(sc, row), is_unsafe(row) ? "" : NULL);
		EXPECT(r.status == 422);
	}
	web_kit_stop(w);
}

TEST(unsafe_routes_of_a_session_refuse_without_its_token)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);
	const char *who = "owner without token";

	web_kit_account(w, "owner@example.com", "owner");
	web_kit_signin(w, "owner@example.com");
	w->csrf = NULL;
	for (const struct route *row = routes; row->method; row++) {
		struct reply r;

		if (!is_unsafe(row) || row->kind == DOOR_AGENT || row->kind == DOOR_TRACK)
			continue;
		r = ask(w, row);
		EXPECT(r.status == 403);
	}
	web_kit_stop(w);
}

TEST(the_api_document_has_every_route_of_the_api)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);
	struct reply r = web_kit_do(w, "GET", "/api/v1/openapi.json", NULL);
	const struct json *doc, *paths;
	size_t rows = 0, found = 0;

	CHECK_INT(r.status, 200);
	OK(json_parse(sc, bytes_of(r.body, strlen(r.body)), 1 << 20, &doc));
	CHECK_TEXT(json_text(doc, "openapi"), "3.1.0");
	paths = json_get(doc, "paths");
	NEED(paths != NULL);
	for (const struct route *row = routes; row->method; row++)
		rows += row->kind == DOOR_API;
	JSON_EACH(path, paths)
	{
		JSON_EACH(operation, path)
		{
			CHECK(json_text(operation, "operationId") != NULL);
			found++;
		}
	}
	CHECK_INT((int64_t)found, (int64_t)rows);
	web_kit_stop(w);
}
