/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/render.h"

#include "crypt/secret.h"
#include "text/json.h"

#define MAIL_BYTES "50000000"

/* ---- environment ---- */

const char *mailu_env(struct scope *sc, const struct mailu_spec *spec)
{
	static const char *const fixed[][2] = {
		{ "WEBMAIL", "none" },
		{ "WEBDAV", "none" },
		{ "ADMIN", "false" },
		{ "API", "false" },
		{ "WEB_API", "/api" },
		{ "ANTIVIRUS", "none" },
		{ "SCAN_MACROS", "false" },
		{ "FETCHMAIL_ENABLED", "false" },
		{ "MESSAGE_SIZE_LIMIT", MAIL_BYTES },
		{ "RECIPIENT_DELIMITER", "+" },
		{ "FULL_TEXT_SEARCH", "off" },
		{ "DISABLE_STATISTICS", "True" },
		{ "LOG_LEVEL", "WARNING" },
		{ "TZ", "Etc/UTC" },
	};
	const struct part_mailu *p = &spec->part;
	bool acme = str_eq(p->tls, "letsencrypt");
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "SECRET_KEY=%s\n", spec->secrets.key);
	out_printf(
		&o, "DOMAIN=%s\nHOSTNAMES=%s\nPOSTMASTER=%s\n", p->domain, p->host, p->postmaster);
	out_printf(&o, "SUBNET=%s\nTLS_FLAVOR=%s\n", p->subnet, p->tls);
	out_printf(&o, "PORTS=25,465,993%s\n", acme ? ",80" : "");
	for (size_t i = 0; i < COUNT(fixed); i++)
		out_printf(&o, "%s=%s\n", fixed[i][0], fixed[i][1]);
	return o.data;
}

/* What admin alone reads: a new mailbox restarts nothing else. */
const char *mailu_admin_env(struct scope *sc, const struct mailu_spec *spec)
{
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "API_TOKEN=%s\n", spec->secrets.api_token);
	out_printf(&o, "DKIM_SELECTOR=%s\n", spec->part.selector);
	out_printf(&o, "AUTH_RATELIMIT_EXEMPTION=%s/32\n", spec->gateway);
	out_text(&o, "AUTH_REQUIRE_TOKENS=True\n");
	out_printf(&o, "MESSAGE_RATELIMIT_EXEMPTION=%s\n", spec->exempt);
	return o.data;
}

/* ---- the Compose project ---- */

struct service {
	const char *name, *image; /* image NULL: redis' own */
	const char *mounts;       /* parted by blanks; a path of the root, and one inside */
	const char *needs;        /* parted by blanks */
	int memory_mib;           /* all of it fits a machine of 2 GiB */
	/* Adds the published ports. */
	void (*ports)(struct out *o, const struct mailu_spec *spec);
	const char *(*overrides)(struct scope *sc, const struct mailu_spec *spec);
};

static void publish(struct out *o, const char *address, int outside, int inside)
{
	json_put_text(o, arena_printf(o->mem, "%s:%d:%d", address, outside, inside));
}

static void front_ports(struct out *o, const struct mailu_spec *spec)
{
	publish(o, spec->part.address, 25, 25);
	if (str_eq(spec->part.tls, "letsencrypt"))
		publish(o, spec->part.address, 80, 80);
	publish(o, "127.0.0.1", spec->site->smtp_port, 465);
	publish(o, "127.0.0.1", spec->site->imap_port, 993);
}

/* Whoever reaches it needs no password to read all private keys: loopback only. */
static void admin_ports(struct out *o, const struct mailu_spec *spec)
{
	publish(o, "127.0.0.1", spec->site->admin_port, 8080);
}

static void scan_ports(struct out *o, const struct mailu_spec *spec)
{
	publish(o, "127.0.0.1", spec->site->scan_port, 11334);
}

static const char rspamd_signing[] = "allow_hdrfrom_mismatch = true;\n";
static const char rspamd_headers[] = "skip_authenticated = true;\nskip_local = true;\n";

static const char *smtp_overrides(struct scope *sc, const struct mailu_spec *spec)
{
	return arena_printf(sc->mem, "%s\n%s\n%s", mailu_postfix_cf(sc, spec),
		mailu_postfix_master(sc, spec), mailu_transport_map(sc, spec));
}

static const char *scan_overrides(struct scope *sc, const struct mailu_spec *spec)
{
	return arena_printf(sc->mem, "%s\n%s", rspamd_signing, rspamd_headers);
}

static const struct service services[] = {
	{ "redis", NULL, "redis:/data", "", 64, NULL, NULL },
	{ "resolver", "unbound", "", "", 128, NULL, NULL },
	{ "front", "nginx", "certs:/certs overrides/nginx:/overrides:ro", "resolver", 256,
		front_ports, NULL },
	{ "admin", "admin", "data:/data dkim:/dkim", "redis resolver", 400, admin_ports, NULL },
	{ "imap", "dovecot", "mail:/mail overrides/dovecot:/overrides:ro", "front resolver", 192,
		NULL, NULL },
	{ "smtp", "postfix", "mailqueue:/queue overrides/postfix:/overrides:ro", "front resolver",
		192, NULL, smtp_overrides },
	{ "antispam", "rspamd", "filter:/var/lib/rspamd overrides/rspamd:/overrides:ro",
		"front redis resolver", 512, scan_ports, scan_overrides },
};

static const char *image_of(
	struct scope *sc, const struct mailu_spec *spec, const struct service *s)
{
	const struct part_mailu *p = &spec->part;
	const struct mailu_site *site = spec->site;

