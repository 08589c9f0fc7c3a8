/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "kit.h"

static const char *place(struct scope *sc, const char *name)
{
	return arena_printf(sc->mem, "%s/%s", kit_folder(sc), name);
}

TEST(a_file_is_replaced_whole_with_its_mode)
{
	const char *path = place(sc, "key");
	struct bytes data;
	struct stat st;

	OK(file_write(sc, path, 0600, bytes_of("one\n", 4)));
	OK(file_write(sc, path, 0600, bytes_of("two\n", 4)));
	OK(file_read(sc, path, 4, &data));
	CHECK(data.len == 4 && memcmp(data.data, "two\n", 5) == 0);
	NEED(stat(path, &st) == 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	/* Nothing is left beside it. */
	CHECK_INT((int64_t)st.st_nlink, 1);
	CHECK_INT(rmdir(kit_folder(sc)) == 0, 0);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(rmdir(kit_folder(sc)), 0);
	CHECK_INT(mkdir(kit_folder(sc), 0700), 0);
}

TEST(a_file_that_is_missing_too_large_or_no_text_says_so)
{
	const char *path = place(sc, "text"), *text;
	struct bytes data;

	CHECK_INT(file_read(sc, path, 10, &data), ERR_MISSING);
	OK(file_write(sc, path, 0600, bytes_of("  padded \n", 10)));
	CHECK_INT(file_read(sc, path, 9, &data), ERR_LIMIT);
	OK(file_text(sc, path, 10, &text));
	CHECK_TEXT(text, "padded");
	OK(file_write(sc, path, 0600, bytes_of("a\0b", 3)));
	CHECK_INT(file_text(sc, path, 10, &text), ERR_INPUT);
	CHECK_INT(file_write(sc, place(sc, "no/where"), 0600, bytes_of("", 0)), ERR_AWAY);
}

TEST(a_folder_is_there_afterwards_or_the_reason_is_said)
{
	const char *path = place(sc, "folder");

	OK(file_folder(sc, path, 0700));
	OK(file_folder(sc, path, 0700));
	OK(file_write(sc, place(sc, "file"), 0600, bytes_of("", 0)));
	CHECK_INT(file_folder(sc, place(sc, "file"), 0700), ERR_AWAY);
}
