/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The installation's certificates (OpenSSL, P-256). Three authorities that never meet in one chain,
 * so that no listener can take one kind of certificate for another:
 *   server: signs the broker's and the hub's own TLS certificates; agents pin its key's SHA-256
 *   agent:  signs one client certificate per appliance, CN = the appliance's id as text
 *   hub:    signs one client certificate per hub process
 */
#ifndef CRYPT_X509_H
#define CRYPT_X509_H

#include "base/scope.h"
#include "base/str.h"

struct x509_pair {
	const char *cert; /* arena; PEM */
	const char *key;  /* arena; PEM, PKCS#8 */
};

struct x509_info {
	const char *cn;               /* arena */
	const char *serial;           /* arena; lower-case hex */
	int64_t from, until;          /* real ms */
	unsigned char key_sha256[32]; /* of the SubjectPublicKeyInfo */
};

/* A self-signed authority. */
enum err x509_authority(struct scope *sc, const char *cn, int64_t from_ms, int64_t until_ms,
	struct x509_pair *out) MUST;
/* A server certificate for NAMES (NULL-terminated: host names or IP addresses). */
enum err x509_server(struct scope *sc, const struct x509_pair *ca, const char *const *names,
	int64_t from_ms, int64_t until_ms, struct x509_pair *out) MUST;
/* A client certificate and its key, made here (hubs; tests). */
enum err x509_client(struct scope *sc, const struct x509_pair *ca, const char *cn, int64_t from_ms,
	int64_t until_ms, struct x509_pair *out) MUST;
/* A key and a CSR for CN (agent). */
enum err x509_request(struct scope *sc, const char *cn, struct x509_pair *csr_and_key) MUST;
/* A new CSR for an existing key. */
enum err x509_request_for(struct scope *sc, const char *cn, const char *key, const char **csr) MUST;
/* Signs CSR for exactly CN, whatever subject it names; its own signature must hold and its key be
   P-256, Ed25519 or RSA of at least 2048 bits. ERR_INPUT otherwise. */
enum err x509_sign(struct scope *sc, const struct x509_pair *ca, const char *csr, const char *cn,
	int64_t from_ms, int64_t until_ms, const char **cert) MUST;
enum err x509_read(struct scope *sc, const char *cert_pem, struct x509_info *out) MUST;
/* CERT was signed by CA_CERT; validity in time is not looked at. */
enum err x509_check(struct scope *sc, const char *ca_cert_pem, const char *cert_pem) MUST;
/* The certificate is valid for NAME, a host name or address. */
bool x509_names(struct scope *sc, const char *cert_pem, const char *name);
/* A CRL of SERIALS (hex) signed by CA. */
enum err x509_crl(struct scope *sc, const struct x509_pair *ca, const char *const *serials,
	size_t count, int64_t now_ms, int64_t next_ms, const char **pem) MUST;
/* Signature over DATA with the private KEY, and its check with the certificate's key: proof of an
   old key when a certificate has expired. */
enum err x509_prove(struct scope *sc, const char *key, struct bytes data, struct bytes *sig) MUST;
enum err x509_verify(struct scope *sc, const char *cert, struct bytes data, struct bytes sig) MUST;

#endif
