/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "wire/mailu.h"

#include "wire/fields.h"

#define BODY (1024 * 1024)
#define NAME 64
#define HOST 253

MESSAGE(digest, part_digest, TOKEN(part_digest, service, NAME), TOKEN(part_digest, digest, 80));
MESSAGE(transport, part_transport, TOKEN(part_transport, name, 20),
	INT(part_transport, delay_s, 0, 3600), INT(part_transport, concurrency, 1, 100));
MESSAGE(route, part_route, TOKEN(part_route, domain, HOST), TOKEN(part_route, transport, 20));
MESSAGE(setting, part_setting, TOKEN(part_setting, name, NAME), TEXT_OPT(part_setting, value, 512));

MESSAGE(mailu, part_mailu, TOKEN(part_mailu, version, 32), TOKEN(part_mailu, host, HOST),
	TOKEN(part_mailu, domain, HOST), TOKEN(part_mailu, postmaster, NAME),
	TOKEN(part_mailu, subnet, 18), TOKEN(part_mailu, address, 15), TOKEN(part_mailu, tls, 16),
	TOKEN(part_mailu, selector, 32), TOKEN_OPT(part_mailu, next, 32),
	TOKEN_OPT(part_mailu, old, 32), BOOL(part_mailu, off),
	LIST(part_mailu, "digests", digests, digest_count, digest, 16),
	LIST(part_mailu, "transports", transports, transport_count, transport, 32),
	LIST(part_mailu, "routes", routes, route_count, route, 5000),
	LIST(part_mailu, "settings", settings, setting_count, setting, 64));
CODEC(mailu, part_mailu, BODY);

MESSAGE(target, part_target, ADDRESS(part_target, address));
MESSAGE(account, part_account, ADDRESS(part_account, address), TEXT_OPT(part_account, name, 120),
	LIST(part_account, "targets", targets, target_count, target, 50));
MESSAGE(served, part_served, TOKEN(part_served, name, HOST));
MESSAGE(accounts, part_accounts, LIST(part_accounts, "domains", domains, domain_count, served, 500),
	LIST(part_accounts, "list", list, count, account, 1000));
CODEC(accounts, part_accounts, BODY);
