/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "people/account.h"

#include <string.h>

#include "base/id.h"
#include "crypt/secret.h"
#include "guard/credential.h"
#include "mail/address.h"

#define COLUMNS "id, email, name, locale, zone, theme, staff, verified_at, state, created"

SQL(account_insert, SQL_DIRECTORY,
	"INSERT INTO account (id, realm, email_key, email, name, locale, zone, staff, verified_at,"
	" state, created) VALUES ($1, 'main', $2, $3, $4, $5, $6, $7, $8, 'active', $9)"
	" ON CONFLICT (realm, email_key) DO NOTHING");
SQL(account_by_id, SQL_DIRECTORY, "SELECT " COLUMNS " FROM account WHERE id = $1");
SQL(account_by_key, SQL_DIRECTORY,
	"SELECT " COLUMNS " FROM account WHERE realm = 'main' AND email_key = $1");
SQL(account_all, SQL_DIRECTORY,
	"SELECT " COLUMNS " FROM account WHERE realm = 'main' ORDER BY email_key");
SQL(account_profile_row, SQL_DIRECTORY,
	"UPDATE account SET name = $2, locale = $3, zone = $4, theme = $5 WHERE id = $1");
SQL(account_verified_row, SQL_DIRECTORY,
	"UPDATE account SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL");
SQL(account_password, SQL_DIRECTORY,
	"SELECT secret FROM identity WHERE account = $1 AND kind = 'password' AND issuer = ''");
SQL(account_password_set, SQL_DIRECTORY,
	"INSERT INTO identity (account, kind, issuer, subject, realm, secret)"
	" VALUES ($1, 'password', '', $2, 'main', $3)"
	" ON CONFLICT (account, kind, issuer, subject) DO UPDATE SET secret = excluded.secret");

SHAPE(account_shape, struct account, COL(struct account, id), COL(struct account, email),
	COL(struct account, name), COL(struct account, locale), COL(struct account, zone),
	COL(struct account, theme), COL(struct account, staff), COL(struct account, verified_at),
	COL(struct account, state), COL(struct account, created));

enum err account_key(struct scope *sc, const char *email, const char **key)
{
	struct address a;
	enum err e = address_parse(sc, "email", email, &a);

	if (!e)
		*key = str_lower(sc->mem, a.key);
	return e;
}

enum err account_check_password(struct scope *sc, const char *password, const char *email)
{
	size_t len = password ? strlen(password) : 0;

	if (len < PASSWORD_MIN)
		return fail_field(
			sc, "password", "A password needs at least %d characters.", PASSWORD_MIN);
	if (len > PASSWORD_MAX)
		return fail_field(
			sc, "password", "A password may have at most %d characters.", PASSWORD_MAX);
	if (email && str_eq_nocase(password, email))
		return fail_field(sc, "password", "The address is no good password.");
	if (strspn(password, (char[]){ password[0], 0 }) == len)
		return fail_field(sc, "password", "One character repeated is no good password.");
	return ERR_NONE;
}

static enum err put_hash(struct scope *sc, int64_t id, const char *hash)
{
	return db_run(sc, &account_password_set,
		BIND(V(id), V(id_format(sc->mem, ID_ACCOUNT, id)), V(hash)), NULL);
}

struct add {
	const struct account_new *a;
	const char *key, *hash;
	int64_t id;
};

static enum err write_account(struct scope *sc, void *arg)
{
	struct add *add = arg;
	const struct account_new *a = add->a;
	int64_t now = now_real(sc).ms, changed;
	enum err e;

	add->id = new_id(sc);
	e = db_run(sc, &account_insert,
		BIND(V(add->id), V(add->key), V(a->email), V(a->name), V(a->locale), V(a->zone),
			V(a->staff), V_REF(a->verified ? now : 0), V(now)),
		&changed);
	if (!e && changed == 0)
		return fail(sc, ERR_CONFLICT, "This address has an account already.");
	if (!e && add->hash)
		e = put_hash(sc, add->id, add->hash);
	return e;
}

enum err account_add(struct scope *sc, const struct account_new *a, int64_t *id)
{
	struct add add = { .a = a, .hash = a->hash };
	enum err e = account_key(sc, a->email, &add.key);

	if (!e && a->password)
		e = account_check_password(sc, a->password, a->email);
	if (!e && a->password)
		e = password_hash(sc, a->password, &add.hash);
	if (!e)
		e = db_write(sc, write_account, &add);
	if (!e)
		*id = add.id;
	return e;
}

static enum err found(struct scope *sc, enum err e)
{
	return e == ERR_MISSING ? fail(sc, e, "There is no such account.") : e;
}

enum err account_find(struct scope *sc, int64_t id, struct account *out)
{
	return found(sc, db_one(sc, &account_by_id, BIND(V(id)), &account_shape, out));
}

enum err account_find_email(struct scope *sc, const char *email, struct account *out)
{
	const char *key;
	enum err e = account_key(sc, email, &key);

	return e ? e : found(sc, db_one(sc, &account_by_key, BIND(V(key)), &account_shape, out));
}

enum err account_list(struct scope *sc, struct account **rows, size_t *n)
{
	return db_list(sc, &account_all, BIND_NONE, &account_shape, rows, n);
}

struct set {
	int64_t id, keep;
	const struct account_profile *profile;
	const char *hash;
};

static const char *or_null(const char *text)
{
	return str_empty(text) ? NULL : text;
}

static enum err write_profile(struct scope *sc, void *arg)
{
	const struct set *s = arg;
	const struct account_profile *p = s->profile;

	return db_run(sc, &account_profile_row,
		BIND(V(s->id), V(p->name), V(or_null(p->locale)), V(or_null(p->zone)),
			V(or_null(p->theme))),
		NULL);
}

enum err account_set_profile(struct scope *sc, int64_t id, const struct account_profile *p)
{
	struct set s = { .id = id, .profile = p };

	return db_write(sc, write_profile, &s);
}

enum err account_set_hash(struct scope *sc, int64_t id, const char *hash, int64_t keep)
{
	enum err e = put_hash(sc, id, hash);

	return e ? e : credential_revoke_all(sc, id, CREDENTIAL_SESSION, keep);
}

static enum err write_password(struct scope *sc, void *arg)
{
	const struct set *s = arg;

	return account_set_hash(sc, s->id, s->hash, s->keep);
}

enum err account_set_password(struct scope *sc, int64_t id, const char *password, int64_t keep)
{
	struct set s = { .id = id, .keep = keep };
	struct account a;
	enum err e = account_find(sc, id, &a);

	if (!e)
		e = account_check_password(sc, password, a.email);
	if (!e)
		e = password_hash(sc, password, &s.hash);
	return e ? e : db_write(sc, write_password, &s);
}

enum err account_prove(struct scope *sc, int64_t id, const char *password)
{
	const char *hash = NULL;
	enum err e = db_text(sc, &account_password, BIND(V(id)), &hash);

	if (e && e != ERR_MISSING)
		return e;
	/* Without an account the same time is spent. */
	if (!password_matches(sc, password, hash))
		return fail_field(sc, "password", "This is not the password.");
	return ERR_NONE;
}

enum err account_verified(struct scope *sc, int64_t id)
{
	return db_run(sc, &account_verified_row, BIND(V(id), V(now_real(sc).ms)), NULL);
}
