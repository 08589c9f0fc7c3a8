/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A hub without doors for tests of its areas. */
#ifndef TESTS_HUB_KIT_H
#define TESTS_HUB_KIT_H

#include "hub.h"
#include "kit.h"

#define KIT_TENANT INT64_C(1001)

/*
 * A fresh database with all migrations, and SC in a hub of its own: a master key, a name, a folder
 * for objects, and one tenant, KIT_TENANT, active and in slot 0, for whom SC acts as the system.
 * Other areas' rows are the test's own to make. It goes when the test ends.
 */
struct hub *kit_hub_store(struct scope *sc, struct kit *kit);
/* The same with a database as it was before migration FILE ("0003-domains.sql"), to fill with rows
   of that time; and to the newest version. */
struct hub *kit_hub_before(struct scope *sc, struct kit *kit, const char *file);
void kit_hub_upgrade(struct scope *sc);
/* tests/postgres.sh runs the same tests on PostgreSQL, each with fresh tables. */
bool kit_on_postgres(void);
/* On PostgreSQL, as the owner: no table is left. */
void kit_empty(struct scope *sc);
/* The same on "fake:" (store/fake.h); on PostgreSQL there is none, and calls cannot be failed. */
struct hub *kit_hub_fake(struct scope *sc, struct kit *kit);
/* Another tenant's row, as KIT_TENANT's; SC keeps acting for its own. */
void kit_tenant_add(struct scope *sc, int64_t tenant);

#endif
