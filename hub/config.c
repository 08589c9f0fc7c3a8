/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "config.h"

#include "base/str.h"

#define ROW(key_, type_, member_, def_, min_, max_, words_, help_)                                 \
	{                                                                                          \
		.key = key_, .type = type_, .offset = offsetof(struct config, member_),            \
		.def = def_, .min = min_, .max = max_, .words = words_, .help = help_              \
	}
#define TEXT(key, member, def, help)   ROW(key, CONFIG_TEXT, member, def, 1, 1000, NULL, help)
#define PATH(key, member, def, help)   ROW(key, CONFIG_PATH, member, def, 0, 0, NULL, help)
#define LISTEN(key, member, def, help) ROW(key, CONFIG_LISTEN, member, def, 0, 0, NULL, help)
#define URL(key, member, def, help)    ROW(key, CONFIG_URL, member, def, 0, 0, NULL, help)
#define FLAG(key, member, def, help)   ROW(key, CONFIG_FLAG, member, def, 0, 0, NULL, help)
#define INT(key, member, def, min, max, help)                                                      \
	ROW(key, CONFIG_INT, member, def, min, max, NULL, help)
#define CHOICE(key, member, def, words, help)                                                      \
	ROW(key, CONFIG_CHOICE, member, def, 0, 0, words, help)

/* clang-format off */
static const struct config_row rows[] = {
	TEXT("database", database, "sqlite:/var/lib/penguin-hub/hub.db",
		"Where the data is: sqlite:/path/file.db or postgresql://user:password@host/name. The PostgreSQL role must own nothing and must not pass over row security."),
	TEXT("database.owner", database_owner, "",
		"PostgreSQL only: the role that owns the tables and runs migrations, as postgresql://role:password@host/name; serve migrates by itself where it is given."),
	INT("database.connections", database_connections, "8", 1, 200,
		"Connections kept for reading."),
	INT("database.cache_kib", database_cache_kib, "0", 0, 4194304,
		"SQLite only: page cache of each connection in KiB; 0 takes 16384 for the one that writes and 2048 for each that reads."),
	PATH("master_key_file", master_key_file, "",
		"The key that seals the tenants' keys: 32 bytes as base64url. Without it the service manager's credential master_key is used ($CREDENTIALS_DIRECTORY)."),
	PATH("state_dir", state_dir, "/var/lib/penguin-hub",
		"Folder for certificates and other files that can be made again."),
	PATH("objects_dir", objects_dir, "",
		"Folder for imported files and other objects; state_dir/objects where it is not set. Several hubs share one folder."),
	LISTEN("listen.http", listen_http, "127.0.0.1:8080",
		"Dashboard, API, tracking and unsubscribe links. Plain HTTP unless listen.cert is set: then keep it on loopback or behind a proxy that speaks TLS."),
	PATH("listen.cert", listen_cert, "",
		"Certificate chain (PEM) for listen.http."),
	PATH("listen.key", listen_key, "",
		"Key (PEM) of listen.cert."),
	FLAG("listen.trust_proxy", listen_trust_proxy, "no",
		"Believe X-Forwarded-For: only where nothing but the proxy reaches listen.http."),
	LISTEN("listen.agents", listen_agents, "*:8443",
		"HTTPS for appliances: enrolment, renewal and large objects. Its certificate comes from the installation's own authority."),
	LISTEN("listen.metrics", listen_metrics, "",
		"Plain HTTP for /metrics, /healthz and /readyz; off where it is not set."),
	INT("threads", threads, "4", 1, 64,
		"Threads that answer HTTP requests."),
	URL("app_url", app_url, NULL,
		"Where people reach the dashboard."),
	URL("link_url", link_url, "",
		"Where links in mails lead (unsubscribe, and tracking where a tenant has no host of its own); app_url's host where it is not set. Never the same host as app_url in production."),
	URL("agents_url", agents_url, NULL,
		"Where appliances reach listen.agents."),
	TEXT("broker.host", broker_host, "127.0.0.1",
		"The MQTT broker's address for hubs."),
	INT("broker.port", broker_port, "8884", 1, 65535,
		"The MQTT broker's listener for hubs."),
	TEXT("broker.agent_host", broker_agent_host, "",
		"The MQTT broker's name or address for appliances; that of agents_url where it is not set."),
	INT("broker.agent_port", broker_agent_port, "8883", 1, 65535,
		"The MQTT broker's listener for appliances."),
	TEXT("dns.servers", dns_servers, "",
		"Name servers that are asked for records, as 192.0.2.1,192.0.2.2:5353; those of the system where it is not set."),
	PATH("lists_file", lists_file, "",
		"File with the block lists that are asked about addresses and domains, in the format of shared/pace/data/lists; the program's own where it is not set."),
	INT("clock.rate", clock_rate, "1", 1, 1000000,
		"How fast the plan's days pass: 1, but for demonstrations and rehearsals."),
	CHOICE("signup", signup, "invite", "invite open",
		"Who may make an account: those who were invited, or everybody."),
	TEXT("smtp.host", smtp_host, "",
		"Mail server for invitations and password resets of the installation itself; none are sent where it is not set."),
	INT("smtp.port", smtp_port, "587", 1, 65535,
		"Its port."),
	CHOICE("smtp.security", smtp_security, "starttls", "starttls tls none",
		"How it is spoken to; none only on loopback."),
	TEXT("smtp.user", smtp_user, "",
		"User name, where it wants one."),
	PATH("smtp.password_file", smtp_password_file, "",
		"File with the password of smtp.user."),
	TEXT("smtp.from", smtp_from, "",
		"Address these mails come from."),
	URL("backup.s3.endpoint", s3_endpoint, "",
		"S3-compatible store for backups (penguin-hub backup --out s3:NAME): its address, as https://s3.example.com. Objects are addressed by path: endpoint/bucket/NAME."),
	TEXT("backup.s3.region", s3_region, "us-east-1",
		"The store's region, as it stands in signatures."),
	TEXT("backup.s3.bucket", s3_bucket, "",
		"The bucket."),
	TEXT("backup.s3.key_id", s3_key_id, "",
		"The access key's id."),
	PATH("backup.s3.secret_file", s3_secret_file, "",
		"File with the secret access key."),
	PATH("backup.s3.ca_file", s3_ca_file, "",
		"Authorities (PEM) that the store's certificate is checked against, where it is not a public one."),
	INT("cell", cell, "0", 0, 15,
		"Number of this installation in the ids it makes: different where two will ever be joined."),
	CHOICE("log.level", log_level, "info", "error warning info debug",
		"The least important lines that are logged."),
};
/* clang-format on */

