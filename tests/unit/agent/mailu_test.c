/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include "base/out.h"
#include "crypt/secret.h"
#include "mailu/api.h"
#include "mailu/mailu.h"
#include "mailu/records.h"
#include "mailu/render.h"
#include "text/json.h"

static struct part_transport slow[] = { { "slow", 5, 1 } };
static struct part_route to_slow[] = { { "dest.example", "slow" } };
static struct part_setting settings[] = { { "smtp_helo_name", "$myhostname" } };
static struct part_served served[] = { { "acme.example" }, { "other.example" } };
static struct part_target ann[] = { { "ann@acme.example" } };
static struct part_account boxes[] = { { "ann@acme.example", "Ann", NULL, 0 },
	{ "bob@other.example", NULL, NULL, 0 }, { "hello@acme.example", NULL, ann, 1 } };

static const struct part_mailu good = { .version = "2024.06.57",
	.host = "mail.acme.example",
	.domain = "acme.example",
	.postmaster = "postmaster",
	.subnet = "192.168.203.0/24",
	.address = "198.51.100.10",
	.tls = "cert",
	.selector = "k1" };
static const struct mailu_site site = { .root = "/mailu",
	.project = "mailu",
	.org = "ghcr.io/mailu",
	.prefix = "",
	.redis = "redis:alpine",
	.docker = "/run/docker.sock",
	.admin_port = 8880,
	.smtp_port = 465,
	.imap_port = 993,
	.scan_port = 11334 };
static const struct mailu_secrets secrets = { "k3y", "t0ken" };

static struct mailu_spec spec_of(struct scope *sc, const struct part_mailu *part)
{
	const struct part_accounts accounts = { served, COUNT(served), boxes, COUNT(boxes) };

	OK(mailu_check(sc, part));
	OK(accounts_check(sc, &accounts));
	return mailu_spec(sc, &site, &secrets, part, &accounts);
}

/* The service NAME of the rendered project. */
static const struct json *service_of(
	struct scope *sc, const struct mailu_spec *spec, const char *name)
{
	const char *text = mailu_compose(sc, spec);
	const struct json *json;

	OK(json_parse(sc, bytes_of(text, strlen(text)), 1 << 20, &json));
	return json_get(json_get(json, "services"), name);
}

static bool lists(const struct json *list, const char *text)
{
	JSON_EACH(item, list)
	if (str_eq(item->text, text))
		return true;
	return false;
}

TEST(only_loopback_and_one_address_are_listened_on)
{
	static const char *const all[] = { "redis", "resolver", "front", "admin", "imap", "smtp",
		"antispam" };
	struct mailu_spec spec = spec_of(sc, &good);

	for (size_t i = 0; i < COUNT(all); i++)
		JSON_EACH(port, json_get(service_of(sc, &spec, all[i]), "ports"))
	CHECK(str_starts(port->text, "127.0.0.1:") || str_eq(port->text, "198.51.100.10:25:25"));
	CHECK(lists(json_get(service_of(sc, &spec, "front"), "ports"), "198.51.100.10:25:25"));
	CHECK(lists(json_get(service_of(sc, &spec, "admin"), "ports"), "127.0.0.1:8880:8080"));
}

TEST(port_80_is_open_only_where_certificates_come_through_it)
{
	struct part_mailu part = good;
	struct mailu_spec spec = spec_of(sc, &part);

	CHECK(!strstr(mailu_compose(sc, &spec), ":80:80"));
	CHECK(!strstr(mailu_env(sc, &spec), "PORTS=25,465,993,80"));
	part.tls = "letsencrypt";
	spec = spec_of(sc, &part);
	CHECK(strstr(mailu_compose(sc, &spec), "198.51.100.10:80:80") != NULL);
	CHECK(strstr(mailu_env(sc, &spec), "PORTS=25,465,993,80") != NULL);
}

