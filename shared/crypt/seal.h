/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Secrets at rest (libsodium, XChaCha20-Poly1305): version byte, key version, nonce, cipher text.
 * CONTEXT ("mailbox.secret", "detail") is authenticated, so that a value moved to another column
 * does not open. The master key comes from the service manager's credential store; tenant keys are
 * random, versioned, and themselves sealed under it.
 */
#ifndef CRYPT_SEAL_H
#define CRYPT_SEAL_H

#include "base/scope.h"
#include "base/str.h"

#define SEAL_KEY_BYTES 32

struct seal_key {
	unsigned char bytes[SEAL_KEY_BYTES];
	uint32_t version;
};

void seal_key_make(struct seal_key *k, uint32_t version);
void seal_key_wipe(struct seal_key *k);
/* Base64url text of 32 bytes, blanks around it allowed: the master key file. */
enum err seal_key_read(struct scope *sc, const char *path, struct seal_key *k) MUST;
/* NUMBERS bind the value to its row (tenant, id), or 0. */
void seal(struct scope *sc, const struct seal_key *k, const char *context, int64_t tenant,
	int64_t id, struct bytes plain, struct bytes *sealed);
/* ERR_INTERNAL when it does not open with K (wrong key, context, row, or damaged). */
enum err seal_open(struct scope *sc, const struct seal_key *k, const char *context, int64_t tenant,
	int64_t id, struct bytes sealed, struct bytes *plain) MUST;
/* The key version a sealed value names; 0 when it is no sealed value. */
uint32_t seal_version(struct bytes sealed);

/* To a public key made elsewhere (crypto_box_seal): parts for an appliance. */
void seal_pair_make(unsigned char public_key[32], unsigned char secret_key[32]);
void seal_to(struct scope *sc, const unsigned char public_key[32], struct bytes plain,
	struct bytes *sealed);
enum err seal_open_mine(struct scope *sc, const unsigned char public_key[32],
	const unsigned char secret_key[32], struct bytes sealed, struct bytes *plain) MUST;

#endif
