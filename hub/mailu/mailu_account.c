/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_account.h"

#include <ctype.h>
#include <string.h>

#include "base/out.h"
#include "fleet/appliance.h"
#include "mail/address.h"
#include "mailu/mailu.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "tenant/audit.h"

#define TARGETS_MAX    50
#define ACCOUNTS_MAX   1000
#define DOMAINS_MAX    500
#define NAME_MAX_BYTES 100

SQL(mailu_account_rows, SQL_TENANT,
	"SELECT address, name, targets FROM mailu_account WHERE tenant = $1 AND appliance = $2 "
	"ORDER BY address");
SQL(mailu_account_put, SQL_TENANT,
	"INSERT INTO mailu_account (tenant, appliance, address, name, targets, created) "
	"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, appliance, address) DO NOTHING");
SQL(mailu_account_drop, SQL_TENANT,
	"DELETE FROM mailu_account WHERE tenant = $1 AND appliance = $2 AND address = $3");

SHAPE(account_shape, struct mailu_account, COL(struct mailu_account, address),
	COL(struct mailu_account, name), COL(struct mailu_account, targets));

/* ---- reading ---- */

/* MailU's look-ups take no other local parts. */
static bool fits(struct scope *sc, const char *address)
{
	struct address a;

	if (address_parse(sc, NULL, address, &a)) {
		scope_clear(sc);
		return false;
	}
	for (const char *p = a.local; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return false;
	return str_eq(a.key, address);
}

enum err mailu_account_list(
	struct scope *sc, int64_t appliance, struct mailu_account **list, size_t *n)
{
	struct mailu_account *extra, *all;
	struct mailbox *boxes;
	size_t box_count, extra_count;
	enum err e = mailbox_list_appliance(sc, appliance, &boxes, &box_count);

	if (!e)
		e = db_list(sc, &mailu_account_rows, BIND(V(appliance)), &account_shape, &extra,
			&extra_count);
	if (e)
		return e;
	all = arena_array(sc->mem, box_count + extra_count, sizeof *all);
	for (size_t i = 0; i < box_count; i++)
		all[i] = (struct mailu_account){ boxes[i].address, boxes[i].name, "", "sender",
			fits(sc, boxes[i].address) };
	for (size_t i = 0; i < extra_count; i++) {
		extra[i].kind = str_empty(extra[i].targets) ? "mailbox" : "alias";
		extra[i].fits = true;
		all[box_count + i] = extra[i];
	}
	*list = all;
	*n = box_count + extra_count;
	return ERR_NONE;
}

static const struct mailu_account *find(
	const struct mailu_account *list, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].address, address))
			return &list[i];
	return NULL;
}

static bool is_mailbox(const struct mailu_account *a)
{
	return a && a->fits && !str_eq(a->kind, "alias");
}

/* The next line of *TEXT, trimmed, or NULL at the end. Empty ones are passed over. */
static const char *next_line(struct scope *sc, const char **text)
{
	while (**text) {
		size_t n = strcspn(*text, "\n");
		const char *line = str_trim(sc->mem, arena_copy(sc->mem, *text, n));

		*text += n + ((*text)[n] == '\n');
		if (*line)
			return line;
	}
	return NULL;
}

/* ---- the part ---- */

static void put_domain(struct part_accounts *p, const char *name)
{
	for (size_t i = 0; i < p->domain_count; i++)
		if (str_eq(p->domains[i].name, name))
			return;
	if (p->domain_count < DOMAINS_MAX)
		p->domains[p->domain_count++] = (struct part_served){ name };
}

/* Those of its targets that are mailboxes there. */
static void put_targets(struct scope *sc, const struct mailu_account *all, size_t n,
	const struct mailu_account *alias, struct part_account *to)
{
	const char *rest = alias->targets, *line;

	to->targets = arena_array(sc->mem, TARGETS_MAX, sizeof *to->targets);
	while ((line = next_line(sc, &rest)) != NULL && to->target_count < TARGETS_MAX)
		if (is_mailbox(find(all, n, line)))
			to->targets[to->target_count++] = (struct part_target){ line };
}

enum err mailu_account_part(
	struct scope *sc, int64_t appliance, const char *main, struct part_accounts *part)
{
	struct mailu_account *all;
	size_t n;
	enum err e = mailu_account_list(sc, appliance, &all, &n);

	if (e)
		return e;
	*part = (struct part_accounts){ 0 };
	part->domains = arena_array(sc->mem, DOMAINS_MAX, sizeof *part->domains);
	part->list = arena_array(sc->mem, n, sizeof *part->list);
	put_domain(part, main);
	for (size_t i = 0; i < n && part->count < ACCOUNTS_MAX; i++) {
		struct part_account a = { .address = all[i].address,
			.name = str_empty(all[i].name) ? NULL : all[i].name };
		bool alias = str_eq(all[i].kind, "alias");

		if (!all[i].fits)
			continue;
		if (alias) {
			a.name = NULL;
			put_targets(sc, all, n, &all[i], &a);
		}
		if (alias && !a.target_count)
			continue;
		put_domain(part, strchr(a.address, '@') + 1);
		part->list[part->count++] = a;
	}
	return ERR_NONE;
}