TEST(every_service_logs_to_the_journal_within_its_memory)
{
	static const char *const all[] = { "redis", "resolver", "front", "admin", "imap", "smtp",
		"antispam" };
	struct mailu_spec spec = spec_of(sc, &good);
	int64_t sum = 0;

	for (size_t i = 0; i < COUNT(all); i++) {
		const struct json *s = service_of(sc, &spec, all[i]);
		const struct json *logging = json_get(s, "logging");

		CHECK_TEXT(json_text(logging, "driver"), "journald");
		CHECK_TEXT(json_text(json_get(logging, "options"), "tag"),
			arena_printf(sc->mem, "mailu-%s", all[i]));
		sum += strtol(json_text(s, "mem_limit"), NULL, 10);
	}
	CHECK(sum <= 1800);
}

TEST(images_are_pinned_by_version_or_digest)
{
	static const char digest[] =
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct part_digest digests[] = { { "front", digest }, { "redis", digest } };
	struct part_mailu part = good;
	struct mailu_spec spec;

	part.digests = digests;
	part.digest_count = COUNT(digests);
	spec = spec_of(sc, &part);
	CHECK_TEXT(json_text(service_of(sc, &spec, "smtp"), "image"),
		"ghcr.io/mailu/postfix:2024.06.57");
	CHECK_TEXT(json_text(service_of(sc, &spec, "front"), "image"),
		arena_printf(sc->mem, "ghcr.io/mailu/nginx@%s", digest));
	CHECK_TEXT(json_text(service_of(sc, &spec, "redis"), "image"),
		arena_printf(sc->mem, "redis@%s", digest));
}

TEST(limits_of_a_transport_stand_where_the_queue_manager_looks)
{
	struct part_mailu part = good;
	struct mailu_spec spec;
	const char *cf;

	part.transports = slow;
	part.transport_count = 1;
	part.routes = to_slow;
	part.route_count = 1;
	spec = spec_of(sc, &part);
	cf = mailu_postfix_cf(sc, &spec);
	CHECK(strstr(cf, "slow_destination_rate_delay = 5s\n") != NULL);
	CHECK(strstr(cf, "slow_destination_concurrency_limit = 1\n") != NULL);
	/* With 1 each recipient would be a destination of its own, and nothing would be slowed. */
	CHECK(!strstr(cf, "recipient_limit = 1\n"));
	CHECK(strstr(cf, "enable_long_queue_ids = yes\n") != NULL);
	CHECK_TEXT(mailu_postfix_master(sc, &spec),
		"slow/unix=slow unix - - n - - smtp -o syslog_name=postfix-slow\n");
	CHECK_TEXT(mailu_transport_map(sc, &spec), "dest.example slow:\n");
}

/* MailU hands each line to a shell in double quotes. */
TEST(a_dollar_of_an_override_survives_the_shell)
{
	struct part_mailu part = good;
	struct mailu_spec spec;

	part.settings = settings;
	part.setting_count = 1;
	spec = spec_of(sc, &part);
	CHECK(strstr(mailu_postfix_cf(sc, &spec), "smtp_helo_name = \\$myhostname\n") != NULL);
}

static const char *label_of(struct scope *sc, const struct mailu_spec *spec, const char *service)
{
	return json_text(json_get(service_of(sc, spec, service), "labels"), "penguin.overrides");
}

TEST(an_override_makes_only_its_own_service_anew)
{
	struct part_mailu part = good;
	struct mailu_spec before = spec_of(sc, &good), after;

	part.settings = settings;
	part.setting_count = 1;
	after = spec_of(sc, &part);
	CHECK(!str_eq(label_of(sc, &before, "smtp"), label_of(sc, &after, "smtp")));
	CHECK_TEXT(label_of(sc, &before, "antispam"), label_of(sc, &after, "antispam"));
	CHECK_TEXT(mailu_env(sc, &before), mailu_env(sc, &after));
	CHECK_TEXT(mailu_admin_env(sc, &before), mailu_admin_env(sc, &after));
}

