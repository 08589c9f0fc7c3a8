/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A file of bytes in sealed pieces (libsodium's secretstream, XChaCha20-Poly1305): a piece that was
 * changed, left out, doubled or cut off is noticed. Written beside and renamed when it is whole.
 */
#ifndef CRYPT_SEALED_FILE_H
#define CRYPT_SEALED_FILE_H

#include "base/scope.h"
#include "crypt/seal.h"

struct sealed_out;
struct sealed_in;

/* ERR_CONFLICT when PATH exists. */
enum err sealed_create(struct scope *sc, const char *path, const struct seal_key *key,
	struct sealed_out **out) MUST;
enum err sealed_put(struct scope *sc, struct sealed_out *f, const void *data, size_t len) MUST;
/* The file is whole and on the disk. */
enum err sealed_finish(struct scope *sc, struct sealed_out *f) MUST;
/* Without sealed_finish() nothing stays. Accepts NULL. */
void sealed_out_free(struct sealed_out *f);

/* ERR_INPUT for what is no such file or not sealed with KEY. */
enum err sealed_open(
	struct scope *sc, const char *path, const struct seal_key *key, struct sealed_in **in) MUST;
/* Exactly LEN bytes. ERR_INPUT where the file ends before, or was tampered with. */
enum err sealed_get(struct scope *sc, struct sealed_in *f, void *data, size_t len) MUST;
/* Nothing is left. */
enum err sealed_end(struct scope *sc, struct sealed_in *f) MUST;
/* Accepts NULL. */
void sealed_in_free(struct sealed_in *f);

#endif
