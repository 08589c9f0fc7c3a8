/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hub_kit.h"

#include "guard/host.h"
#include "guard/principal.h"
#include "people/account.h"
#include "people/session.h"
#include "tenant/apikey.h"
#include "tenant/audit.h"
#include "tenant/invitation.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/signup.h"
#include "tenant/tenant.h"
#include "tenant/workspace.h"

#define PASSWORD "correct horse battery"

static int64_t person(struct scope *sc, const char *email)
{
	struct account_new a = { .email = email, .name = "Some Body", .password = PASSWORD };
	int64_t id = 0;

	OK(account_add(sc, &a, &id));
	return id;
}

/* A tenant of its own whose owner SC acts for. */
static int64_t company(struct scope *sc, const char *name, const char *owner)
{
	struct tenant_new t = { .name = name, .owner = person(sc, owner) };
	int64_t tenant = 0, workspace;

	OK(tenant_add(sc, &t, &tenant, &workspace));
	sc->tenant = tenant;
	sc->workspace = workspace;
	sc->actor = (struct actor){ .kind = ACTOR_ACCOUNT, .id = t.owner };
	return t.owner;
}

static int64_t join(struct scope *sc, const char *email, const char *role)
{
	const char *token;
	int64_t id = 0;

	OK(invitation_add(sc, email, 0, role, &token));
	OK(invitation_accept(sc, token, "New One", PASSWORD, &id));
	return id;
}

