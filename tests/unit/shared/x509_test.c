/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/x509.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "crypt/openssl.h"
#include "crypt/secret.h"
#include "kit.h"

static struct x509_pair authority(struct scope *sc, const char *name)
{
	struct x509_pair ca;
	int64_t now = now_real(sc).ms;

	OK(x509_authority(sc, name, now, now + 3650 * DAY_MS, &ca));
	return ca;
}

TEST(a_chain_does_not_verify_across_authorities)
{
	struct x509_pair one = authority(sc, "PenguinMails agents");
	struct x509_pair other = authority(sc, "PenguinMails hubs"), twin, client;
	int64_t now = now_real(sc).ms;

	OK(x509_client(sc, &one, "app_x", now, now + DAY_MS, &client));
	OK(x509_check(sc, one.cert, client.cert));
	CHECK_INT(x509_check(sc, other.cert, client.cert), ERR_INPUT);
	/* The same name with another key is another authority. */
	twin = authority(sc, "PenguinMails agents");
	CHECK_INT(x509_check(sc, twin.cert, client.cert), ERR_INPUT);
	/* A leaf vouches for nobody, and a bundle may hold several roots. */
	CHECK_INT(x509_check(sc, client.cert, client.cert), ERR_INPUT);
	OK(x509_check(sc, arena_printf(sc->mem, "%s%s", other.cert, one.cert), client.cert));
}

TEST(a_certificate_says_what_it_was_made_for)
{
	struct x509_pair ca = authority(sc, "PenguinMails servers"), server;
	struct x509_info info, ca_info;
	int64_t now = now_real(sc).ms;
	const char *const names[] = { "127.0.0.1", "localhost", NULL };
	const char *const bad[] = { "a,DNS:b", NULL }, *const none[] = { NULL };

	OK(x509_server(sc, &ca, names, now, now + 90 * DAY_MS, &server));
	OK(x509_check(sc, ca.cert, server.cert));
	OK(x509_read(sc, server.cert, &info));
	CHECK_TEXT(info.cn, "127.0.0.1");
	CHECK_INT(info.from, now);
	CHECK_INT(info.until, now + 90 * DAY_MS);
	CHECK_INT((int64_t)strlen(info.serial), 32);
	OK(x509_read(sc, ca.cert, &ca_info));
	CHECK(!same_bytes(info.key_sha256, ca_info.key_sha256, 32));
	CHECK_INT(x509_server(sc, &ca, bad, now, now + DAY_MS, &server), ERR_INPUT);
	CHECK_INT(x509_server(sc, &ca, none, now, now + DAY_MS, &server), ERR_INPUT);
	CHECK_INT(x509_read(sc, "no certificate", &info), ERR_INPUT);
}

TEST(a_request_is_signed_for_the_name_the_signer_chose)
{
	struct x509_pair ca = authority(sc, "PenguinMails agents"), request;
	struct x509_info info;
	const char *cert;
	int64_t now = now_real(sc).ms;

	OK(x509_request(sc, "somebody else", &request));
	OK(x509_sign(sc, &ca, request.cert, "app_mine", now, now + 90 * DAY_MS, &cert));
	OK(x509_check(sc, ca.cert, cert));
	OK(x509_read(sc, cert, &info));
	CHECK_TEXT(info.cn, "app_mine");
}

TEST(a_request_with_a_broken_signature_is_refused)
{
	struct x509_pair ca = authority(sc, "PenguinMails agents"), mine, theirs;
	CLEANUP(free_request) X509_REQ *r = NULL;
	CLEANUP(free_key) EVP_PKEY *key = NULL;
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());
	const char *cert = "untouched";

	OK(x509_request(sc, "a", &mine));
	OK(x509_request(sc, "a", &theirs));
	r = request_of(sc, mine.cert);
	key = key_of(sc, theirs.key);
	NEED(r && key && bio);
	/* Somebody else's key under my signature. */
	NEED(X509_REQ_set_pubkey(r, key));
	NEED(PEM_write_bio_X509_REQ(bio, r));
	CHECK_INT(x509_sign(sc, &ca, text_of(sc, bio), "app", 0, DAY_MS, &cert), ERR_INPUT);
	CHECK_INT(x509_sign(sc, &ca, "-----BEGIN CERTIFICATE REQUEST-----\n", "app", 0, DAY_MS,
			  &cert),
		ERR_INPUT);
	CHECK_TEXT(cert, "untouched");
}

