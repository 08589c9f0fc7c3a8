/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/record.h"

#include "base/out.h"
#include "base/words.h"
#include "crypt/secret.h"
#include "hub.h"

#define TOKEN_BYTES 16

SQL(record_of_domain, SQL_TENANT,
	"SELECT purpose, name, found, state, reason, checked_at, since FROM record "
	"WHERE tenant = $1 AND domain = $2");
SQL(record_good, SQL_TENANT,
	"SELECT domain, COUNT(*) AS n FROM record WHERE tenant = $1 AND state = 'good' AND "
	"domain IN (SELECT id FROM domain WHERE tenant = $1 AND workspace = $2) GROUP BY domain");

SHAPE(record_shape, struct record, COL(struct record, purpose), COL(struct record, name),
	COL(struct record, found), COL(struct record, state), COL(struct record, reason),
	COL(struct record, checked_at), COL(struct record, since));

struct good {
	int64_t domain, n;
};
SHAPE(good_shape, struct good, COL(struct good, domain), COL(struct good, n));

static const struct {
	const char *purpose, *title, *type, *expected;
} kinds[RECORD_COUNT] = {
	{ "owner", WORD("Ownership"), "TXT", NULL },
	{ "mx", WORD("Incoming mail"), "MX",
		WORD("10 and the name of the server that takes its mail") },
	{ "spf", "SPF", "TXT",
		WORD("v=spf1 ip4:ADDRESS -all, with the address of each machine that sends") },
	{ "dkim", "DKIM", "TXT", WORD("v=DKIM1; k=rsa; p=KEY, as the mail server shows it") },
	{ "dmarc", "DMARC", "TXT", "v=DMARC1; p=none" },
};

enum err record_token(struct scope *sc, const char *name, const char **token)
{
	const char *text = arena_printf(sc->mem, "domain %s", name);
	unsigned char mac[HASH_BYTES];
	struct seal_key key;
	enum err e = hub_of(sc)->tenant_key(sc, 1, &key);

	if (e)
		return e;
	hmac_sha256(key.bytes, sizeof key.bytes, bytes_of(text, strlen(text)), mac);
	seal_key_wipe(&key);
	*token = arena_printf(sc->mem, "penguinmails-%s", str_hex(sc->mem, mac, TOKEN_BYTES));
	return ERR_NONE;
}

static const char *place(struct scope *sc, const char *purpose, const struct domain *d)
{
	if (str_eq(purpose, "owner"))
		return arena_printf(sc->mem, "_penguinmails-verify.%s", d->name);
	if (str_eq(purpose, "dkim"))
		return arena_printf(sc->mem, "%s._domainkey.%s", d->selector, d->name);
	if (str_eq(purpose, "dmarc"))
		return arena_printf(sc->mem, "_dmarc.%s", d->name);
	return d->name;
}

/* ---- what appliances ask for ---- */

/* "10 mail.example.com." */
static const char *host_of(struct scope *sc, const struct wanted *w)
{
	const char *blank = strchr(w->value, ' ');
	char *host = str_lower(sc->mem, blank ? blank + 1 : w->value);
	size_t n = strlen(host);

	if (n && host[n - 1] == '.')
		host[n - 1] = 0;
	return host;
}

