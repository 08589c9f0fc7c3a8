/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "guard/principal.h"

#include <string.h>

#include "base/out.h"

SQL(principal_account, SQL_DIRECTORY,
	"SELECT email, name, locale AS lang, zone, theme, staff FROM account"
	" WHERE id = $1 AND state = 'active'");
SQL(principal_perms, SQL_TENANT,
	"SELECT r.perms AS perms FROM permit p"
	" JOIN role r ON r.tenant = p.tenant AND r.id = p.role"
	" JOIN member m ON m.tenant = p.tenant AND m.account = p.who_id AND m.state = 'active'"
	" WHERE p.tenant = $1 AND p.who = 'account' AND p.who_id = $2"
	" AND (p.workspace = 0 OR p.workspace = $3)");

SHAPE(account_shape, struct principal, COL(struct principal, email), COL(struct principal, name),
	COL(struct principal, lang), COL(struct principal, zone), COL(struct principal, theme),
	COL(struct principal, staff));

struct perms_row {
	const char *perms;
};
SHAPE(perms_shape, struct perms_row, COL(struct perms_row, perms));

/* The next word of a list separated by blanks; NULL at its end. */
static const char *next_word(const char **at, size_t *len)
{
	const char *word = *at + strspn(*at, " ");

	*len = strcspn(word, " ");
	*at = word + *len;
	return *len ? word : NULL;
}

bool rights_have(const char *rights, const char *name)
{
	const char *at = rights ? rights : "", *word;
	size_t len, want = name ? strlen(name) : 0;

	while (want && (word = next_word(&at, &len)))
		if (len == want && memcmp(word, name, len) == 0)
			return true;
	return false;
}

const char *rights_common(struct scope *sc, const char *a, const char *b)
{
	const char *at = a ? a : "", *word;
	struct out o;
	size_t len;

	out_init(&o, sc->mem);
	while ((word = next_word(&at, &len))) {
		const char *name = arena_copy(sc->mem, word, len);

		if (rights_have(b, name) && !rights_have(o.data, name))
			out_printf(&o, "%s%s", o.len ? " " : "", name);
	}
	return o.data;
}

enum err principal_rights(struct scope *sc, int64_t account, int64_t workspace, const char **rights)
{
	struct perms_row *rows;
	struct out o;
	size_t n;
	enum err e = db_list(
		sc, &principal_perms, BIND(V(account), V(workspace)), &perms_shape, &rows, &n);

	if (e)
		return e;
	out_init(&o, sc->mem);
	for (size_t i = 0; i < n; i++)
		out_printf(&o, "%s%s", o.len ? " " : "", rows[i].perms);
	*rights = o.data;
	return ERR_NONE;
}

/* The account and its rights where C was chosen to work. */
static enum err fill(struct scope *sc, const struct credential *c, struct principal *p)
{
	int64_t before = sc->tenant;
	enum err e = db_one(sc, &principal_account, BIND(V(c->account)), &account_shape, p);

	if (e == ERR_MISSING)
		return fail(sc, ERR_AUTH, "This account cannot sign in.");
	if (e)
		return e;
	p->credential = c->id;
	p->account = c->account;
	p->tenant = c->tenant;
	p->workspace = c->workspace;
	p->expires = c->expires;
	p->rights = "";
	if (!c->tenant)
		return ERR_NONE;
	sc->tenant = c->tenant;
	e = principal_rights(sc, c->account, c->workspace, &p->rights);
	sc->tenant = before;
	return e;
}

struct touch {
	int64_t id, expires;
};

static enum err write_touch(struct scope *sc, void *arg)
{
	const struct touch *t = arg;

	return credential_touch(sc, t->id, t->expires);
}

static void prolong(struct scope *sc, const struct credential *c, int64_t life)
{
	int64_t now = now_real(sc).ms;
	int64_t seen = c->used_at ? c->used_at : c->created;
	struct touch t = { c->id, life ? now + life : c->expires };

	/* Not noting the use of a session must not keep its owner out. */
	if (now - seen >= SESSION_TOUCH_MS && db_write_later(sc, write_touch, &t) != ERR_NONE)
		scope_clear(sc);
}

enum err principal_of_session(struct scope *sc, const char *token, struct principal *out)
{
	struct principal p = { 0 };
	struct credential c;
	enum err e = credential_find(sc, CREDENTIAL_SESSION, token, &c);

	if (!e)
		e = fill(sc, &c, &p);
	if (e)
		return e;
	p.actor = (struct actor){ .kind = ACTOR_ACCOUNT, .id = c.account };
	p.csrf = str_base64url(sc->mem, c.csrf.data, c.csrf.len);
	prolong(sc, &c, SESSION_MS);
	*out = p;
	return ERR_NONE;
}

enum err principal_of_key(struct scope *sc, const char *token, struct principal *out)
{
	struct principal p = { 0 };
	struct credential c;
	enum err e = credential_find(sc, CREDENTIAL_KEY, token, &c);

	if (!e)
		e = fill(sc, &c, &p);
	if (e)
		return e;
	p.actor = (struct actor){ .kind = ACTOR_KEY, .id = c.id, .via = c.account };
	p.rights = rights_common(sc, c.scopes, p.rights);
	p.staff = false;
	prolong(sc, &c, 0);
	*out = p;
	return ERR_NONE;
}
