/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "backup/backup_command.h"

#include <fcntl.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/s3.h"
#include "base/rand.h"
#include "base/str.h"
#include "config.h"
#include "crypt/seal.h"
#include "hub.h"

#define IN_STORE "s3:"

const struct command_option backup_options[] = {
	{ "out", "FILE|s3:NAME", true,
		"The copy; it must not exist yet. s3:NAME is in the store of backup.s3.*." },
	{ "keys", "FILE", true, "The keys; it must not exist yet. Keep it apart from the copy." },
	{ "key-file", "FILE", true, "What seals both: a key as master-key makes it." },
	{ 0 },
};
const struct command_option restore_options[] = {
	{ "from", "FILE|s3:NAME", true, "The copy." },
	{ "keys", "FILE", true, "The keys that belong to it." },
	{ "key-file", "FILE", true, "What sealed both." },
	{ 0 },
};

/* The name in the store; NULL for a file. */
static const char *name_in_store(const char *text)
{
	return str_starts(text, IN_STORE) ? text + strlen(IN_STORE) : NULL;
}

/* The rows' file: on its way to or from the store it lies in state_dir. */
static const char *file_of(struct scope *sc, const char *text)
{
	unsigned char random[8];

	if (!name_in_store(text))
		return text;
	rand_bytes(random, sizeof random);
	return arena_printf(sc->mem, "%s/backup-%s", hub_of(sc)->config->state_dir,
		str_hex(sc->mem, random, sizeof random));
}

static enum err check_names(struct scope *sc, const char *copy, const char *keys)
{
	const char *name = name_in_store(copy);

	if (name_in_store(keys))
		return fail(sc, ERR_INPUT, "the keys do not go into the store: keep them apart");
	if (name && (!*name || *name == '/' || strlen(name) > 512))
		return fail(sc, ERR_INPUT, "a name in the store has 1 to 512 bytes, no / first");
	return ERR_NONE;
}

/* ---- out ---- */

static enum err send_away(struct scope *sc, const char *name, const struct backup_files *files)
{
	struct s3 *s;
	enum err e = s3_open(sc, &s);

	if (e)
		return e;
	e = s3_put_file(sc, s, name, files->rows);
	s3_close(s);
	return e;
}

enum err backup_command(struct scope *sc, struct command_line *line)
{
	const char *out = command_option(line, "out"), *keys = command_option(line, "keys");
	struct backup_files files = { file_of(sc, out), keys };
	const char *name = name_in_store(out);
	struct backup_count n;
	struct seal_key key;
	enum err e = check_names(sc, out, keys);

	if (!e)
		e = seal_key_read(sc, command_option(line, "key-file"), &key);
	if (e)
		return e;
	scope_system(sc);
	e = backup_write(sc, &key, &files, &n);
	seal_key_wipe(&key);
	if (!e && name) {
		e = send_away(sc, name, &files);
		unlink(files.rows);
		/* Keys without their copy would look like a backup. */
		if (e)
			unlink(files.keys);
	}
	if (!e)
		out_printf(&line->out, "copied %lld rows and %lld files\n", (long long)n.rows,
			(long long)n.files);
	return e;
}

/* ---- back ---- */

static enum err fetch(struct scope *sc, const char *name, const struct backup_files *files)
{
	struct s3 *s;
	enum err e = s3_open(sc, &s);

	if (e)
		return e;
	e = s3_get_file(sc, s, name, files->rows);
	s3_close(s);
	return e;
}

enum err restore_command(struct scope *sc, struct command_line *line)
{
	const char *from = command_option(line, "from"), *keys = command_option(line, "keys");
	struct backup_files files = { file_of(sc, from), keys };
	const char *name = name_in_store(from);
	struct backup_count n;
	struct seal_key key;
	enum err e = check_names(sc, from, keys);

	if (!e)
		e = seal_key_read(sc, command_option(line, "key-file"), &key);
	if (e)
		return e;
	scope_system(sc);
	e = name ? fetch(sc, name, &files) : ERR_NONE;
	if (!e)
		e = backup_restore(sc, &key, &files, &n);
	seal_key_wipe(&key);
	if (name)
		unlink(files.rows);
	if (!e)
		out_printf(&line->out, "restored %lld rows and %lld files\n", (long long)n.rows,
			(long long)n.files);
	return e;
}

/* ---- the master key ---- */

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
