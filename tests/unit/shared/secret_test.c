/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/secret.h"

#include "kit.h"

TEST(a_password_matches_its_hash_and_no_other)
{
	const char *hash;

	OK(password_hash(sc, "correct horse", &hash));
	CHECK(password_matches(sc, "correct horse", hash));
	CHECK(!password_matches(sc, "correct horsf", hash));
	CHECK(!password_matches(sc, "", hash));
	CHECK(!password_matches(sc, "anything", NULL));
	CHECK_INT(sc->err, ERR_NONE);
}

TEST(a_token_is_random_and_kept_as_a_hash)
{
	const char *a = token_new(sc, "pms"), *b = token_new(sc, "pms");
	struct bytes ha = token_hash(sc, a), again = token_hash(sc, a), hb = token_hash(sc, b);

	CHECK(str_starts(a, "pms_"));
	CHECK_INT((int64_t)strlen(a), 4 + 43);
	CHECK(!str_eq(a, b));
	CHECK_INT((int64_t)ha.len, HASH_BYTES);
	CHECK(same_bytes(ha.data, again.data, HASH_BYTES));
	CHECK(!same_bytes(ha.data, hb.data, HASH_BYTES));
}

/* RFC 4231, case 2; FIPS 180-4's "abc". */
TEST(hashes_are_the_standard_ones)
{
	unsigned char out[HASH_BYTES];

	hmac_sha256("Jefe", 4, bytes_of("what do ya want for nothing?", 28), out);
	CHECK_TEXT(str_hex(sc->mem, out, sizeof out),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	sha256(bytes_of("abc", 3), out);
	CHECK_TEXT(str_hex(sc->mem, out, sizeof out),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
