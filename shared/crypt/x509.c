/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Making certificates: authorities, and what they sign. */
#include "crypt/openssl.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "base/out.h"
#include "base/rand.h"

#define SERIAL_BYTES 16
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

struct extension {
	int nid;
	const char *value;
};

/* What a new certificate says. The authority is NULL for one that signs itself. */
struct issue {
	const char *cn;
	int64_t from_ms, until_ms;
	EVP_PKEY *key; /* borrowed; the public half goes in */
	X509 *ca;      /* borrowed */
	EVP_PKEY *ca_key;
	const struct extension *extensions; /* ended by nid 0 */
};

static const struct extension authority_says[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
	{ 0, NULL },
};

static const struct extension client_says[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "clientAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid" },
	{ 0, NULL },
};

static bool set_serial(X509 *cert)
{
	unsigned char raw[SERIAL_BYTES];
	BIGNUM *n;
	bool ok;

	rand_bytes(raw, sizeof raw);
	raw[0] = (raw[0] & 0x7f) | 0x40; /* positive, and always as long */
	n = BN_bin2bn(raw, sizeof raw, NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

static bool set_name(X509_NAME *name, const char *cn)
{
	return X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
}

static bool add_extensions(X509 *cert, const struct issue *in)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, in->ca ? in->ca : cert, cert, NULL, NULL, 0);
	for (const struct extension *e = in->extensions; e->nid; e++) {
		X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, &ctx, e->nid, e->value);
		bool ok = x && X509_add_ext(cert, x, -1);

		X509_EXTENSION_free(x);
		if (!ok)
			return false;
	}
	return true;
}

static bool fill(X509 *cert, const struct issue *in)
{
	return X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	       ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(in->from_ms / SECOND_MS)) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(in->until_ms / SECOND_MS)) &&
	       set_name(X509_get_subject_name(cert), in->cn) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(in->ca ? in->ca : cert)) &&
	       X509_set_pubkey(cert, in->key) && add_extensions(cert, in) &&
	       X509_sign(cert, in->ca ? in->ca_key : in->key, EVP_sha256());
}

static enum err issue(struct scope *sc, const struct issue *in, const char **pem)
{
	CLEANUP(free_cert) X509 *cert = X509_new();
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());

	if (!cert || !bio || !fill(cert, in) || !PEM_write_bio_X509(bio, cert))
		return fail_openssl(sc, "A certificate cannot be made");
	*pem = text_of(sc, bio);
	return ERR_NONE;
}

/* IN->key is made here; both halves of the pair come back. */
static enum err issue_pair(struct scope *sc, struct issue *in, struct x509_pair *out)
{
	CLEANUP(free_key) EVP_PKEY *key = EVP_EC_gen("P-256");
	struct x509_pair pair;
	enum err e;

	if (!key)
		return fail_openssl(sc, "A key cannot be made");
	in->key = key;
	e = issue(sc, in, &pair.cert);
	if (!e)
		e = key_text(sc, key, &pair.key);
	if (!e)
		*out = pair;
	return e;
}

/* As issue_pair() for CA, which is read first. */
static enum err issue_under(
	struct scope *sc, const struct x509_pair *ca, struct issue *in, struct x509_pair *out)
{
	CLEANUP(free_cert) X509 *cert = cert_of(sc, ca->cert);
	CLEANUP(free_key) EVP_PKEY *key = cert ? key_of(sc, ca->key) : NULL;

	if (!key)
		return fail(sc, ERR_INTERNAL, "The authority cannot be read: %s", sc->why);
	in->ca = cert;
	in->ca_key = key;
	return issue_pair(sc, in, out);
}

enum err x509_authority(
	struct scope *sc, const char *cn, int64_t from_ms, int64_t until_ms, struct x509_pair *out)
{
	struct issue in = {
		.cn = cn, .from_ms = from_ms, .until_ms = until_ms, .extensions = authority_says
	};

	return issue_pair(sc, &in, out);
}

enum err x509_client(struct scope *sc, const struct x509_pair *ca, const char *cn, int64_t from_ms,
	int64_t until_ms, struct x509_pair *out)
{
	struct issue in = {
		.cn = cn, .from_ms = from_ms, .until_ms = until_ms, .extensions = client_says
	};

	return issue_under(sc, ca, &in, out);
}

static bool is_address(const char *name)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, raw) == 1 || inet_pton(AF_INET6, name, raw) == 1;
}