static bool has_word(const char *text, const char *word, size_t len)
{
	for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
		if ((p == text || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

/* One policy for all machines: what each names, and the end of the first. */
static const char *join_policies(struct scope *sc, const char *first, const char *second)
{
	const char *last = first ? strrchr(first, ' ') : NULL;
	struct out o;

	if (!last)
		return second;
	out_init(&o, sc->mem);
	out_bytes(&o, first, (size_t)(last - first));
	for (const char *p = second + strcspn(second, " "); *p;) {
		size_t n = strcspn(++p, " ");
		const char *word = arena_copy(sc->mem, p, n);

		if (n && p[n] && !has_word(first, word, n))
			out_printf(&o, " %s", word);
		p += n;
	}
	out_text(&o, last);
	return o.data;
}

static void put_key(struct scope *sc, const struct wanted *w, struct record *r)
{
	const char *text = wanted_text(sc, w);

	*r = (struct record){ .purpose = "dkim",
		.title = "DKIM",
		.name = w->name,
		.type = "TXT",
		.expected = text,
		.zone = strlen(text) > 255 ? w->value : NULL,
		.exact = true,
		.found = w->found,
		.state = w->state,
		.reason = w->reason,
		.checked_at = w->checked_at,
		.since = w->since,
		.wanted = w };
}

static enum err put_wanted(struct scope *sc, const struct domain *d, struct records *out)
{
	struct record *mx, *spf;
	struct wanted *rows;
	struct out lines;
	const char **hosts;
	bool signs = false;
	size_t n;
	enum err e = wanted_list_zone(sc, d->name, &rows, &n);

	if (e)
		return e;
	out->list = memcpy(arena_array(sc->mem, RECORD_COUNT + n, sizeof *out->list), out->list,
		RECORD_COUNT * sizeof *out->list);
	mx = &out->list[1];
	spf = &out->list[2];
	hosts = arena_array(sc->mem, n, sizeof *hosts);
	out_init(&lines, sc->mem);
	for (size_t i = 0; i < n; i++) {
		const struct wanted *w = &rows[i];

		if (wanted_is_dkim(w)) {
			put_key(sc, w, &out->list[signs ? out->count++ : 3]);
			signs = true;
		} else if (str_eq(w->type, "MX")) {
			out_printf(&lines, "%s%s", lines.len ? "\n" : "", w->value);
			hosts[out->host_count++] = host_of(sc, w);
		} else if (str_starts(wanted_text(sc, w), "v=spf1")) {
			out->policy = join_policies(sc, out->policy, wanted_text(sc, w));
		}
	}
	out->hosts = hosts;
	out->wanted = rows;
	out->wanted_count = n;
	if (out->host_count)
		mx->expected = lines.data;
	mx->exact = out->host_count > 0;
	if (out->policy)
		spf->expected = out->policy;
	spf->exact = out->policy != NULL;
	return ERR_NONE;
}

/* ---- all of it ---- */

enum err record_list(struct scope *sc, const struct domain *d, struct records *out)
{
	struct record *rows, *all = arena_array(sc->mem, RECORD_COUNT, sizeof *all);
	const char *token;
	size_t n;
	enum err e = db_list(sc, &record_of_domain, BIND(V(d->id)), &record_shape, &rows, &n);

	if (!e)
		e = record_token(sc, d->name, &token);
	if (e)
		return e;
	*out = (struct records){ .list = all, .count = RECORD_COUNT };
	for (size_t i = 0; i < RECORD_COUNT; i++) {
		struct record *r = &all[i];

		*r = (struct record){ .found = "", .state = "unchecked", .reason = "" };
		for (size_t k = 0; k < n; k++)
			if (str_eq(rows[k].purpose, kinds[i].purpose))
				*r = rows[k];
		r->purpose = kinds[i].purpose;
		r->title = kinds[i].title;
		r->name = place(sc, r->purpose, d);
		r->type = kinds[i].type;
		r->exact = i == 0 || i == RECORD_COUNT - 1;
		r->expected = i == 0 ? token : tr(sc, kinds[i].expected);
	}
	return put_wanted(sc, d, out);
}

enum err record_count(struct scope *sc, const struct domain *list, size_t n, int64_t **good)
{
	int64_t *counts = arena_array(sc->mem, n, sizeof *counts);
	struct good *rows;
	size_t found;
	enum err e = db_list(sc, &record_good, BIND(V(sc->workspace)), &good_shape, &rows, &found);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < found; k++)
			if (rows[k].domain == list[i].id)
				counts[i] = rows[k].n;
	*good = counts;
	return ERR_NONE;
}
