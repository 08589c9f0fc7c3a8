/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/listing_job.h"

#include "base/id.h"
#include "fleet/address.h"
#include "repute/listing.h"
#include "sender/domain.h"

#define AT_ONCE 40

SQL(listing_addresses_due, SQL_SYSTEM,
	"SELECT tenant, id, ip AS name FROM address WHERE check_due <= $1 ORDER BY check_due "
	"LIMIT $2");
SQL(listing_domains_due, SQL_SYSTEM,
	"SELECT tenant, id, name FROM domain WHERE lists_due <= $1 AND state = 'verified' "
	"ORDER BY lists_due LIMIT $2");

SHAPE(subject_shape, struct listing_subject, COL(struct listing_subject, tenant),
	COL(struct listing_subject, id), COL(struct listing_subject, name));

enum err listing_round_run(struct scope *sc, struct job *j)
{
	static const struct sql *const due[LISTING_UNITS] = {
		[LISTING_ADDRESS] = &listing_addresses_due,
		[LISTING_DOMAIN] = &listing_domains_due,
	};
	enum err e = ERR_NONE;

	for (int unit = 0; unit < LISTING_UNITS && !e; unit++) {
		struct listing_subject *list;
		size_t n;

		e = db_list(sc, due[unit], BIND(V(now_real(sc).ms), V((int64_t)AT_ONCE)),
			&subject_shape, &list, &n);
		if (!e)
			e = listing_check(sc, j, (enum listing_unit)unit, list, n);
	}
	return e;
}

enum err listing_one_run(struct scope *sc, struct job *j)
{
	struct listing_subject s = { .tenant = sc->tenant, .id = j->subject };
	bool domain = str_starts(j->key, ID_DOMAIN "_");
	struct address a;
	struct domain d;
	enum err e = domain ? domain_find(sc, s.id, &d) : address_find(sc, s.id, &a);

	if (e)
		return e;
	s.name = domain ? d.name : a.ip;
	return listing_check(sc, j, domain ? LISTING_DOMAIN : LISTING_ADDRESS, &s, 1);
}