TEST(a_new_mailbox_changes_only_what_admin_reads)
{
	struct mailu_spec before = spec_of(sc, &good),
			  after = mailu_spec(sc, &site, &secrets, &good, NULL);

	CHECK(strstr(mailu_admin_env(sc, &before),
		      "MESSAGE_RATELIMIT_EXEMPTION=b@acme.example,b@other.example,"
		      "ann@acme.example,bob@other.example\n") != NULL);
	CHECK(!str_eq(mailu_admin_env(sc, &before), mailu_admin_env(sc, &after)));
	CHECK_TEXT(mailu_env(sc, &before), mailu_env(sc, &after));
	CHECK_TEXT(mailu_compose(sc, &before), mailu_compose(sc, &after));
}

TEST(the_resolver_has_the_last_address_and_all_others_ask_it)
{
	struct part_mailu part = good;
	struct mailu_spec spec;

	part.subnet = "10.9.8.64/26";
	spec = spec_of(sc, &part);
	CHECK_TEXT(spec.gateway, "10.9.8.65");
	CHECK_TEXT(spec.resolver, "10.9.8.126");
	CHECK(lists(json_get(service_of(sc, &spec, "smtp"), "dns"), "10.9.8.126"));
	CHECK(strstr(mailu_admin_env(sc, &spec), "AUTH_RATELIMIT_EXEMPTION=10.9.8.65/32\n") !=
		NULL);
}

/* The field that PART is refused for; "" where it is taken. */
static const char *refused(struct scope *sc, const struct part_mailu *part)
{
	const char *field = "";

	scope_clear(sc);
	if (mailu_check(sc, part)) {
		CHECK(!str_empty(sc->why));
		field = sc->field;
	}
	scope_clear(sc);
	return field;
}

TEST(versions_names_and_addresses_that_cannot_be_are_refused)
{
	static const char *const versions[] = { "latest", "master", "2024.06", "2024.13.1",
		"2024.06.5x", "2024.06.51", "2024-06-57", "20240657.1" };
	static const char *const hosts[] = { "mail", "mail..example", "Mail.acme.example",
		"a b.example", "198.51.100.10", "mail.acme.example\nX=1" };
	static const char *const addresses[] = { "0.0.0.0", "::", "localhost", "198.51.100.256",
		"" };
	struct part_mailu part = good;

	CHECK_TEXT(refused(sc, &part), "");
	for (size_t i = 0; i < COUNT(versions); i++) {
		part.version = versions[i];
		CHECK_TEXT(refused(sc, &part), "version");
	}
	part = good;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		part.host = hosts[i];
		CHECK_TEXT(refused(sc, &part), "host");
	}
	part = good;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		part.address = addresses[i];
		CHECK_TEXT(refused(sc, &part), "address");
	}
}

TEST(selectors_that_are_none_or_the_same_are_refused)
{
	struct part_mailu part = good;

	part.next = "k2";
	part.old = "k0";
	CHECK_TEXT(refused(sc, &part), "");
	part.old = "K2";
	CHECK_TEXT(refused(sc, &part), "selector");
	part.old = NULL;
	part.next = part.selector;
	CHECK_TEXT(refused(sc, &part), "selector");
	part.next = "k/2";
	CHECK_TEXT(refused(sc, &part), "selector");
}

TEST(subnets_that_cannot_be_are_refused)
{
	static const char *const subnets[] = { "192.168.203.0", "192.168.203.1/24",
		"192.168.203.0/29", "10.0.0.0/8", "203.0.113.0/24", "172.32.0.0/16", "x/24",
		"192.168.203.0/24/", "192.168.0.0/15" };
	struct part_mailu part = good;

	for (size_t i = 0; i < COUNT(subnets); i++) {
		part.subnet = subnets[i];
		CHECK_TEXT(refused(sc, &part), "subnet");
	}
}

TEST(settings_never_reach_the_shell_they_pass_through)
{
	static const char *const values[] = { "`id`", "\"", "a\\", "a\nb = c", "\t" };
	static const char *const names[] = { "x y", "x=y", "1x", "x;id", "$x" };
	struct part_setting setting = { "smtp_helo_name", "mail" };
	struct part_mailu part = good;

	part.settings = &setting;
	part.setting_count = 1;
	CHECK_TEXT(refused(sc, &part), "");
	for (size_t i = 0; i < COUNT(values); i++) {
		setting.value = values[i];
		CHECK_TEXT(refused(sc, &part), "settings");
	}
	setting.value = "mail";
	for (size_t i = 0; i < COUNT(names); i++) {
		setting.name = names[i];
		CHECK_TEXT(refused(sc, &part), "settings");
	}
}

