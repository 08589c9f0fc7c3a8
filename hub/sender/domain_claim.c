/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A domain is one company's at a time: whose token stands in its DNS, or whom the operator gave it.
 */
#include "sender/sender_priv.h"

#define BY_OPERATOR "operator"

SQL(domain_claim_find, SQL_DIRECTORY, "SELECT tenant, proof FROM domain_claim WHERE name = $1");
SQL(domain_claim_put, SQL_DIRECTORY,
	"INSERT INTO domain_claim (name, tenant, proof, proved_at) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (name) DO UPDATE SET tenant = excluded.tenant, proof = excluded.proof, "
	"proved_at = excluded.proved_at "
	"WHERE domain_claim.tenant = excluded.tenant OR domain_claim.proof = $5");
SQL(domain_claim_delete, SQL_DIRECTORY, "DELETE FROM domain_claim WHERE name = $1 AND tenant = $2");

struct claim {
	int64_t tenant;
	const char *proof;
};
SHAPE(claim_shape, struct claim, COL(struct claim, tenant), COL(struct claim, proof));

static enum err find(struct scope *sc, const char *name, struct claim *c)
{
	enum err e = db_one(sc, &domain_claim_find, BIND(V(name)), &claim_shape, c);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		*c = (struct claim){ 0, "" };
		return ERR_NONE;
	}
	return e;
}

/* The holder's proof, where it is not to be found any more; "" where it holds. */
static const char *void_proof(const struct claim *c, const struct dns_answer *proved)
{
	if (!proved)
		return c->proof;
	if (str_eq(c->proof, BY_OPERATOR))
		return "";
	for (size_t i = 0; i < proved->count; i++)
		if (str_eq(proved->records[i].text, c->proof))
			return "";
	return c->proof;
}

enum err domain_claim(struct scope *sc, const char *name, const char *proof,
	const struct dns_answer *proved, bool *mine)
{
	struct claim c;
	int64_t changed = 0;
	enum err e = find(sc, name, &c);

	if (!e)
		e = db_run(sc, &domain_claim_put,
			BIND(V(name), V(sc->tenant), V(proof), V(now_real(sc).ms),
				V(void_proof(&c, proved))),
			&changed);
	if (!e)
		*mine = changed > 0;
	return e;
}

enum err domain_is_claimed(struct scope *sc, const char *name, bool *mine)
{
	struct claim c;
	enum err e = find(sc, name, &c);

	if (!e)
		*mine = !c.tenant || c.tenant == sc->tenant;
	return e;
}

enum err domain_unclaim(struct scope *sc, const char *name)
{
	return db_run(sc, &domain_claim_delete, BIND(V(name), V(sc->tenant)), NULL);
}