const struct config_table hub_config = { rows, COUNT(rows), sizeof(struct config) };

/* "https://host:port" → "host" */
static const char *host_of(struct scope *sc, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

	return arena_copy(sc->mem, host, len);
}

static enum err check(struct scope *sc, const char *path, const struct config *c)
{
	if (str_empty(c->listen_cert) != str_empty(c->listen_key))
		return fail(sc, ERR_INPUT, "%s: listen.cert and listen.key go together", path);
	if (!str_empty(c->smtp_host) && str_empty(c->smtp_from))
		return fail(sc, ERR_INPUT, "%s: smtp.host needs smtp.from", path);
	if (!str_empty(c->smtp_user) != !str_empty(c->smtp_password_file))
		return fail(
			sc, ERR_INPUT, "%s: smtp.user and smtp.password_file go together", path);
	if (!str_empty(c->s3_endpoint) && (str_empty(c->s3_bucket) || str_empty(c->s3_key_id) ||
						  str_empty(c->s3_secret_file)))
		return fail(sc, ERR_INPUT,
			"%s: backup.s3.endpoint needs backup.s3.bucket, key_id and secret_file",
			path);
	if (!str_empty(c->database_owner) && str_starts(c->database, "sqlite:"))
		return fail(sc, ERR_INPUT, "%s: database.owner is for PostgreSQL", path);
	return ERR_NONE;
}

enum err hub_config_read(struct scope *sc, const char *path, struct config *c)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	enum err e = config_read(sc, &hub_config, path, c);

	if (!e)
		e = check(sc, path, c);
	if (e)
		return e;
	if (str_empty(c->master_key_file) && credentials)
		c->master_key_file = arena_printf(sc->mem, "%s/master_key", credentials);
	if (str_empty(c->objects_dir))
		c->objects_dir = arena_printf(sc->mem, "%s/objects", c->state_dir);
	if (str_empty(c->link_url))
		c->link_url = c->app_url;
	if (str_empty(c->broker_agent_host))
		c->broker_agent_host = host_of(sc, c->agents_url);
	return ERR_NONE;
}
