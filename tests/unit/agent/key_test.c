/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* DKIM keys that MailU does not make itself. */
#include "agent_kit.h"

#include <unistd.h>

#include "base/file.h"
#include "mailu/key.h"

static void put_file(struct scope *sc, const char *folder, const char *name, const char *text)
{
	OK(file_write(sc, arena_printf(sc->mem, "%s/dkim/%s", folder, name), 0600,
		bytes_of(text, strlen(text))));
}

static bool has_file(struct scope *sc, const char *folder, const char *name)
{
	return access(arena_printf(sc->mem, "%s/dkim/%s", folder, name), F_OK) == 0;
}

TEST(the_next_keys_are_made_before_they_sign_and_the_last_ones_removed)
{
	const char *folder = kit_folder(sc), *first;
	struct mailu_site here = { .root = folder };
	struct mailu_spec spec = { .site = &here };
	struct wire_record records[KEY_RECORDS], again[KEY_RECORDS];
	size_t n = 0, m = 0, changes = 0;

	OK(file_folder(sc, arena_printf(sc->mem, "%s/dkim", folder), 0700));
	put_file(sc, folder, "acme.example.k1.key", "signs");
	put_file(sc, folder, "acme.example.k0.key", "nobody wants it");
	put_file(sc, folder, "sub.acme.example.k0.key", "another's");
	put_file(sc, folder, "acme.example.org.k0.key", "another's");
	spec.part.selector = "k1";
	spec.part.next = "k2";
	OK(key_settle(sc, &spec, "acme.example", "acme.example", records, &n, &changes));
	NEED(n == 1);
	CHECK_INT((int64_t)changes, 2);
	CHECK_TEXT(records[0].name, "k2._domainkey.acme.example.");
	CHECK(str_starts(records[0].value, "\"v=DKIM1; k=rsa; p=MII"));
	/* A text of 410 bytes is in two strings. */
	CHECK(strstr(records[0].value, "\" \"") != NULL);
	CHECK(has_file(sc, folder, "acme.example.k1.key"));
	CHECK(!has_file(sc, folder, "acme.example.k0.key"));
	CHECK(has_file(sc, folder, "sub.acme.example.k0.key"));
	CHECK(has_file(sc, folder, "acme.example.org.k0.key"));
	/* It stays the same one; once it signs, the other is still told of. */
	first = records[0].value;
	OK(key_settle(sc, &spec, "acme.example", "acme.example", again, &m, &changes));
	CHECK_TEXT(again[0].value, first);
	CHECK_INT((int64_t)changes, 2);
	spec.part.selector = "k3";
	spec.part.next = NULL;
	spec.part.old = "k2";
	m = 0;
	OK(key_settle(sc, &spec, "acme.example", "acme.example", again, &m, &changes));
	NEED(m == 1);
	CHECK_TEXT(again[0].value, first);
	/* Nothing is made of a selector that signed before. */
	spec.part.old = "k9";
	m = 0;
	OK(key_settle(sc, &spec, "acme.example", "acme.example", again, &m, &changes));
	CHECK_INT((int64_t)m, 0);
	CHECK(!has_file(sc, folder, "acme.example.k9.key"));
	CHECK(!has_file(sc, folder, "acme.example.k2.key"));
	OK(key_drop(sc, &spec, "acme.example.org"));
	CHECK(!has_file(sc, folder, "acme.example.org.k0.key"));
}