static const char *request_with(struct scope *sc, EVP_PKEY *key)
{
	CLEANUP(free_request) X509_REQ *r = X509_REQ_new();
	CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());

	NEED(key && r && bio && X509_REQ_set_pubkey(r, key) &&
		X509_REQ_sign(r, key, EVP_sha256()) && PEM_write_bio_X509_REQ(bio, r));
	return text_of(sc, bio);
}

TEST(a_request_with_a_weak_key_is_refused)
{
	struct x509_pair ca = authority(sc, "PenguinMails agents");
	CLEANUP(free_key) EVP_PKEY *weak = EVP_RSA_gen(1024);
	CLEANUP(free_key) EVP_PKEY *odd = EVP_EC_gen("secp256k1");
	CLEANUP(free_key) EVP_PKEY *good = EVP_RSA_gen(2048);
	const char *cert;

	CHECK_INT(x509_sign(sc, &ca, request_with(sc, weak), "app", 0, DAY_MS, &cert), ERR_INPUT);
	CHECK_INT(x509_sign(sc, &ca, request_with(sc, odd), "app", 0, DAY_MS, &cert), ERR_INPUT);
	OK(x509_sign(sc, &ca, request_with(sc, good), "app", 0, DAY_MS, &cert));
}

TEST(a_new_request_for_an_old_key_keeps_the_key)
{
	struct x509_pair ca = authority(sc, "PenguinMails agents"), first;
	struct x509_info a, b;
	const char *csr, *cert;

	OK(x509_request(sc, "app", &first));
	OK(x509_sign(sc, &ca, first.cert, "app", 0, DAY_MS, &cert));
	OK(x509_read(sc, cert, &a));
	OK(x509_request_for(sc, "app", first.key, &csr));
	OK(x509_sign(sc, &ca, csr, "app", 0, DAY_MS, &cert));
	OK(x509_read(sc, cert, &b));
	CHECK(same_bytes(a.key_sha256, b.key_sha256, 32));
	CHECK(!str_eq(a.serial, b.serial));
}

TEST(the_proof_of_an_old_key_holds_for_its_words_alone)
{
	struct x509_pair ca = authority(sc, "PenguinMails agents"), mine, other;
	struct bytes words = bytes_of("renew me", 8), sig;

	OK(x509_client(sc, &ca, "app", 0, DAY_MS, &mine));
	OK(x509_client(sc, &ca, "app", 0, DAY_MS, &other));
	OK(x509_prove(sc, mine.key, words, &sig));
	OK(x509_verify(sc, mine.cert, words, sig));
	CHECK_INT(x509_verify(sc, other.cert, words, sig), ERR_DENIED);
	CHECK_INT(x509_verify(sc, mine.cert, bytes_of("renew you", 9), sig), ERR_DENIED);
	CHECK_INT(x509_verify(sc, mine.cert, words, bytes_of("", 0)), ERR_DENIED);
}

TEST(a_list_of_revoked_certificates_names_each)
{
	struct x509_pair ca = authority(sc, "PenguinMails agents"), mine;
	struct x509_info info;
	const char *pem, *const serials[] = { "0102", "40ff" };
	X509_CRL *crl;
	BIO *bio;

	OK(x509_client(sc, &ca, "app", 0, DAY_MS, &mine));
	OK(x509_read(sc, mine.cert, &info));
	OK(x509_crl(sc, &ca, serials, 2, now_real(sc).ms, now_real(sc).ms + DAY_MS, &pem));
	bio = BIO_new_mem_buf(pem, -1);
	crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	BIO_free(bio);
	NEED(crl != NULL);
	CHECK_INT(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 2);
	X509_CRL_free(crl);
	OK(x509_crl(sc, &ca, NULL, 0, now_real(sc).ms, now_real(sc).ms + DAY_MS, &pem));
}