/* ---- changes ---- */

struct change {
	int64_t appliance;
	const char *address, *name, *targets;
};

static enum err check_address(struct scope *sc, const struct change *c, const char *postmaster)
{
	struct mailbox sender;
	struct domain d;
	enum err e;

	if (!fits(sc, c->address))
		return fail_field(sc, "mailbox",
			"The part before @ has letters, digits, dots, hyphens and underscores");
	if (str_starts(c->address, "b@") || str_eq(c->address, postmaster))
		return fail_field(sc, "mailbox", "The machine makes this mailbox by itself");
	e = mailbox_find_address(sc, c->address, &sender);
	if (e == ERR_NONE)
		return fail_field(
			sc, "mailbox", "A sender's mailbox comes by itself, to its own appliance");
	scope_clear(sc);
	e = domain_find_name(sc, strchr(c->address, '@') + 1, &d);
	return e == ERR_MISSING ? fail_field(sc, "mailbox", "Add the domain %s first",
					  strchr(c->address, '@') + 1)
				: e;
}

static enum err check_targets(struct scope *sc, struct change *c)
{
	const char *rest = c->targets, *line;
	struct mailu_account *all;
	struct out o;
	size_t n, count = 0;
	enum err e = mailu_account_list(sc, c->appliance, &all, &n);

	if (e)
		return e;
	out_init(&o, sc->mem);
	while ((line = next_line(sc, &rest)) != NULL) {
		const char *key = str_lower(sc->mem, line);

		if (!is_mailbox(find(all, n, key)))
			return fail_field(sc, "targets", "%s is no mailbox of this machine", line);
		if (++count > TARGETS_MAX)
			return fail_field(sc, "targets", "An alias leads to 50 mailboxes at most");
		out_printf(&o, "%s%s", o.len ? "\n" : "", key);
	}
	c->targets = o.len ? o.data : "";
	return ERR_NONE;
}

static enum err write_add(struct scope *sc, void *arg)
{
	struct change *c = arg, now = *c;
	struct mailu m;
	int64_t changed = 0;
	enum err e = mailu_find(sc, c->appliance, &m);

	if (e == ERR_MISSING || (!e && !mailu_is_on(&m)))
		return fail(sc, ERR_CONFLICT, "MailU is not on there");
	if (!e)
		e = check_address(sc, &now,
			arena_printf(sc->mem, "%s@%s", m.settings.postmaster, m.settings.domain));
	if (!e)
		e = check_targets(sc, &now);
	if (!e)
		e = db_run(sc, &mailu_account_put,
			BIND(V(now.appliance), V(now.address), V(now.name), V(now.targets),
				V(now_real(sc).ms)),
			&changed);
	if (!e && !changed)
		return fail_field(sc, "mailbox", "This address is there already");
	if (!e)
		e = mailu_push(sc, now.appliance);
	return e ? e : audit_add(sc, "mailu.account", now.appliance);
}

enum err mailu_account_add(struct scope *sc, int64_t appliance, const struct mailu_account *in)
{
	struct change c = { .appliance = appliance, .targets = in->targets ? in->targets : "" };
	struct appliance machine;
	struct address a;
	enum err e = appliance_find(sc, appliance, &machine);

	if (!e)
		e = address_parse(sc, "mailbox", in->address, &a);
	if (e)
		return e;
	c.address = a.key;
	c.name = str_trim(sc->mem, in->name ? in->name : "");
	if (strlen(c.name) > NAME_MAX_BYTES || strpbrk(c.name, "\r\n"))
		return fail_field(sc, "name", "The name is one line of at most 100 bytes");
	return db_write(sc, write_add, &c);
}

static bool leads_to(struct scope *sc, const struct mailu_account *a, const char *address)
{
	const char *rest = a->targets, *line;

	while ((line = next_line(sc, &rest)) != NULL)
		if (str_eq(line, address))
			return true;
	return false;
}

static enum err write_remove(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	struct mailu_account *all;
	int64_t changed = 0;
	size_t n;
	enum err e = mailu_account_list(sc, c->appliance, &all, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (leads_to(sc, &all[i], c->address))
			return fail(sc, ERR_CONFLICT, "The alias %s leads there: remove it first",
				all[i].address);
	if (!e)
		e = db_run(sc, &mailu_account_drop, BIND(V(c->appliance), V(c->address)), &changed);
	if (!e && !changed)
		return fail(sc, ERR_MISSING, "There is no such mailbox or alias to remove");
	if (!e)
		e = mailu_push(sc, c->appliance);
	return e ? e : audit_add(sc, "mailu.account", c->appliance);
}

enum err mailu_account_remove(struct scope *sc, int64_t appliance, const char *address)
{
	struct change c = { .appliance = appliance, .address = str_lower(sc->mem, address) };
	struct appliance machine;
	enum err e = appliance_find(sc, appliance, &machine);

	return e ? e : db_write(sc, write_remove, &c);
}
