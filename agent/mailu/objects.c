/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/objects.h"

#include "base/out.h"
#include "base/rand.h"
#include "mail/address.h"
#include "mailu/key.h"
#include "mailu/records.h"
#include "mailu/token.h"
#include "text/url.h"

#define MARK           "penguin" /* in the comment of what is ours */
#define PASSWORD_BYTES 24

/* One run. */
struct settling {
	const struct api *api;
	const struct mailu_spec *spec;
	const struct part_accounts *accounts;
	struct token_book tokens;
	const struct json *domains, *users, *aliases; /* as they were at its beginning */
	struct objects *out;
};

/* ---- what is wanted ---- */

static bool serves(const struct settling *s, const char *domain)
{
	if (str_eq(domain, s->spec->part.domain))
		return true;
	for (size_t i = 0; i < s->accounts->domain_count; i++)
		if (str_eq(s->accounts->domains[i].name, domain))
			return true;
	return false;
}

static const struct part_account *wanted(const struct settling *s, const char *address)
{
	for (size_t i = 0; i < s->accounts->count; i++)
		if (str_eq_nocase(s->accounts->list[i].address, address))
			return &s->accounts->list[i];
	return NULL;
}

static const char *postmaster(struct scope *sc, const struct settling *s)
{
	return arena_printf(sc->mem, "%s@%s", s->spec->part.postmaster, s->spec->part.domain);
}

/* Whose mailbox every served domain has: mails leave in its name, and bounces come back to it. */
static const char *sender_of(struct scope *sc, const char *domain)
{
	return arena_printf(sc->mem, MAILU_SENDER "@%s", domain);
}

static bool is_sender(struct scope *sc, const struct settling *s, const char *address)
{
	const char *at = strrchr(address, '@');

	return at && serves(s, at + 1) && str_eq_nocase(address, sender_of(sc, at + 1));
}

static bool wants_mailbox(struct scope *sc, const struct settling *s, const char *address)
{
	const struct part_account *a = wanted(s, address);

	if (a)
		return a->target_count == 0;
	return str_eq_nocase(address, postmaster(sc, s)) || is_sender(sc, s, address);
}

static bool wants_alias(const struct settling *s, const char *address)
{
	const struct part_account *a = wanted(s, address);

	return a && a->target_count > 0;
}

/* ---- asking ---- */

static bool is_ours(const struct json *object)
{
	return str_eq(json_text(object, "comment"), MARK);
}

/* A domain or an address as the hub writes it: MailU answers with domains in Unicode. */
static const char *plain(struct scope *sc, const char *text)
{
	const char *at = text ? strrchr(text, '@') : NULL, *domain;

	if (!text)
		return "";
	if (address_domain(sc, NULL, at ? at + 1 : text, &domain)) {
		scope_clear(sc);
		return text;
	}
	return at ? arena_printf(sc->mem, "%.*s@%s", (int)(at - text), text, domain) : domain;
}

/* The member of LIST whose field NAME is VALUE. */
static const struct json *find(
	struct scope *sc, const struct json *list, const char *name, const char *value)
{
	JSON_EACH(item, list)
	if (str_eq_nocase(plain(sc, json_text(item, name)), value))
		return item;
	return NULL;
}

static const char *path_of(struct scope *sc, const char *noun, const char *name)
{
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "/%s/", noun);
	url_escape(&o, name);
	return o.data;
}

static enum err change(struct scope *sc, struct settling *s, const char *method, const char *path,
	const char *body)
{
	enum err e = api_call(sc, s->api, method, path, body, NULL);

	if (!e)
		s->out->changes++;
	return e;
}

/* Somebody else was faster: that is what was wanted. */
static enum err drop(struct scope *sc, struct settling *s, const char *noun, const char *name)
{
	enum err e = change(sc, s, "DELETE", path_of(sc, noun, name), NULL);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return ERR_NONE;
}

/* ---- what goes ---- */

static enum err drop_aliases(struct scope *sc, struct settling *s)
{
	enum err e = ERR_NONE;

	for (const struct json *a = s->aliases->first; a && !e; a = a->next) {
		const char *address = plain(sc, json_text(a, "email"));

		if (is_ours(a) && !wants_alias(s, address))
			e = drop(sc, s, "alias", address);
	}
	return e;
}

static enum err drop_mailboxes(struct scope *sc, struct settling *s)
{
	enum err e = ERR_NONE;

