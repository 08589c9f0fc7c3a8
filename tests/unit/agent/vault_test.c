/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the hub says with `backup`. */
#include "vault.h"

#include "kit.h"

static const char *args_for(
	struct scope *sc, const unsigned char seal_public[32], const char *backup)
{
	static const unsigned char key[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcde";
	struct bytes sealed;

	seal_to(sc, seal_public, bytes_of(key, sizeof key), &sealed);
	return arena_printf(sc->mem, "{\"backup\":\"%s\",\"key\":\"%s\"}", backup,
		str_hex(sc->mem, sealed.data, sealed.len));
}

TEST(an_order_for_a_backup_is_read_by_the_machine_it_is_meant_for)
{
	static const char *const broken[] = { NULL, "", "[]", "{}",
		"{\"backup\":\"bkp_0000000000001\"}",
		"{\"backup\":\"bkp_0000000000001\",\"key\":\"00\"}" };
	unsigned char seal_public[32], seal_secret[32];
	struct identity own, other;
	struct vault_order o;

	seal_pair_make(own.seal_public, own.seal_secret);
	seal_pair_make(seal_public, seal_secret);
	memcpy(other.seal_public, seal_public, sizeof seal_public);
	memcpy(other.seal_secret, seal_secret, sizeof seal_secret);
	OK(vault_order_get(sc, &own, args_for(sc, own.seal_public, "bkp_0000000000001"), &o));
	CHECK_TEXT(o.backup, "bkp_0000000000001");
	CHECK(memcmp(o.key.bytes, "0123456789abcdef0123456789abcde", SEAL_KEY_BYTES) == 0);
	CHECK_INT(
		vault_order_get(sc, &other, args_for(sc, own.seal_public, "bkp_0000000000001"), &o),
		ERR_INPUT);
	CHECK_INT(vault_order_get(sc, &own, args_for(sc, own.seal_public, "../../etc/passwd"), &o),
		ERR_INPUT);
	for (size_t i = 0; i < COUNT(broken); i++)
		CHECK_INT(vault_order_get(sc, &own, broken[i], &o), ERR_INPUT);
}
