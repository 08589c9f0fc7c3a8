/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "guard/credential.h"

#include "base/rand.h"
#include "crypt/secret.h"

#define CSRF_BYTES 24

#define COLUMNS                                                                                    \
	"id, tenant, account, subject, workspace, email, scopes, label, csrf, created, expires, "  \
	"used_at"

SQL(credential_insert, SQL_DIRECTORY,
	"INSERT INTO credential (hash, id, kind, tenant, account, subject, email, csrf, workspace,"
	" scopes, label, created, expires)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
/* Sessions and keys live until they end; the others until they are used. */
SQL(credential_by_hash, SQL_DIRECTORY,
	"SELECT " COLUMNS " FROM credential WHERE hash = $1 AND kind = $2 AND revoked_at IS NULL"
	" AND (used_at IS NULL OR kind IN ('session', 'key'))");
SQL(credential_spend_row, SQL_DIRECTORY,
	"UPDATE credential SET used_at = $2 WHERE id = $1 AND used_at IS NULL"
	" AND revoked_at IS NULL AND expires > $2");
SQL(credential_touch_row, SQL_DIRECTORY,
	"UPDATE credential SET used_at = $2, expires = $3 WHERE id = $1 AND revoked_at IS NULL");
SQL(credential_choose_row, SQL_DIRECTORY,
	"UPDATE credential SET tenant = $2, workspace = $3 WHERE id = $1 AND kind = 'session'");
SQL(credential_revoke_row, SQL_DIRECTORY,
	"UPDATE credential SET revoked_at = $3 WHERE id = $2 AND account = $1"
	" AND revoked_at IS NULL");
SQL(credential_revoke_tenant_row, SQL_DIRECTORY,
	"UPDATE credential SET revoked_at = $4 WHERE tenant = $1 AND kind = $2 AND id = $3"
	" AND revoked_at IS NULL");
SQL(credential_revoke_email_rows, SQL_DIRECTORY,
	"UPDATE credential SET revoked_at = $4 WHERE tenant = $1 AND kind = $2 AND email = $3"
	" AND revoked_at IS NULL AND used_at IS NULL");
SQL(credential_revoke_account, SQL_DIRECTORY,
	"UPDATE credential SET revoked_at = $4 WHERE account = $1 AND kind = $2 AND id <> $3"
	" AND revoked_at IS NULL");
SQL(credential_leave_keys, SQL_DIRECTORY,
	"UPDATE credential SET revoked_at = $3 WHERE account = $1 AND tenant = $2"
	" AND kind IN ('key', 'invite') AND revoked_at IS NULL");
SQL(credential_leave_sessions, SQL_DIRECTORY,
	"UPDATE credential SET tenant = NULL, workspace = NULL WHERE account = $1 AND tenant = $2"
	" AND kind = 'session'");
SQL(credential_old, SQL_DIRECTORY, "DELETE FROM credential WHERE expires < $1 OR revoked_at < $1");
SQL(credential_of_account, SQL_DIRECTORY,
	"SELECT " COLUMNS " FROM credential WHERE account = $1 AND kind = $2"
	" AND revoked_at IS NULL AND expires > $3 ORDER BY created DESC, id DESC LIMIT 200");
SQL(credential_of_tenant, SQL_DIRECTORY,
	"SELECT " COLUMNS " FROM credential WHERE tenant = $1 AND kind = $2"
	" AND revoked_at IS NULL AND expires > $3 AND (used_at IS NULL OR kind = 'key')"
	" ORDER BY created DESC, id DESC LIMIT 200");

SHAPE(credential_shape, struct credential, COL(struct credential, id),
	COL(struct credential, tenant), COL(struct credential, account),
	COL(struct credential, subject), COL(struct credential, workspace),
	COL(struct credential, email), COL(struct credential, scopes),
	COL(struct credential, label), COL(struct credential, csrf),
	COL(struct credential, created), COL(struct credential, expires),
	COL(struct credential, used_at));

enum err credential_issue(struct scope *sc, const char *kind, const char *prefix,
	const struct credential *what, const char **token)
{
	const char *text = token_new(sc, prefix);
	unsigned char csrf[CSRF_BYTES];
	struct bytes kept = { NULL, 0 };
	enum err e;

	if (str_eq(kind, CREDENTIAL_SESSION)) {
		rand_bytes(csrf, sizeof csrf);
		kept = bytes_of(csrf, sizeof csrf);
	}
	e = db_run(sc, &credential_insert,
		BIND(V(token_hash(sc, text)), V(new_id(sc)), V(kind), V_REF(what->tenant),
			V_REF(what->account), V_REF(what->subject), V(what->email), V(kept),
			V_REF(what->workspace), V(what->scopes), V(what->label), V(now_real(sc).ms),
			V(what->expires)),
		NULL);
	if (!e)
		*token = text;
	return e;
}

enum err credential_find(
	struct scope *sc, const char *kind, const char *token, struct credential *out)
{
	struct credential c;
	enum err e = db_one(sc, &credential_by_hash, BIND(V(token_hash(sc, token)), V(kind)),
		&credential_shape, &c);

	/* Judged here and not in the statement, whose answer is the same from one request to the
	 * next. */
	if (e == ERR_MISSING || (!e && c.expires <= now_real(sc).ms))
		return fail(sc, ERR_AUTH, "This link or key is not valid any more.");
	if (!e)
		*out = c;
	return e;
}

enum err credential_spend(struct scope *sc, int64_t id)
{
	int64_t changed;
	enum err e = db_run(sc, &credential_spend_row, BIND(V(id), V(now_real(sc).ms)), &changed);

	if (!e && changed == 0)
		return fail(sc, ERR_AUTH, "This link or key is not valid any more.");
	return e;
}

enum err credential_touch(struct scope *sc, int64_t id, int64_t expires)
{
	return db_run(sc, &credential_touch_row, BIND(V(id), V(now_real(sc).ms), V(expires)), NULL);
}

enum err credential_choose(struct scope *sc, int64_t id, int64_t tenant, int64_t workspace)
{
	return db_run(
		sc, &credential_choose_row, BIND(V(id), V_REF(tenant), V_REF(workspace)), NULL);
}

static enum err one(struct scope *sc, enum err e, int64_t changed)
{
	if (!e && changed == 0)
		return fail(sc, ERR_MISSING, "There is no such session or key.");
	return e;
}

enum err credential_revoke(struct scope *sc, int64_t account, int64_t id)
{
	int64_t changed = 0;
	enum err e = db_run(
		sc, &credential_revoke_row, BIND(V(account), V(id), V(now_real(sc).ms)), &changed);

	return one(sc, e, changed);
}

enum err credential_revoke_of_tenant(struct scope *sc, const char *kind, int64_t id)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &credential_revoke_tenant_row,
		BIND(V(sc->tenant), V(kind), V(id), V(now_real(sc).ms)), &changed);

	return one(sc, e, changed);
}

