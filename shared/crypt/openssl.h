/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of x509 share: handles that are freed with their local, PEM both ways. */
#ifndef CRYPT_OPENSSL_H
#define CRYPT_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "crypt/x509.h"

/* More than any certificate, key or request of ours. A bundle may hold several. */
#define PEM_MAX (16 * 1024)

static inline void free_bio(BIO **b)
{
	BIO_free_all(*b);
}
static inline void free_key(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}
static inline void free_cert(X509 **c)
{
	X509_free(*c);
}
static inline void free_request(X509_REQ **r)
{
	X509_REQ_free(*r);
}

/* ERR_INTERNAL with OpenSSL's own reason behind WHAT; empties its error queue. */
enum err fail_openssl(struct scope *sc, const char *what);

/* NULL, with ERR_INPUT recorded in SC, when PEM is not one. */
X509 *cert_of(struct scope *sc, const char *pem);
EVP_PKEY *key_of(struct scope *sc, const char *pem);
X509_REQ *request_of(struct scope *sc, const char *pem);
/* What was written to BIO, in the arena. */
const char *text_of(struct scope *sc, BIO *bio);
/* PKCS#8, not encrypted. */
enum err key_text(struct scope *sc, EVP_PKEY *key, const char **pem) MUST;

#endif
