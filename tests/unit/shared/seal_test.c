/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/seal.h"

#include <fcntl.h>
#include <unistd.h>

#include "kit.h"

static const struct bytes plain = { "a mailbox's password", 20 };

TEST(a_sealed_value_opens_only_where_it_was_sealed)
{
	struct seal_key key, other;
	struct bytes sealed, opened;

	seal_key_make(&key, 3);
	seal_key_make(&other, 3);
	seal(sc, &key, "mailbox.secret", 7, 9, plain, &sealed);
	CHECK_INT(seal_version(sealed), 3);
	OK(seal_open(sc, &key, "mailbox.secret", 7, 9, sealed, &opened));
	CHECK_INT((int64_t)opened.len, (int64_t)plain.len);
	CHECK(memcmp(opened.data, plain.data, plain.len) == 0);
	CHECK_INT(seal_open(sc, &key, "detail", 7, 9, sealed, &opened), ERR_INTERNAL);
	CHECK_INT(seal_open(sc, &key, "mailbox.secret", 8, 9, sealed, &opened), ERR_INTERNAL);
	CHECK_INT(seal_open(sc, &key, "mailbox.secret", 7, 8, sealed, &opened), ERR_INTERNAL);
	CHECK_INT(seal_open(sc, &other, "mailbox.secret", 7, 9, sealed, &opened), ERR_INTERNAL);
	other = key;
	other.version = 4;
	CHECK_INT(seal_open(sc, &other, "mailbox.secret", 7, 9, sealed, &opened), ERR_INTERNAL);
}

TEST(a_damaged_sealed_value_does_not_open)
{
	struct seal_key key;
	struct bytes sealed, opened;
	unsigned char *copy;

	seal_key_make(&key, 1);
	seal(sc, &key, "detail", 1, 1, plain, &sealed);
	for (size_t i = 0; i < sealed.len; i++) {
		copy = arena_copy(sc->mem, sealed.data, sealed.len);
		copy[i] ^= 1;
		CHECK_INT(seal_open(sc, &key, "detail", 1, 1, bytes_of(copy, sealed.len), &opened),
			ERR_INTERNAL);
	}
	for (size_t len = 0; len < sealed.len; len++)
		CHECK_INT(seal_open(sc, &key, "detail", 1, 1, bytes_of(sealed.data, len), &opened),
			ERR_INTERNAL);
	CHECK_INT(seal_version(bytes_of(NULL, 0)), 0);
}

TEST(the_same_value_never_looks_the_same_sealed)
{
	struct seal_key key;
	struct bytes a, b;

	seal_key_make(&key, 1);
	seal(sc, &key, "detail", 1, 1, plain, &a);
	seal(sc, &key, "detail", 1, 1, plain, &b);
	CHECK(memcmp(a.data, b.data, a.len) != 0);
}

TEST(a_part_sealed_to_an_appliance_opens_with_its_pair_alone)
{
	unsigned char public_key[32], secret_key[32], other_public[32], other_secret[32];
	struct bytes sealed, opened;

	seal_pair_make(public_key, secret_key);
	seal_pair_make(other_public, other_secret);
	seal_to(sc, public_key, plain, &sealed);
	OK(seal_open_mine(sc, public_key, secret_key, sealed, &opened));
	CHECK(opened.len == plain.len && memcmp(opened.data, plain.data, plain.len) == 0);
	CHECK_INT(seal_open_mine(sc, other_public, other_secret, sealed, &opened), ERR_INPUT);
	CHECK_INT(seal_open_mine(sc, public_key, secret_key, bytes_of(sealed.data, 10), &opened),
		ERR_INPUT);
}

static const char *key_file(struct scope *sc, const char *text)
{
	const char *path = arena_printf(sc->mem, "%s/master", kit_folder(sc));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	NEED(fd >= 0);
	NEED(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

TEST(a_master_key_is_read_from_its_file_or_refused)
{
	struct seal_key made, read;
	const char *text;

	seal_key_make(&made, 1);
	text = str_base64url(sc->mem, made.bytes, sizeof made.bytes);
	OK(seal_key_read(sc, key_file(sc, arena_printf(sc->mem, " %s\n", text)), &read));
	CHECK(memcmp(made.bytes, read.bytes, sizeof read.bytes) == 0);
	CHECK_INT(seal_key_read(sc, key_file(sc, "c2hvcnQ"), &read), ERR_INPUT);
	CHECK_INT(seal_key_read(sc, key_file(sc, ""), &read), ERR_INPUT);
	CHECK_INT(seal_key_read(sc, "/nonexistent/key", &read), ERR_MISSING);
}
