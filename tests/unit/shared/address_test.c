/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mail/address.h"

#include "kit.h"

TEST(addresses_that_differ_only_in_case_have_one_key)
{
	struct address a;

	OK(address_parse(sc, NULL, "  Ann.Lee+News@Example.ORG ", &a));
	CHECK_TEXT(a.typed, "Ann.Lee+News@Example.ORG");
	CHECK_TEXT(a.key, "ann.lee+news@example.org");
	CHECK_TEXT(a.wire, "Ann.Lee+News@example.org");
	CHECK(!a.utf8);
}

TEST(domains_become_a_labels_and_local_parts_in_utf8_are_marked)
{
	struct address a;

	OK(address_parse(sc, NULL, "jörg@Bücher.example.", &a));
	CHECK_TEXT(a.domain, "xn--bcher-kva.example");
	CHECK_TEXT(a.key, "jörg@xn--bcher-kva.example");
	CHECK(a.utf8);
}

TEST(what_is_no_address_is_refused_about_its_field)
{
	static const char *const typed[] = { "", "ann", "ann@", "@example.org", "ann@localhost",
		"a b@example.org", "ann@example..org", "ann@-x.org", ".ann@example.org",
		"an..n@example.org", "ann@example.org\r\nBcc: x@example.org", "<ann@example.org>",
		"ann@1.2.3.4", "\"ann\"@example.org", "ann,bob@example.org", "ann@exa_mple.org" };
	struct address a;

	for (size_t i = 0; i < COUNT(typed); i++) {
		CHECK_INT(address_parse(sc, "email", typed[i], &a), ERR_INPUT);
		CHECK_TEXT(sc->field, "email");
	}
}
