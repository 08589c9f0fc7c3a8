/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/secret.h"

#include <openssl/sha.h>
#include <sodium.h>

#include "base/rand.h"

#define TOKEN_BYTES 32

_Static_assert(HASH_BYTES == crypto_auth_hmacsha256_BYTES, "HMAC-SHA-256 has 32 bytes");

enum err password_hash(struct scope *sc, const char *password, const char **hash)
{
	char text[crypto_pwhash_STRBYTES];

	if (crypto_pwhash_str(text, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		    crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return fail(sc, ERR_AWAY, "No memory to hash a password");
	*hash = arena_text(sc->mem, text);
	return ERR_NONE;
}

bool password_matches(struct scope *sc, const char *password, const char *hash)
{
	const char *spent;

	if (hash)
		return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
	if (password_hash(sc, password, &spent))
		scope_clear(sc);
	return false;
}

const char *token_new(struct scope *sc, const char *prefix)
{
	unsigned char raw[TOKEN_BYTES];
	const char *text;

	rand_bytes(raw, sizeof raw);
	text = arena_printf(sc->mem, "%s_%s", prefix, str_base64url(sc->mem, raw, sizeof raw));
	sodium_memzero(raw, sizeof raw);
	return text;
}

struct bytes token_hash(struct scope *sc, const char *token)
{
	unsigned char *out = arena_alloc(sc->mem, HASH_BYTES);

	crypto_generichash(out, HASH_BYTES, (const unsigned char *)token, strlen(token), NULL, 0);
	return bytes_of(out, HASH_BYTES);
}

void hmac_sha256(const void *key, size_t key_len, struct bytes data, unsigned char out[HASH_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, key_len);
	crypto_auth_hmacsha256_update(&state, data.data, data.len);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

_Static_assert(sizeof(crypto_auth_hmacsha256_state) <= sizeof(struct hmac_key),
	"a key that is ready is libsodium's state");

void hmac_key_ready(const void *key, size_t key_len, struct hmac_key *k)
{
	crypto_auth_hmacsha256_init((crypto_auth_hmacsha256_state *)(void *)k->state, key, key_len);
}

void hmac_sha256_with(const struct hmac_key *k, struct bytes data, unsigned char out[HASH_BYTES])
{
	crypto_auth_hmacsha256_state state;

	memcpy(&state, k->state, sizeof state);
	crypto_auth_hmacsha256_update(&state, data.data, data.len);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}

void sha256(struct bytes data, unsigned char out[HASH_BYTES])
{
	SHA256(data.data, data.len, out);
}

bool same_bytes(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}