TEST(transports_routes_and_digests_that_cannot_be_are_refused)
{
	struct part_transport two[] = { { "slow", 5, 1 }, { "slow", 9, 1 } },
			      smtp = { "smtp", 1, 1 };
	struct part_route nowhere = { "dest.example", "fast" };
	struct part_digest moving = { "front", "latest" }, unknown = { "webmail",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" };
	struct part_mailu part = good;

	part.transports = two;
	part.transport_count = 2;
	CHECK_TEXT(refused(sc, &part), "transports");
	part.transports = &smtp;
	part.transport_count = 1;
	CHECK_TEXT(refused(sc, &part), "transports");
	part = good;
	part.routes = &nowhere;
	part.route_count = 1;
	CHECK_TEXT(refused(sc, &part), "routes");
	part = good;
	part.digests = &moving;
	part.digest_count = 1;
	CHECK_TEXT(refused(sc, &part), "digests");
	part.digests = &unknown;
	CHECK_TEXT(refused(sc, &part), "digests");
}

TEST(secrets_are_made_once_and_kept)
{
	const char *file = arena_printf(sc->mem, "%s/secrets", kit_folder(sc));
	struct mailu_secrets first, again;

	OK(mailu_secrets(sc, file, &first));
	OK(mailu_secrets(sc, file, &again));
	CHECK_TEXT(first.key, again.key);
	CHECK_TEXT(first.api_token, again.api_token);
	CHECK(strlen(first.key) >= 32 && strlen(first.api_token) >= 32);
	CHECK(!str_eq(first.key, first.api_token));
}

/* ---- what MailU's API says ---- */

static enum err verdict(struct scope *sc, int status, const char *answer)
{
	enum err e = api_verdict(sc, status, bytes_of(answer, strlen(answer)), NULL);

	scope_clear(sc);
	return e;
}

TEST(an_answer_of_the_api_means_the_graver_of_status_and_code)
{
	CHECK_INT(verdict(sc, 200, "{\"name\":\"acme.example\"}"), ERR_NONE);
	CHECK_INT(verdict(sc, 200, "[]"), ERR_NONE);
	CHECK_INT(verdict(sc, 200, "{\"code\":400,\"message\":\"no domain\"}"), ERR_INPUT);
	CHECK_INT(verdict(sc, 403, "{\"message\":\"Invalid API token\"}"), ERR_AUTH);
	CHECK_INT(verdict(sc, 403, "{\"code\":200}"), ERR_AUTH);
	CHECK_INT(verdict(sc, 404, "{\"code\":404,\"message\":\"x\"}"), ERR_MISSING);
	CHECK_INT(verdict(sc, 409, "{\"code\":409}"), ERR_CONFLICT);
	CHECK_INT(verdict(sc, 415, "{}"), ERR_INPUT);
	CHECK_INT(verdict(sc, 429, "{\"message\":\"Too many attempts\"}"), ERR_LIMIT);
	CHECK_INT(verdict(sc, 500, "{\"message\":\"Internal Server Error\"}"), ERR_UPSTREAM);
	CHECK_INT(verdict(sc, 302, "{}"), ERR_UPSTREAM);
	CHECK_INT(verdict(sc, 200, "<!doctype html>"), ERR_UPSTREAM);
	CHECK_INT(verdict(sc, 200, ""), ERR_UPSTREAM);
}

TEST(a_long_text_record_is_split_and_nothing_of_it_lost)
{
	struct wire_record r;
	struct out key, line;
	const char *gap;

	out_init(&key, sc->mem);
	out_text(&key, "v=DKIM1; k=rsa; p=");
	while (key.len < 410)
		out_char(&key, (char)('a' + key.len % 26));
	out_init(&line, sc->mem);
	out_printf(&line, "k1._domainkey.acme.example. 600 IN TXT \"%s\"", key.data);
	OK(record_parse(sc, line.data, &r));
	CHECK_TEXT(r.name, "k1._domainkey.acme.example.");
	CHECK_TEXT(r.type, "TXT");
	gap = strstr(r.value, "\" \"");
	NEED(gap != NULL);
	CHECK_INT(gap - r.value, 256);
	CHECK_TEXT(arena_printf(sc->mem, "%.*s%.*s", 255, r.value + 1, (int)strlen(gap + 3) - 1,
			   gap + 3),
		key.data);
}

TEST(records_that_are_none_are_refused)
{
	static const char *const lines[] = { "", "a.", "a. 600 IN MX", "a. x IN MX 10 b.",
		"a. 600 CH TXT \"x\"", "a. 600 IN TXT x", "a. 600 IN TXT \"x",
		"a. 600 IN TXT \"x\" y", "a. 600 IN TXT \"a\\\"\"",
		"a. 600 IN MX 10 b.\nevil. 600 IN A 203.0.113.1" };
	struct wire_record r;

	OK(record_parse(sc, "acme.example. 600 IN MX 10 mail.acme.example.", &r));
	CHECK_TEXT(r.value, "10 mail.acme.example.");
	for (size_t i = 0; i < COUNT(lines); i++) {
		CHECK_INT(record_parse(sc, lines[i], &r), ERR_INPUT);
		scope_clear(sc);
	}
}

TEST(accounts_that_cannot_be_are_refused)
{
	struct part_served d[] = { { "acme.example" }, { "acme.example" } };
	struct part_target foreign[] = { { "x@else.example" } };
	struct part_account a[] = { { "ann@acme.example", NULL, NULL, 0 },
		{ "ann@acme.example", NULL, NULL, 0 } };
	const struct part_accounts twice_domain = { d, 2, NULL, 0 }, twice = { d, 1, a, 2 },
				   nowhere = { NULL, 0, a, 1 };
	struct part_account leads = { "hello@acme.example", NULL, foreign, 1 },
			    tag = { "ann+x@acme.example", NULL, NULL, 0 };
	const struct part_accounts dead = { d, 1, &leads, 1 }, tagged = { d, 1, &tag, 1 };

	CHECK_INT(accounts_check(sc, &twice_domain), ERR_INPUT);
	CHECK_INT(accounts_check(sc, &twice), ERR_INPUT);
	CHECK_TEXT(sc->why, "ann@acme.example is there twice");
	CHECK_INT(accounts_check(sc, &nowhere), ERR_INPUT);
	CHECK_INT(accounts_check(sc, &dead), ERR_INPUT);
	CHECK_INT(accounts_check(sc, &tagged), ERR_INPUT);
	d[0].name = "not a domain";
	CHECK_INT(accounts_check(sc, &twice), ERR_INPUT);
}

static void want(struct agent_kit *ak, struct part_mailu part, int64_t version)
{
	struct scope *sc = &ak->scope;
	struct bytes text = wire_put_mailu(sc, &part);

	mailu_want(
		ak->agent.mailu, "mailu", version, arena_copy(sc->mem, text.data, text.len), false);
}

TEST(mails_are_for_mailu_from_when_it_is_wanted_until_none_shall_run)
{
	struct part_mailu part = good;
	struct agent_kit ak;
	struct mailu *m;

	agent_kit_open(sc, kit, &ak);
	m = ak.agent.mailu;
	ak.config.queue_dir = "/var/spool/postfix";
	CHECK(!mailu_rules(m));
	CHECK_TEXT(mailu_queue(sc, m), "/var/spool/postfix");
	want(&ak, part, 1);
	CHECK(mailu_rules(m));
	CHECK(!mailu_works(m));
	CHECK_TEXT(mailu_health(sc, m).held, "MailU is not up yet");
	CHECK(str_ends(mailu_queue(sc, m), "/mailqueue"));
	part.off = true;
	want(&ak, part, 2);
	CHECK(!mailu_rules(m));
	CHECK_TEXT(mailu_health(sc, m).held, NULL);
	CHECK_TEXT(mailu_queue(sc, m), "/var/spool/postfix");
	agent_kit_close(&ak);
}
