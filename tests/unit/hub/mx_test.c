/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/mx.h"

#include "kit.h"
#include "nsd.h"

static const struct nsd_zone zones[] = {
	{ "firms.test",
		"workspace MX 1 aspmx.l.google.com.\nworkspace MX 5 ALT1.aspmx.l.google.com.\n"
		"mixed MX 1 aspmx.l.google.com.\nmixed MX 5 mx.firms.test.\n"
		"own A 192.0.2.1\nnull MX 0 .\ntext TXT \"no mail here\"\n"
		"moved CNAME workspace\n" },
};

TEST(a_domain_is_its_providers_or_there_is_a_reason)
{
	static const char *const domains[] = { "workspace.firms.test", "mixed.firms.test",
		"own.firms.test", "null.firms.test", "text.firms.test", "none.firms.test",
		"moved.firms.test", "elsewhere.test" };
	struct dns_options o = { 0 };
	struct mx_answer *a;
	struct nsd n;

	nsd_start(sc, &n, zones, COUNT(zones));
	o.servers = n.servers;
	OK(mx_ask(sc, &o, providers_builtin(sc), domains, COUNT(domains), &a));
	nsd_stop(&n);
	NEED(a[0].provider && a[1].provider && a[2].provider && a[6].provider);
	CHECK_TEXT(a[0].provider->name, "google-hosted");
	CHECK_INT(a[0].ttl_s, 3600);
	CHECK_TEXT(a[1].provider->name, "other");
	CHECK(a[1].site != a[2].site);
	CHECK_TEXT(a[2].provider->name, "other");
	CHECK(!a[3].provider && a[3].never);
	CHECK_TEXT(a[3].why, "the domain says that it takes no mail");
	CHECK(!a[4].provider && a[4].never);
	CHECK_TEXT(a[4].why, "the domain has neither a mail server nor an address");
	CHECK(!a[5].provider && a[5].never);
	CHECK_TEXT(a[5].why, "the name does not exist");
	CHECK_TEXT(a[6].provider->name, "google-hosted");
	CHECK_INT(a[6].site, a[0].site);
	/* Nobody answers for this one: it is not guessed, and asked again soon. */
	CHECK(!a[7].provider && !a[7].never && a[7].why);
	CHECK_INT(a[7].ttl_s, 600);
}