/* A comma would end the entry and begin another kind of name. */
static bool is_plain_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:*",
			    *c))
			return false;
	return name[0] != 0 && strlen(name) < 254;
}

enum err x509_server(struct scope *sc, const struct x509_pair *ca, const char *const *names,
	int64_t from_ms, int64_t until_ms, struct x509_pair *out)
{
	struct out san;
	struct issue in = { .from_ms = from_ms, .until_ms = until_ms };

	out_init(&san, sc->mem);
	for (const char *const *n = names; *n; n++) {
		if (!is_plain_name(*n))
			return fail(sc, ERR_INPUT, "%s is no host name", *n);
		out_printf(
			&san, "%s%s:%s", n == names ? "" : ",", is_address(*n) ? "IP" : "DNS", *n);
	}
	if (san.len == 0)
		return fail(sc, ERR_INPUT, "A server certificate needs a name");
	/* X.520 bounds a common name; the names that count are the alternative ones. */
	in.cn = strlen(names[0]) <= 64 ? names[0] : "server";
	in.extensions = (const struct extension[]){
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_alt_name, san.data },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid" },
		{ 0, NULL },
	};
	return issue_under(sc, ca, &in, out);
}

static bool is_strong(EVP_PKEY *key)
{
	char group[32] = "";
	size_t len;

	if (EVP_PKEY_is_a(key, "EC"))
		return EVP_PKEY_get_group_name(key, group, sizeof group, &len) &&
		       str_eq(group, "prime256v1");
	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN &&
		       EVP_PKEY_get_bits(key) <= RSA_BITS_MAX;
	return EVP_PKEY_is_a(key, "ED25519");
}

enum err x509_sign(struct scope *sc, const struct x509_pair *ca, const char *csr, const char *cn,
	int64_t from_ms, int64_t until_ms, const char **cert)
{
	CLEANUP(free_request) X509_REQ *request = request_of(sc, csr);
	CLEANUP(free_cert) X509 *ca_cert = NULL;
	CLEANUP(free_key) EVP_PKEY *ca_key = NULL;
	EVP_PKEY *key;

	if (!request)
		return sc->err;
	key = X509_REQ_get0_pubkey(request);
	if (!key || !is_strong(key))
		return fail(sc, ERR_INPUT,
			"The request's key must be P-256, Ed25519 or RSA of 2048 to 8192 bits");
	if (X509_REQ_verify(request, key) != 1)
		return fail(sc, ERR_INPUT, "The request's signature does not hold");
	ca_cert = cert_of(sc, ca->cert);
	ca_key = ca_cert ? key_of(sc, ca->key) : NULL;
	if (!ca_key)
		return fail(sc, ERR_INTERNAL, "The authority cannot be read: %s", sc->why);
	return issue(sc,
		&(struct issue){ .cn = cn,
			.from_ms = from_ms,
			.until_ms = until_ms,
			.key = key,
			.ca = ca_cert,
			.ca_key = ca_key,
			.extensions = client_says },
		cert);
}

static enum err request(struct scope *sc, const char *cn, EVP_PKEY *key, const char **csr)
{
	CLEANUP(free_request) X509_REQ *r = X509_REQ_new();
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());

	if (!r || !bio || !X509_REQ_set_version(r, X509_REQ_VERSION_1) ||
		!set_name(X509_REQ_get_subject_name(r), cn) || !X509_REQ_set_pubkey(r, key) ||
		!X509_REQ_sign(r, key, EVP_sha256()) || !PEM_write_bio_X509_REQ(bio, r))
		return fail_openssl(sc, "A certificate request cannot be made");
	*csr = text_of(sc, bio);
	return ERR_NONE;
}

enum err x509_request(struct scope *sc, const char *cn, struct x509_pair *csr_and_key)
{
	CLEANUP(free_key) EVP_PKEY *key = EVP_EC_gen("P-256");
	struct x509_pair pair;
	enum err e;

	if (!key)
		return fail_openssl(sc, "A key cannot be made");
	e = request(sc, cn, key, &pair.cert);
	if (!e)
		e = key_text(sc, key, &pair.key);
	if (!e)
		*csr_and_key = pair;
	return e;
}

enum err x509_request_for(struct scope *sc, const char *cn, const char *key, const char **csr)
{
	CLEANUP(free_key) EVP_PKEY *k = key_of(sc, key);

	return k ? request(sc, cn, k, csr) : sc->err;
}
