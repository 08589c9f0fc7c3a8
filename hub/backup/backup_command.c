/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "backup/backup_command.h"

#include <fcntl.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/str.h"
#include "crypt/seal.h"

const struct command_option backup_options[] = {
	{ "out", "FILE", true, "The copy; it must not exist yet." },
	{ "keys", "FILE", true, "The keys; it must not exist yet. Keep it apart from the copy." },
	{ "key-file", "FILE", true, "What seals both: a key as master-key makes it." },
	{ 0 },
};
const struct command_option restore_options[] = {
	{ "from", "FILE", true, "The copy." },
	{ "keys", "FILE", true, "The keys that belong to it." },
	{ "key-file", "FILE", true, "What sealed both." },
	{ 0 },
};

enum err backup_command(struct scope *sc, struct command_line *line)
{
	struct backup_files files = { command_option(line, "out"), command_option(line, "keys") };
	struct seal_key key;
	int64_t rows;
	enum err e = seal_key_read(sc, command_option(line, "key-file"), &key);

	scope_system(sc);
	if (!e)
		e = backup_write(sc, &key, &files, &rows);
	seal_key_wipe(&key);
	if (!e)
		out_printf(&line->out, "copied %lld rows\n", (long long)rows);
	return e;
}

enum err restore_command(struct scope *sc, struct command_line *line)
{
	struct backup_files files = { command_option(line, "from"), command_option(line, "keys") };
	struct seal_key key;
	int64_t rows;
	enum err e = seal_key_read(sc, command_option(line, "key-file"), &key);

	scope_system(sc);
	if (!e)
		e = backup_restore(sc, &key, &files, &rows);
	seal_key_wipe(&key);
	if (!e)
		out_printf(&line->out, "restored %lld rows\n", (long long)rows);
	return e;
}

enum err master_key_command(struct scope *sc, struct command_line *line)
{
	struct seal_key key;
	const char *text;
	ssize_t n;
	int fd = open(line->operand, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(sc, ERR_INPUT, "%s: %m", line->operand);
	seal_key_make(&key, 1);
	text = arena_printf(sc->mem, "%s\n", str_base64url(sc->mem, key.bytes, sizeof key.bytes));
	n = write(fd, text, strlen(text));
	if (fsync(fd) < 0 || n != (ssize_t)strlen(text)) {
		close(fd);
		return fail(sc, ERR_AWAY, "%s: %m", line->operand);
	}
	close(fd);
	seal_key_wipe(&key);
	return ERR_NONE;
}
