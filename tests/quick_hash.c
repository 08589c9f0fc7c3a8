/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Linked into a program of tests with --wrap: a password is hashed by the least that libsodium
 * takes, instead of 64 MiB and a tenth of a second. The tests sign in hundreds of times, and what
 * the cost itself must be is tests/unit/shared/secret_test.c's to hold.
 */
#include <sodium.h>

int __real_crypto_pwhash_str(char *out, const char *password, unsigned long long len,
	unsigned long long ops, size_t memory);
int __wrap_crypto_pwhash_str(char *out, const char *password, unsigned long long len,
	unsigned long long ops, size_t memory);
int __real_crypto_pwhash_str_needs_rehash(const char *hash, unsigned long long ops, size_t memory);
int __wrap_crypto_pwhash_str_needs_rehash(const char *hash, unsigned long long ops, size_t memory);

int __wrap_crypto_pwhash_str(char *out, const char *password, unsigned long long len,
	unsigned long long ops, size_t memory)
{
	return __real_crypto_pwhash_str(
		out, password, len, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN);
}

int __wrap_crypto_pwhash_str_needs_rehash(const char *hash, unsigned long long ops, size_t memory)
{
	return __real_crypto_pwhash_str_needs_rehash(
		hash, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN);
}