	for (const struct json *u = s->users->first; u && !e; u = u->next) {
		const char *address = plain(sc, json_text(u, "email"));

		if (wants_mailbox(sc, s, address))
			continue;
		if (is_ours(u))
			e = drop(sc, s, "user", address);
		else
			s->out->strangers++;
	}
	return e;
}

static enum err drop_domains(struct scope *sc, struct settling *s)
{
	enum err e = ERR_NONE;

	for (const struct json *d = s->domains->first; d && !e; d = d->next) {
		const char *name = json_text(d, "name");

		if (!name || serves(s, plain(sc, name)))
			continue;
		if (!is_ours(d)) {
			s->out->strangers++;
			continue;
		}
		e = drop(sc, s, "domain", name);
		/* MailU leaves the keys, and takes them up again when a domain of that name comes.
		 */
		if (!e)
			e = key_drop(sc, s->spec, name);
	}
	return e;
}

/* ---- what comes ---- */

static const char *domain_body(struct scope *sc, const char *name)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	if (name)
		json_add_text(&o, "name", name);
	json_add_text(&o, "comment", MARK);
	json_close(&o);
	return o.data;
}

static enum err settle_domain(struct scope *sc, struct settling *s, const char *name)
{
	const struct json *have = find(sc, s->domains, "name", name), *now;
	const char *path = path_of(sc, "domain", name);
	struct objects *out = s->out;
	enum err e = ERR_NONE;

	if (!have) {
		/* What an earlier domain of that name left is nobody's key any more. */
		e = key_drop(sc, s->spec, name);
		if (!e)
			e = change(sc, s, "POST", "/domain", domain_body(sc, name));
	} else if (!is_ours(have)) {
		e = change(sc, s, "PATCH", path, domain_body(sc, NULL));
	}
	if (!e && (!have || !json_text(have, "dns_dkim")))
		e = change(sc, s, "POST", arena_printf(sc->mem, "%s/dkim", path), NULL);
	if (!e)
		e = api_call(sc, s->api, "GET", path, NULL, &now);
	if (e)
		return e;
	out->record_count += records_of(sc, now, out->records + out->record_count);
	return key_settle(sc, s->spec, json_text(now, "name") ? json_text(now, "name") : name, name,
		out->records, &out->record_count, &out->changes);
}

static enum err settle_domains(struct scope *sc, struct settling *s)
{
	const struct part_accounts *a = s->accounts;
	enum err e;

	s->out->records = arena_array(sc->mem,
		(a->domain_count + 1) * (RECORDS_OF_DOMAIN + KEY_RECORDS), sizeof *s->out->records);
	e = settle_domain(sc, s, s->spec->part.domain);
	for (size_t i = 0; i < a->domain_count && !e; i++)
		if (!str_eq(a->domains[i].name, s->spec->part.domain))
			e = settle_domain(sc, s, a->domains[i].name);
	return e;
}

/* What a mailbox of ours always is. Its mail is never hidden as spam: it may be a bounce. */
static const struct {
	const char *name;
	bool yes;
} always[] = { { "enabled", true }, { "enable_imap", true }, { "enable_pop", false },
	{ "allow_spoofing", false }, { "forward_enabled", false }, { "reply_enabled", false },
	{ "spam_enabled", false }, { "change_pw_next_login", false }, { "global_admin", false } };

static bool is_right(const struct json *user, const char *name)
{
	for (size_t i = 0; i < COUNT(always); i++)
		if (json_bool(user, always[i].name, !always[i].yes) != always[i].yes)
			return false;
	return is_ours(user) && str_eq(json_text(user, "displayed_name"), name);
}

/* Nobody knows the password: tokens are what is used. */
static const char *mailbox_body(
	struct scope *sc, const char *address, const char *name, bool create)
{
	unsigned char password[PASSWORD_BYTES];
	struct out o;

	rand_bytes(password, sizeof password);
	out_init(&o, sc->mem);
	json_open(&o);
	if (create) {
		json_add_text(&o, "email", address);
		json_add_text(&o, "raw_password", str_hex(sc->mem, password, sizeof password));
	}
	json_add_text(&o, "comment", MARK);
	json_add_text(&o, "displayed_name", name);
	for (size_t i = 0; i < COUNT(always); i++)
		json_add_bool(&o, always[i].name, always[i].yes);
	json_close(&o);
	return o.data;
}