	for (size_t i = 0; i < p->digest_count; i++)
		if (str_eq(p->digests[i].service, s->name))
			return s->image ? arena_printf(sc->mem, "%s/%s%s@%s", site->org,
						  site->prefix, s->image, p->digests[i].digest)
					: arena_printf(sc->mem, "%.*s@%s",
						  (int)strcspn(site->redis, ":"), site->redis,
						  p->digests[i].digest);
	if (!s->image)
		return site->redis;
	return arena_printf(sc->mem, "%s/%s%s:%s", site->org, site->prefix, s->image, p->version);
}

/* Each word of TEXT, with BEFORE in front of it. */
static void put_words(struct out *o, const char *text, const char *before)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		json_put_text(o, arena_printf(o->mem, "%s%.*s", before, (int)n, text));
		text += n + (text[n] == ' ');
	}
}

static void add_list(struct out *o, const char *name, const char *words, const char *before)
{
	if (!*words)
		return;
	json_name(o, name);
	json_open_list(o);
	put_words(o, words, before);
	json_close_list(o);
}

static void add_network(struct out *o, const struct mailu_spec *spec, const struct service *s)
{
	if (str_eq(s->name, "resolver")) {
		json_name(o, "networks");
		json_open(o);
		json_name(o, "default");
		json_open(o);
		json_add_text(o, "ipv4_address", spec->resolver);
		json_close(o);
		json_close(o);
		return;
	}
	json_name(o, "dns");
	json_open_list(o);
	json_put_text(o, spec->resolver);
	json_close_list(o);
}

static void add_logging(struct out *o, const struct service *s)
{
	json_name(o, "logging");
	json_open(o);
	json_add_text(o, "driver", "journald");
	json_name(o, "options");
	json_open(o);
	json_add_text(o, "tag", arena_printf(o->mem, "mailu-%s", s->name));
	json_close(o);
	json_close(o);
}

static void add_labels(
	struct scope *sc, struct out *o, const struct mailu_spec *spec, const struct service *s)
{
	unsigned char hash[HASH_BYTES];
	const char *text = s->overrides ? s->overrides(sc, spec) : "";

	sha256(bytes_of(text, strlen(text)), hash);
	json_name(o, "labels");
	json_open(o);
	json_add_text(o, "penguin.service", s->name);
	json_add_text(o, "penguin.overrides", str_hex(sc->mem, hash, 8));
	json_close(o);
}

static void add_service(
	struct scope *sc, struct out *o, const struct mailu_spec *spec, const struct service *s)
{
	const char *memory = arena_printf(sc->mem, "%dm", s->memory_mib);

	json_name(o, s->name);
	json_open(o);
	json_add_text(o, "image", image_of(sc, spec, s));
	json_add_text(o, "restart", "always");
	if (str_eq(s->name, "antispam"))
		json_add_text(o, "hostname", "antispam");
	/* No swap beyond it: a service that outgrows its share ends, not the machine. */
	json_add_text(o, "mem_limit", memory);
	add_list(o, "env_file", str_eq(s->name, "admin") ? "mailu.env admin.env" : "mailu.env", "");
	add_list(o, "volumes", s->mounts, "./");
	add_list(o, "depends_on", s->needs, "");
	add_network(o, spec, s);
	add_logging(o, s);
	add_labels(sc, o, spec, s);
	if (s->ports) {
		json_name(o, "ports");
		json_open_list(o);
		s->ports(o, spec);
		json_close_list(o);
	}
	json_close(o);
}

const char *mailu_compose(struct scope *sc, const struct mailu_spec *spec)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_name(&o, "services");
	json_open(&o);
	for (size_t i = 0; i < COUNT(services); i++)
		add_service(sc, &o, spec, &services[i]);
	json_close(&o);
	json_name(&o, "networks");
	json_open(&o);
	json_name(&o, "default");
	json_open(&o);
	json_add_text(&o, "driver", "bridge");
	json_name(&o, "ipam");
	out_printf(&o, "{\"config\":[{\"subnet\":\"%s\",\"gateway\":\"%s\"}]}", spec->part.subnet,
		spec->gateway);
	json_close(&o);
	json_close(&o);
	json_close(&o);
	return o.data;
}

/* ---- all files ---- */

size_t mailu_files(struct scope *sc, const struct mailu_spec *spec, struct mailu_file **out)
{
	const struct mailu_site *site = spec->site;
	const struct mailu_file list[] = {
		{ "mailu.env", 0600, mailu_env(sc, spec) },
		{ "admin.env", 0600, mailu_admin_env(sc, spec) },
		{ "overrides/postfix/postfix.cf", 0644, mailu_postfix_cf(sc, spec) },
		{ "overrides/postfix/postfix.master", 0644,
			spec->part.transport_count ? mailu_postfix_master(sc, spec) : NULL },
		{ "overrides/postfix/transport.map", 0644,
			spec->part.route_count ? mailu_transport_map(sc, spec) : NULL },
		{ "overrides/rspamd/dkim_signing.conf", 0644, rspamd_signing },
		{ "overrides/rspamd/milter_headers.conf", 0644, rspamd_headers },
		{ ".env", 0600,
			arena_printf(sc->mem,
				"COMPOSE_PROJECT_NAME=%s\nDOCKER_ORG=%s\nDOCKER_PREFIX=%s\n"
				"MAILU_VERSION=%s\n",
				site->project, site->org, site->prefix, spec->part.version) },
		{ MAILU_COMPOSE_FILE, 0600, mailu_compose(sc, spec) },
	};

	*out = arena_copy(sc->mem, list, sizeof list);
	return COUNT(list);
}
