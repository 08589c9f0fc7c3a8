/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading and judging certificates: what they say, who signed them, which are revoked, proofs. */
#include "crypt/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/out.h"
#include "crypt/secret.h"

static void free_store(X509_STORE **s)
{
	X509_STORE_free(*s);
}
static void free_store_ctx(X509_STORE_CTX **c)
{
	X509_STORE_CTX_free(*c);
}
static void free_crl(X509_CRL **c)
{
	X509_CRL_free(*c);
}
static void free_md(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}
static void free_bn(BIGNUM **n)
{
	BN_free(*n);
}

static enum err common_name(struct scope *sc, X509 *cert, const char **cn)
{
	char text[65];
	int len = X509_NAME_get_text_by_NID(
		X509_get_subject_name(cert), NID_commonName, text, sizeof text);

	if (len <= 0 || (size_t)len >= sizeof text || strlen(text) != (size_t)len)
		return fail(sc, ERR_INPUT, "The certificate has no common name");
	*cn = arena_text(sc->mem, text);
	return ERR_NONE;
}

static enum err serial(struct scope *sc, X509 *cert, const char **hex)
{
	CLEANUP(free_bn) BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	unsigned char raw[32];
	int len = n ? BN_num_bytes(n) : 0;

	if (len <= 0 || (size_t)len > sizeof raw)
		return fail(sc, ERR_INPUT, "The certificate has no usable serial number");
	BN_bn2bin(n, raw);
	*hex = str_hex(sc->mem, raw, (size_t)len);
	return ERR_NONE;
}

static bool moment(const ASN1_TIME *t, int64_t *ms)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(t, &tm))
		return false;
	*ms = (int64_t)timegm(&tm) * SECOND_MS;
	return true;
}

static bool hash_key(X509 *cert, unsigned char out[32])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	if (len <= 0)
		return false;
	sha256(bytes_of(der, (size_t)len), out);
	OPENSSL_free(der);
	return true;
}

enum err x509_read(struct scope *sc, const char *cert_pem, struct x509_info *out)
{
	CLEANUP(free_cert) X509 *cert = cert_of(sc, cert_pem);
	struct x509_info info;
	enum err e;

	if (!cert)
		return sc->err;
	e = common_name(sc, cert, &info.cn);
	if (!e)
		e = serial(sc, cert, &info.serial);
	if (e)
		return e;
	if (!moment(X509_get0_notBefore(cert), &info.from) ||
		!moment(X509_get0_notAfter(cert), &info.until) || !hash_key(cert, info.key_sha256))
		return fail(sc, ERR_INPUT, "The certificate is damaged");
	*out = info;
	return ERR_NONE;
}

/* Every certificate of BUNDLE becomes a root. */
static enum err trust(struct scope *sc, X509_STORE *store, const char *bundle)
{
	CLEANUP(free_bio) BIO *bio = NULL;
	size_t len = strnlen(bundle, PEM_MAX + 1);
	int count = 0;

	if (len <= PEM_MAX)
		bio = BIO_new_mem_buf(bundle, (int)len);
	while (bio) {
		CLEANUP(free_cert) X509 *ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);

		if (!ca)
			break;
		if (!X509_STORE_add_cert(store, ca))
			return fail_openssl(sc, "An authority cannot be trusted");
		count++;
	}
	ERR_clear_error();
	return count ? ERR_NONE : fail(sc, ERR_INPUT, "This is no certificate");
}