static enum err settle_mailbox(
	struct scope *sc, struct settling *s, const char *address, const char *name)
{
	const struct json *have = find(sc, s->users, "email", address);
	enum err e = ERR_NONE;

	if (!name)
		name = "";
	if (!have)
		e = change(sc, s, "POST", "/user", mailbox_body(sc, address, name, true));
	else if (!is_right(have, name))
		e = change(sc, s, "PATCH", path_of(sc, "user", address),
			mailbox_body(sc, address, name, false));
	return e ? e : token_settle(sc, s->api, &s->tokens, address, MARK, &s->out->changes);
}

/* One that is there whatever the hub says of it. */
static enum err settle_own(struct scope *sc, struct settling *s, const char *address)
{
	return wanted(s, address) ? ERR_NONE : settle_mailbox(sc, s, address, NULL);
}

static enum err settle_mailboxes(struct scope *sc, struct settling *s)
{
	const struct part_accounts *a = s->accounts;
	const char *first = s->spec->part.domain;
	enum err e = settle_own(sc, s, postmaster(sc, s));

	if (!e)
		e = settle_own(sc, s, sender_of(sc, first));
	for (size_t i = 0; i < a->domain_count && !e; i++)
		if (!str_eq(a->domains[i].name, first))
			e = settle_own(sc, s, sender_of(sc, a->domains[i].name));
	for (size_t i = 0; i < a->count && !e; i++)
		if (a->list[i].target_count == 0)
			e = settle_mailbox(sc, s, a->list[i].address, a->list[i].name);
	return e;
}

/* ---- aliases ---- */

static bool leads_there(const struct json *alias, const struct part_account *a)
{
	const struct json *list = json_get(alias, "destination");

	if (!list || list->count != a->target_count || json_bool(alias, "wildcard", false))
		return false;
	for (size_t i = 0; i < a->target_count; i++) {
		bool there = false;

		JSON_EACH(item, list)
		there = there || (item->text && str_eq_nocase(item->text, a->targets[i].address));
		if (!there)
			return false;
	}
	return true;
}

/* The destinations are always said: without them MailU breaks. */
static const char *alias_body(struct scope *sc, const struct part_account *a, bool create)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	if (create)
		json_add_text(&o, "email", a->address);
	json_add_text(&o, "comment", MARK);
	json_add_bool(&o, "wildcard", false);
	json_name(&o, "destination");
	json_open_list(&o);
	for (size_t i = 0; i < a->target_count; i++)
		json_put_text(&o, a->targets[i].address);
	json_close_list(&o);
	json_close(&o);
	return o.data;
}

static enum err settle_aliases(struct scope *sc, struct settling *s)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < s->accounts->count && !e; i++) {
		const struct part_account *a = &s->accounts->list[i];
		const struct json *have = find(sc, s->aliases, "email", a->address);

		if (a->target_count == 0)
			continue;
		if (!have)
			e = change(sc, s, "POST", "/alias", alias_body(sc, a, true));
		else if (!is_ours(have) || !leads_there(have, a))
			e = change(sc, s, "PATCH", path_of(sc, "alias", a->address),
				alias_body(sc, a, false));
	}
	return e;
}

/* ---- all of it ---- */

static enum err look(struct scope *sc, struct settling *s, const char *tokens)
{
	enum err e = api_call(sc, s->api, "GET", "/domain", NULL, &s->domains);

	if (!e)
		e = api_call(sc, s->api, "GET", "/user", NULL, &s->users);
	if (!e)
		e = api_call(sc, s->api, "GET", "/alias", NULL, &s->aliases);
	return e ? e : token_book_read(sc, s->api, tokens, &s->tokens);
}

enum err objects_settle(struct scope *sc, const struct api *api, const struct mailu_spec *spec,
	const struct part_accounts *accounts, const char *tokens, struct objects *out)
{
	static const struct part_accounts none = { 0 };
	struct settling s = {
		.api = api, .spec = spec, .accounts = accounts ? accounts : &none, .out = out
	};
	enum err (*const steps[])(struct scope *, struct settling *) = { drop_aliases,
		drop_mailboxes, drop_domains, settle_domains, settle_mailboxes, settle_aliases };
	enum err e;

	*out = (struct objects){ 0 };
	e = look(sc, &s, tokens);
	for (size_t i = 0; i < COUNT(steps) && !e; i++)
		e = steps[i](sc, &s);
	return e;
}