enum err credential_revoke_email(struct scope *sc, const char *kind, const char *email)
{
	return db_run(sc, &credential_revoke_email_rows,
		BIND(V(sc->tenant), V(kind), V(email), V(now_real(sc).ms)), NULL);
}

enum err credential_revoke_all(struct scope *sc, int64_t account, const char *kind, int64_t keep)
{
	return db_run(sc, &credential_revoke_account,
		BIND(V(account), V(kind), V(keep), V(now_real(sc).ms)), NULL);
}

enum err credential_leave(struct scope *sc, int64_t account)
{
	enum err e = db_run(sc, &credential_leave_keys,
		BIND(V(account), V(sc->tenant), V(now_real(sc).ms)), NULL);

	if (e)
		return e;
	return db_run(sc, &credential_leave_sessions, BIND(V(account), V(sc->tenant)), NULL);
}

enum err credential_sweep(struct scope *sc)
{
	return db_run(sc, &credential_old, BIND(V(now_real(sc).ms - 30 * DAY_MS)), NULL);
}

enum err credential_list_account(
	struct scope *sc, int64_t account, const char *kind, struct credential **rows, size_t *n)
{
	return db_list(sc, &credential_of_account, BIND(V(account), V(kind), V(now_real(sc).ms)),
		&credential_shape, rows, n);
}

enum err credential_list_tenant(
	struct scope *sc, const char *kind, struct credential **rows, size_t *n)
{
	return db_list(sc, &credential_of_tenant, BIND(V(sc->tenant), V(kind), V(now_real(sc).ms)),
		&credential_shape, rows, n);
}
