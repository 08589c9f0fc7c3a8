/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/dkim_key.h"

#include "base/str.h"
#include "crypt/openssl.h"

#define BITS 2048

enum err dkim_key_make(struct scope *sc, const char **pem)
{
	CLEANUP(free_key) EVP_PKEY *key = EVP_RSA_gen(BITS);

	if (!key)
		return fail_openssl(sc, "making a key to sign mail with");
	return key_text(sc, key, pem);
}

enum err dkim_key_record(struct scope *sc, const char *pem, const char **text)
{
	CLEANUP(free_key) EVP_PKEY *key = key_of(sc, pem);
	unsigned char *der = NULL;
	int n = key ? i2d_PUBKEY(key, &der) : 0;
	char *out;

	if (!key)
		return ERR_INPUT;
	if (n <= 0 || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		OPENSSL_free(der);
		return fail(sc, ERR_INPUT, "The key is none that mail is signed with");
	}
	out = arena_alloc(sc->mem, (size_t)(n + 2) / 3 * 4 + 1);
	EVP_EncodeBlock((unsigned char *)out, der, n);
	OPENSSL_free(der);
	*text = arena_printf(sc->mem, "v=DKIM1; k=rsa; p=%s", out);
	return ERR_NONE;
}