enum err x509_check(struct scope *sc, const char *ca_cert_pem, const char *cert_pem)
{
	CLEANUP(free_cert) X509 *cert = cert_of(sc, cert_pem);
	CLEANUP(free_store) X509_STORE *store = X509_STORE_new();
	CLEANUP(free_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum err e;

	if (!cert)
		return sc->err;
	if (!store || !ctx)
		return fail_openssl(sc, "A certificate cannot be checked");
	e = trust(sc, store, ca_cert_pem);
	if (e)
		return e;
	if (!X509_STORE_CTX_init(ctx, store, cert, NULL))
		return fail_openssl(sc, "A certificate cannot be checked");
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
	if (X509_verify_cert(ctx) != 1) {
		ERR_clear_error();
		return fail(sc, ERR_INPUT, "The certificate is not signed by this authority: %s",
			X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	}
	return ERR_NONE;
}

bool x509_names(struct scope *sc, const char *cert_pem, const char *name)
{
	CLEANUP(free_cert) X509 *cert = cert_of(sc, cert_pem);

	if (!cert) {
		scope_clear(sc);
		return false;
	}
	return X509_check_host(cert, name, strlen(name), 0, NULL) == 1 ||
	       X509_check_ip_asc(cert, name, 0) == 1;
}

static bool revoke(X509_CRL *crl, const char *hex, ASN1_TIME *now)
{
	CLEANUP(free_bn) BIGNUM *n = NULL;
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_INTEGER *number = NULL;
	bool ok = false;

	if (r && BN_hex2bn(&n, hex) && (number = BN_to_ASN1_INTEGER(n, NULL)) &&
		X509_REVOKED_set_serialNumber(r, number) && X509_REVOKED_set_revocationDate(r, now))
		ok = X509_CRL_add0_revoked(crl, r);
	if (!ok)
		X509_REVOKED_free(r);
	ASN1_INTEGER_free(number);
	return ok;
}

/* OpenSSL takes a list without a number for one of the old kind, and refuses extensions in it. */
static bool number_crl(X509_CRL *crl, int64_t now_ms)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	bool ok = n && ASN1_INTEGER_set_int64(n, now_ms) &&
		  X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, 0);

	ASN1_INTEGER_free(n);
	return ok;
}

static bool fill_crl(X509_CRL *crl, X509 *ca, const char *const *serials, size_t count,
	const int64_t times_ms[2])
{
	ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(times_ms[0] / SECOND_MS));
	ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)(times_ms[1] / SECOND_MS));
	bool ok = now && next && X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
		  X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) &&
		  X509_CRL_set1_lastUpdate(crl, now) && X509_CRL_set1_nextUpdate(crl, next);

	for (size_t i = 0; ok && i < count; i++)
		ok = revoke(crl, serials[i], now);
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	return ok && number_crl(crl, times_ms[0]) && X509_CRL_sort(crl);
}

enum err x509_crl(struct scope *sc, const struct x509_pair *ca, const char *const *serials,
	size_t count, int64_t now_ms, int64_t next_ms, const char **pem)
{
	CLEANUP(free_cert) X509 *cert = cert_of(sc, ca->cert);
	CLEANUP(free_key) EVP_PKEY *key = cert ? key_of(sc, ca->key) : NULL;
	CLEANUP(free_crl) X509_CRL *crl = X509_CRL_new();
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());

	if (!key)
		return fail(sc, ERR_INTERNAL, "The authority cannot be read: %s", sc->why);
	if (!crl || !bio ||
		!fill_crl(crl, cert, serials, count, (const int64_t[]){ now_ms, next_ms }) ||
		!X509_CRL_sign(crl, key, EVP_sha256()) || !PEM_write_bio_X509_CRL(bio, crl))
		return fail_openssl(sc, "The list of revoked certificates cannot be made");
	*pem = text_of(sc, bio);
	return ERR_NONE;
}

/* Ed25519 brings its own hash. */
static const EVP_MD *hash_for(EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

enum err x509_prove(struct scope *sc, const char *key, struct bytes data, struct bytes *sig)
{
	CLEANUP(free_key) EVP_PKEY *k = key_of(sc, key);
	CLEANUP(free_md) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *out;
	size_t len = 0;

	if (!k)
		return sc->err;
	if (!ctx || !EVP_DigestSignInit(ctx, NULL, hash_for(k), NULL, k) ||
		EVP_DigestSign(ctx, NULL, &len, data.data, data.len) != 1)
		return fail_openssl(sc, "A proof cannot be made");
	out = arena_alloc(sc->mem, len);
	if (EVP_DigestSign(ctx, out, &len, data.data, data.len) != 1)
		return fail_openssl(sc, "A proof cannot be made");
	*sig = bytes_of(out, len);
	return ERR_NONE;
}

enum err x509_verify(struct scope *sc, const char *cert, struct bytes data, struct bytes sig)
{
	CLEANUP(free_cert) X509 *c = cert_of(sc, cert);
	CLEANUP(free_md) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = c ? X509_get0_pubkey(c) : NULL;
	bool holds;

	if (!c)
		return sc->err;
	if (!ctx || !key || !EVP_DigestVerifyInit(ctx, NULL, hash_for(key), NULL, key))
		return fail_openssl(sc, "A proof cannot be checked");
	holds = EVP_DigestVerify(ctx, sig.data, sig.len, data.data, data.len) == 1;
	ERR_clear_error();
	return holds ? ERR_NONE : fail(sc, ERR_DENIED, "The proof of the old key does not hold");
}
