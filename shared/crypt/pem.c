/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

enum err fail_openssl(struct scope *sc, const char *what)
{
	char reason[160] = "no reason given";
	unsigned long code = ERR_peek_last_error();

	if (code)
		ERR_error_string_n(code, reason, sizeof reason);
	ERR_clear_error();
	return fail(sc, ERR_INTERNAL, "%s: %s", what, reason);
}

/* Nobody is at the terminal to be asked for a passphrase. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	return 0;
}

static BIO *open_text(struct scope *sc, const char *pem, const char *what)
{
	size_t len = pem ? strnlen(pem, PEM_MAX + 1) : 0;
	BIO *bio = NULL;

	if (len > 0 && len <= PEM_MAX)
		bio = BIO_new_mem_buf(pem, (int)len);
	if (!bio)
		(void)fail(sc, ERR_INPUT, "This is no %s", what);
	return bio;
}

static void *or_refuse(struct scope *sc, void *thing, const char *what)
{
	ERR_clear_error();
	if (!thing)
		(void)fail(sc, ERR_INPUT, "This is no %s", what);
	return thing;
}

X509 *cert_of(struct scope *sc, const char *pem)
{
	CLEANUP(free_bio) BIO *bio = open_text(sc, pem, "certificate");

	if (!bio)
		return NULL;
	return or_refuse(sc, PEM_read_bio_X509(bio, NULL, no_passphrase, NULL), "certificate");
}

EVP_PKEY *key_of(struct scope *sc, const char *pem)
{
	CLEANUP(free_bio) BIO *bio = open_text(sc, pem, "private key");

	if (!bio)
		return NULL;
	return or_refuse(
		sc, PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL), "private key");
}

X509_REQ *request_of(struct scope *sc, const char *pem)
{
	CLEANUP(free_bio) BIO *bio = open_text(sc, pem, "certificate request");

	if (!bio)
		return NULL;
	return or_refuse(
		sc, PEM_read_bio_X509_REQ(bio, NULL, no_passphrase, NULL), "certificate request");
}

const char *text_of(struct scope *sc, BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	return arena_copy(sc->mem, data, (size_t)len);
}

enum err key_text(struct scope *sc, EVP_PKEY *key, const char **pem)
{
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_secmem());

	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		return fail_openssl(sc, "A private key cannot be written");
	*pem = text_of(sc, bio);
	return ERR_NONE;
}
