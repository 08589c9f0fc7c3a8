/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "base/out.h"
#include "base/rand.h"

/* Layout: one byte of format, four of key version (big endian), the nonce, the cipher text. */
#define FORMAT     1
#define NONCE_AT   5
#define NONCE_LEN  crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define CIPHER_AT  (NONCE_AT + NONCE_LEN)
#define TAG_LEN    crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEALED_MIN (CIPHER_AT + TAG_LEN)

void seal_key_make(struct seal_key *k, uint32_t version)
{
	rand_bytes(k->bytes, sizeof k->bytes);
	k->version = version;
}

void seal_key_wipe(struct seal_key *k)
{
	sodium_memzero(k, sizeof *k);
}

static enum err read_text(struct scope *sc, const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return fail(sc, ERR_MISSING, "%s: %s", path, strerror(errno));
	got = read(fd, text, size - 1);
	close(fd);
	if (got < 0)
		return fail(sc, ERR_MISSING, "%s: %s", path, strerror(errno));
	text[got] = 0;
	return ERR_NONE;
}

enum err seal_key_read(struct scope *sc, const char *path, struct seal_key *k)
{
	char text[256];
	struct bytes raw = { NULL, 0 };
	enum err e = read_text(sc, path, text, sizeof text);

	if (e)
		return e;
	if (!str_unbase64url(sc->mem, str_trim(sc->mem, text), SEAL_KEY_BYTES, &raw) ||
		raw.len != SEAL_KEY_BYTES)
		e = fail(sc, ERR_INPUT, "%s: a master key is 32 bytes in base64url", path);
	sodium_memzero(text, sizeof text);
	if (e)
		return e;
	memcpy(k->bytes, raw.data, SEAL_KEY_BYTES);
	sodium_memzero((void *)(uintptr_t)raw.data, raw.len);
	k->version = 1;
	return ERR_NONE;
}

static void put64(struct out *o, int64_t n)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		out_char(o, (char)((uint64_t)n >> shift));
}

/* What is authenticated beside the text: another column, tenant or row does not open. */
static struct bytes place(struct scope *sc, const char *context, int64_t tenant, int64_t id)
{
	struct out o;

	out_init(&o, sc->mem);
	out_bytes(&o, context, strlen(context) + 1);
	put64(&o, tenant);
	put64(&o, id);
	return bytes_of(o.data, o.len);
}

void seal(struct scope *sc, const struct seal_key *k, const char *context, int64_t tenant,
	int64_t id, struct bytes plain, struct bytes *sealed)
{
	unsigned char *out = arena_alloc(sc->mem, SEALED_MIN + plain.len);
	struct bytes ad = place(sc, context, tenant, id);

	out[0] = FORMAT;
	for (int i = 0; i < 4; i++)
		out[1 + i] = (unsigned char)(k->version >> (24 - 8 * i));
	rand_bytes(out + NONCE_AT, NONCE_LEN);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + CIPHER_AT, NULL, plain.data, plain.len,
		ad.data, ad.len, NULL, out + NONCE_AT, k->bytes);
	*sealed = bytes_of(out, SEALED_MIN + plain.len);
}

uint32_t seal_version(struct bytes sealed)
{
	const unsigned char *in = sealed.data;
	uint32_t version = 0;

	if (!in || sealed.len < SEALED_MIN || in[0] != FORMAT)
		return 0;
	for (int i = 0; i < 4; i++)
		version = version << 8 | in[1 + i];
	return version;
}

enum err seal_open(struct scope *sc, const struct seal_key *k, const char *context, int64_t tenant,
	int64_t id, struct bytes sealed, struct bytes *plain)
{
	const unsigned char *in = sealed.data;
	struct bytes ad = place(sc, context, tenant, id);
	unsigned char *out;

	if (seal_version(sealed) != k->version)
		return fail(sc, ERR_INTERNAL, "A sealed value (%s) needs another key", context);
	out = arena_alloc(sc->mem, sealed.len - SEALED_MIN + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, in + CIPHER_AT,
		    sealed.len - CIPHER_AT, ad.data, ad.len, in + NONCE_AT, k->bytes) != 0)
		return fail(sc, ERR_INTERNAL, "A sealed value (%s) does not open", context);
	*plain = bytes_of(out, sealed.len - SEALED_MIN);
	return ERR_NONE;
}

void seal_pair_make(unsigned char public_key[32], unsigned char secret_key[32])
{
	crypto_box_keypair(public_key, secret_key);
}

void seal_to(struct scope *sc, const unsigned char public_key[32], struct bytes plain,
	struct bytes *sealed)
{
	unsigned char *out = arena_alloc(sc->mem, crypto_box_SEALBYTES + plain.len);

	/* Fails only for a public key of small order, which seals to nobody. */
	if (crypto_box_seal(out, plain.data, plain.len, public_key) != 0)
		memset(out, 0, crypto_box_SEALBYTES + plain.len);
	*sealed = bytes_of(out, crypto_box_SEALBYTES + plain.len);
}

enum err seal_open_mine(struct scope *sc, const unsigned char public_key[32],
	const unsigned char secret_key[32], struct bytes sealed, struct bytes *plain)
{
	unsigned char *out;

	if (!sealed.data || sealed.len < crypto_box_SEALBYTES)
		return fail(sc, ERR_INPUT, "A sealed part is too short");
	out = arena_alloc(sc->mem, sealed.len - crypto_box_SEALBYTES + 1);
	if (crypto_box_seal_open(out, sealed.data, sealed.len, public_key, secret_key) != 0)
		return fail(sc, ERR_INPUT, "A sealed part does not open with this machine's key");
	*plain = bytes_of(out, sealed.len - crypto_box_SEALBYTES);
	return ERR_NONE;
}