TEST(a_new_tenant_has_all_it_needs)
{
	struct workspace *w;
	struct role *roles;
	struct member *m;
	struct tenant t;
	struct seal_key one, two;
	const char *rights;
	size_t n;
	int64_t owner;

	kit_hub_store(sc, kit);
	owner = company(sc, "Acme", "ann@example.com");
	OK(tenant_find(sc, &t));
	CHECK_TEXT(t.name, "Acme");
	CHECK_TEXT(t.standing, "active");
	OK(workspace_list(sc, &w, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(w[0].slug, "acme");
	OK(role_list(sc, &roles, &n));
	CHECK_INT((int64_t)n, 4);
	OK(member_list(sc, &m, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(m[0].role, ROLE_OWNER);
	OK(principal_rights(sc, owner, 0, &rights));
	CHECK(rights_have(rights, "setting") && rights_have(rights, "fleet"));
	OK(tenant_key_get(sc, 0, &one));
	OK(tenant_key_get(sc, 1, &two));
	CHECK(memcmp(one.bytes, two.bytes, sizeof one.bytes) == 0);
	CHECK(tenant_key_get(sc, 2, &two) == ERR_INTERNAL);
}

TEST(tenants_know_nothing_of_each_other)
{
	struct workspace w;
	struct member *m;
	struct seal_key mine, theirs;
	size_t n;
	int64_t owner, foreign;

	kit_hub_store(sc, kit);
	owner = company(sc, "Acme", "ann@example.com");
	foreign = sc->workspace;
	OK(tenant_key_get(sc, 0, &theirs));
	company(sc, "Other", "bob@example.com");
	OK(tenant_key_get(sc, 0, &mine));
	CHECK(memcmp(mine.bytes, theirs.bytes, sizeof mine.bytes) != 0);
	CHECK(workspace_find(sc, foreign, &w) == ERR_MISSING);
	CHECK(member_set_role(sc, owner, 0, ROLE_VIEWER) == ERR_MISSING);
	CHECK(member_remove(sc, owner) == ERR_MISSING);
	OK(member_list(sc, &m, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(m[0].email, "bob@example.com");
}

TEST(an_invitation_works_once_for_seven_days)
{
	struct invitation *list;
	struct invited in;
	const char *token, *late;
	int64_t id = 0;
	size_t n;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	OK(invitation_add(sc, "bob@example.com", 0, ROLE_MEMBER, &token));
	OK(invitation_list(sc, &list, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(list[0].role, ROLE_MEMBER);
	OK(invitation_find(sc, token, &in));
	CHECK_TEXT(in.company, "Acme");
	CHECK_INT(in.account, 0);
	CHECK(invitation_accept(sc, token, NULL, PASSWORD, &id) == ERR_INPUT);
	OK(invitation_accept(sc, token, "Bob", PASSWORD, &id));
	CHECK(invitation_accept(sc, token, "Bob", PASSWORD, &id) == ERR_AUTH);
	CHECK(invitation_add(sc, "Bob@example.com", 0, ROLE_MEMBER, &token) == ERR_CONFLICT);
	OK(invitation_add(sc, "eve@example.com", 0, ROLE_VIEWER, &late));
	kit->real_ms += 8 * DAY_MS;
	CHECK(invitation_find(sc, late, &in) == ERR_AUTH);
}

TEST(an_invited_account_must_prove_itself)
{
	const char *token, *second;
	int64_t id = 0, bob;
	struct membership *of;
	size_t n;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	bob = person(sc, "bob@example.com");
	OK(invitation_add(sc, "bob@example.com", 0, ROLE_MEMBER, &token));
	OK(invitation_add(sc, "bob@example.com", 0, ROLE_VIEWER, &second));
	CHECK(invitation_accept(sc, token, NULL, PASSWORD, &id) == ERR_AUTH);
	CHECK(invitation_accept(sc, second, NULL, "wrong", &id) == ERR_INPUT);
	OK(invitation_accept(sc, second, NULL, PASSWORD, &id));
	CHECK_INT(id, bob);
	OK(member_tenants(sc, bob, &of, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(of[0].name, "Acme");
}

TEST(nobody_gives_what_they_do_not_hold)
{
	const char *token;
	int64_t owner, admin, member;

	kit_hub_store(sc, kit);
	owner = company(sc, "Acme", "ann@example.com");
	admin = join(sc, "adam@example.com", ROLE_ADMIN);
	member = join(sc, "mia@example.com", ROLE_MEMBER);
	sc->actor.id = admin;
	CHECK(invitation_add(sc, "x@example.com", 0, ROLE_OWNER, &token) == ERR_DENIED);
	CHECK(member_set_role(sc, member, 0, ROLE_OWNER) == ERR_DENIED);
	CHECK(member_set_role(sc, owner, 0, ROLE_VIEWER) == ERR_DENIED);
	CHECK(member_remove(sc, owner) == ERR_DENIED);
	OK(member_set_role(sc, member, 0, ROLE_VIEWER));
	sc->actor.id = member;
	CHECK(invitation_add(sc, "x@example.com", 0, ROLE_ADMIN, &token) == ERR_DENIED);
}

TEST(the_last_owner_stays)
{
	int64_t owner, second;

	kit_hub_store(sc, kit);
	owner = company(sc, "Acme", "ann@example.com");
	CHECK(member_remove(sc, owner) == ERR_CONFLICT);
	CHECK(member_set_role(sc, owner, 0, ROLE_ADMIN) == ERR_CONFLICT);
	second = join(sc, "bob@example.com", ROLE_MEMBER);
	OK(member_set_role(sc, second, 0, ROLE_OWNER));
	OK(member_set_role(sc, owner, 0, ROLE_ADMIN));
}

TEST(a_removed_member_loses_sessions_and_keys)
{
	struct signin s = { "bob@example.com", PASSWORD, "192.0.2.1", NULL };
	struct apikey_new k = { .name = "script", .rights = "view campaign" };
	const char *session, *key;
	struct principal p;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	k.account = join(sc, "bob@example.com", ROLE_MEMBER);
	OK(session_signin(sc, &s, &session));
	OK(apikey_add(sc, &k, &key));
	OK(principal_of_session(sc, session, &p));
	CHECK_INT(p.tenant, sc->tenant);
	CHECK(rights_have(p.rights, "campaign"));
	OK(member_remove(sc, k.account));
	OK(principal_of_session(sc, session, &p));
	CHECK_INT(p.tenant, 0);
	CHECK_TEXT(p.rights, "");
	CHECK(principal_of_key(sc, key, &p) == ERR_AUTH);
}

TEST(a_key_never_has_more_than_its_creator_has_now)
{
	struct apikey_new k = { .name = "script", .rights = "view campaign" };
	struct credential *rows;
	struct principal p;
	const char *key;
	size_t n;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	k.account = join(sc, "bob@example.com", ROLE_MEMBER);
	k.rights = "view setting";
	CHECK(apikey_add(sc, &k, &key) == ERR_INPUT);
	CHECK_TEXT(sc->field, "rights");
	k.rights = "view campaign";
	OK(apikey_add(sc, &k, &key));
	OK(principal_of_key(sc, key, &p));
	CHECK_TEXT(p.rights, "view campaign");
	CHECK(p.actor.kind == ACTOR_KEY && p.actor.via == k.account);
	CHECK(p.workspace != 0);
	OK(member_set_role(sc, k.account, 0, ROLE_VIEWER));
	OK(principal_of_key(sc, key, &p));
	CHECK_TEXT(p.rights, "view");
	OK(apikey_list(sc, &rows, &n));
	CHECK_INT((int64_t)n, 1);
	OK(apikey_revoke(sc, rows[0].id));
	CHECK(principal_of_key(sc, key, &p) == ERR_AUTH);
	CHECK(apikey_revoke(sc, rows[0].id) == ERR_MISSING);
}

TEST(a_stop_of_a_tenant_is_written_down)
{
	struct audit *rows;
	bool active = true;
	size_t n;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	OK(tenant_stop(sc, "too many complaints"));
	OK(tenant_is_active(sc, &active));
	CHECK(!active);
	CHECK(tenant_stop(sc, "again") == ERR_CONFLICT);
	OK(tenant_resume(sc));
	CHECK(tenant_resume(sc) == ERR_CONFLICT);
	OK(audit_list(sc, &(struct audit_filter){ .limit = 10 }, &rows, &n));
	NEED(n >= 2);
	CHECK_TEXT(rows[0].action, "tenant.resumed");
	CHECK_TEXT(rows[1].action, "tenant.stopped");
}

TEST(what_the_operator_stopped_only_the_operator_lets_go_on)
{
	const struct actor person = { .kind = ACTOR_ACCOUNT, .id = 7 };
	const struct actor staff = { .kind = ACTOR_STAFF, .id = 8 };
	bool active = true;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	sc->actor = person;
	OK(tenant_stop(sc, "a pause of our own"));
	sc->actor = staff;
	OK(tenant_stop(sc, "too many complaints"));
	sc->actor = person;
	CHECK(tenant_resume(sc) == ERR_DENIED);
	OK(tenant_is_active(sc, &active));
	CHECK(!active);
	sc->actor = staff;
	OK(tenant_resume(sc));
	OK(tenant_is_active(sc, &active));
	CHECK(active);
	sc->actor = person;
	OK(tenant_stop(sc, "a pause of our own"));
	OK(tenant_resume(sc));
}

TEST(postal_address_of_the_workspace_goes_before_the_companys)
{
	struct tenant_set set = { "Acme", "en", "UTC", "Company Street 1" };
	const char *postal;

	kit_hub_store(sc, kit);
	company(sc, "Acme", "ann@example.com");
	OK(tenant_postal(sc, sc->workspace, &postal));
	CHECK_TEXT(postal, "");
	OK(tenant_set(sc, &set));
	OK(tenant_postal(sc, sc->workspace, &postal));
	CHECK_TEXT(postal, "Company Street 1");
	OK(workspace_set(sc, sc->workspace, "First", "UTC", "Other Street 2"));
	OK(tenant_postal(sc, sc->workspace, &postal));
	CHECK_TEXT(postal, "Other Street 2");
}

TEST(workspaces_of_one_name_get_slugs_of_their_own)
{
	struct workspace w;
	int64_t id;

	kit_hub_store(sc, kit);
	company(sc, "Acme & Söhne!", "ann@example.com");
	OK(workspace_find(sc, sc->workspace, &w));
	CHECK_TEXT(w.slug, "acme-s-hne");
	OK(workspace_add(sc, "acme s hne", "UTC", &id));
	OK(workspace_find(sc, id, &w));
	CHECK_TEXT(w.slug, "acme-s-hne-2");
}

TEST(addresses_come_from_the_host_table)
{
	const char *url;
	struct host h;

	kit_hub_store(sc, kit);
	CHECK(host_url(sc, HOST_APP, "/x", &url) == ERR_MISSING);
	CHECK(host_ensure(sc, "http://app.example.com", HOST_APP) == ERR_INPUT);
	CHECK(host_ensure(sc, "https://app.example.com/path", HOST_APP) == ERR_INPUT);
	OK(host_ensure(sc, "https://App.Example.com", HOST_APP));
	OK(host_url(sc, HOST_APP, "/x", &url));
	CHECK_TEXT(url, "https://app.example.com/x");
	OK(host_url(sc, HOST_LINK, "/u/x", &url));
	CHECK_TEXT(url, "https://app.example.com/u/x");
	OK(host_ensure(sc, "https://app.example.com", HOST_LINK));
	OK(host_ensure(sc, "http://localhost:8080", HOST_LINK));
	OK(host_url(sc, HOST_LINK, "/u/x", &url));
	CHECK_TEXT(url, "http://localhost:8080/u/x");
	CHECK(host_ensure(sc, "http://localhost:8080", HOST_APP) == ERR_CONFLICT);
	OK(host_find(sc, "LOCALHOST:8080", &h));
	CHECK_TEXT(h.purpose, HOST_LINK);
	CHECK(host_base(sc, HOST_TRACK, &url) == ERR_MISSING);
}

TEST(sign_up_makes_everything_at_once_and_only_after_proof)
{
	struct signup s = { "Acme", "Ann", PASSWORD, NULL };
	struct signup weak = { "Acme", "Ann", "short", NULL };
	const char *token, *again, *email;
	struct account a;
	int64_t account = 0, tenant = 0;
	bool known = true;

	kit_hub_store(sc, kit);
	OK(signup_ask(sc, "ann@example.com", "192.0.2.1", &token, &known));
	CHECK(!known);
	CHECK(account_find_email(sc, "ann@example.com", &a) == ERR_MISSING);
	OK(signup_find(sc, token, &email));
	CHECK_TEXT(email, "ann@example.com");
	CHECK(signup_use(sc, token, &weak, &account, &tenant) == ERR_INPUT);
	OK(signup_use(sc, token, &s, &account, &tenant));
	CHECK(signup_use(sc, token, &s, &account, &tenant) == ERR_AUTH);
	OK(account_find(sc, account, &a));
	CHECK(a.verified_at != 0);
	OK(signup_ask(sc, "Ann@example.com", "192.0.2.1", &again, &known));
	CHECK(known);
	CHECK(signup_use(sc, again, &s, &account, &tenant) == ERR_CONFLICT);
	OK(signup_find(sc, again, &email));
}
