/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Passwords, bearer tokens and keyed hashes (libsodium, OpenSSL). */
#ifndef CRYPT_SECRET_H
#define CRYPT_SECRET_H

#include "base/scope.h"
#include "base/str.h"

#define HASH_BYTES 32

/* Argon2id with libsodium's interactive limits; text form with its parameters. */
enum err password_hash(struct scope *sc, const char *password, const char **hash) MUST;
/* Constant time. NULL HASH spends the same time and says false, for unknown accounts. */
bool password_matches(struct scope *sc, const char *password, const char *hash);

/* 32 random bytes as base64url, with PREFIX and "_" before it ("pms_…"). */
const char *token_new(struct scope *sc, const char *prefix);
/* What is kept of a token: its BLAKE2b-256. Tokens are random, so no salt is needed. */
struct bytes token_hash(struct scope *sc, const char *token);

/* HMAC-SHA-256. */
void hmac_sha256(const void *key, size_t key_len, struct bytes data, unsigned char out[HASH_BYTES]);
/* A key made ready once, for many texts. */
struct hmac_key {
	_Alignas(16) unsigned char state[208];
};
void hmac_key_ready(const void *key, size_t key_len, struct hmac_key *k);
void hmac_sha256_with(const struct hmac_key *k, struct bytes data, unsigned char out[HASH_BYTES]);
void sha256(struct bytes data, unsigned char out[HASH_BYTES]);
bool same_bytes(const void *a, const void *b, size_t len);

#endif
