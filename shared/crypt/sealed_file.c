/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#define MAGIC  "penguin-backup 1\n"
#define PIECE  ((size_t)65536)
#define SEALED (PIECE + crypto_secretstream_xchacha20poly1305_ABYTES)

_Static_assert(
	SEAL_KEY_BYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES, "one key for both");

struct sealed_out {
	crypto_secretstream_xchacha20poly1305_state state;
	FILE *file;       /* owned */
	char *path, *tmp; /* owned */
	size_t len;
	unsigned char piece[PIECE], sealed[SEALED];
};

struct sealed_in {
	crypto_secretstream_xchacha20poly1305_state state;
	FILE *file; /* owned */
	size_t at, len;
	bool last; /* the piece in hand is the final one */
	unsigned char piece[PIECE], sealed[SEALED];
};

static void *make(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

/* ---- writing ---- */

static enum err put_raw(struct scope *sc, struct sealed_out *f, const void *data, size_t len)
{
	if (fwrite(data, 1, len, f->file) != len)
		return fail(sc, ERR_AWAY, "%s: %m", f->tmp);
	return ERR_NONE;
}

enum err sealed_create(
	struct scope *sc, const char *path, const struct seal_key *key, struct sealed_out **out)
{
	unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
	struct sealed_out *f;
	enum err e;
	int fd;

	if (access(path, F_OK) == 0)
		return fail(sc, ERR_CONFLICT, "%s exists", path);
	f = make(sizeof *f);
	if (asprintf(&f->path, "%s", path) < 0 || asprintf(&f->tmp, "%s.part", path) < 0)
		abort();
	fd = open(f->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	f->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f->file) {
		e = fail(sc, ERR_AWAY, "%s: %m", f->tmp);
		sealed_out_free(f);
		return e;
	}
	crypto_secretstream_xchacha20poly1305_init_push(&f->state, header, key->bytes);
	e = put_raw(sc, f, MAGIC, sizeof MAGIC - 1);
	if (!e)
		e = put_raw(sc, f, header, sizeof header);
	if (e) {
		sealed_out_free(f);
		return e;
	}
	*out = f;
	return ERR_NONE;
}

static enum err put_piece(struct scope *sc, struct sealed_out *f, unsigned char tag)
{
	unsigned long long len;

	crypto_secretstream_xchacha20poly1305_push(
		&f->state, f->sealed, &len, f->piece, f->len, NULL, 0, tag);
	f->len = 0;
	return put_raw(sc, f, f->sealed, (size_t)len);
}

enum err sealed_put(struct scope *sc, struct sealed_out *f, const void *data, size_t len)
{
	const unsigned char *at = data;

	while (len) {
		size_t n = PIECE - f->len < len ? PIECE - f->len : len;

		memcpy(f->piece + f->len, at, n);
		f->len += n;
		at += n;
		len -= n;
		if (f->len == PIECE) {
			enum err e =
				put_piece(sc, f, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);

			if (e)
				return e;
		}
	}
	return ERR_NONE;
}

static void sync_folder(const char *path)
{
	char *folder = strdup(path), *slash = strrchr(folder, '/');
	int fd;

	if (slash)
		slash[slash == folder] = 0;
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

enum err sealed_finish(struct scope *sc, struct sealed_out *f)
{
	enum err e = put_piece(sc, f, crypto_secretstream_xchacha20poly1305_TAG_FINAL);

	if (e)
		return e;
	if (fflush(f->file) != 0 || fsync(fileno(f->file)) != 0)
		return fail(sc, ERR_AWAY, "%s: %m", f->tmp);
	/* Nobody's file is ever overwritten. */
	if (link(f->tmp, f->path) != 0)
		return fail(sc, errno == EEXIST ? ERR_CONFLICT : ERR_AWAY, "%s: %m", f->path);
	sync_folder(f->path);
	return ERR_NONE;
}

void sealed_out_free(struct sealed_out *f)
{
	if (!f)
		return;
	if (f->file) {
		fclose(f->file);
		unlink(f->tmp);
	}
	free(f->path);
	free(f->tmp);
	sodium_memzero(f, sizeof *f);
	free(f);
}

/* ---- reading ---- */

enum err sealed_open(
	struct scope *sc, const char *path, const struct seal_key *key, struct sealed_in **in)
{
	unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
	char magic[sizeof MAGIC - 1];
	struct sealed_in *f = make(sizeof *f);
	enum err e = ERR_NONE;

	f->file = fopen(path, "re");
	if (!f->file)
		e = fail(sc, ERR_INPUT, "%s: %m", path);
	else if (fread(magic, 1, sizeof magic, f->file) != sizeof magic ||
		 memcmp(magic, MAGIC, sizeof magic) != 0 ||
		 fread(header, 1, sizeof header, f->file) != sizeof header ||
		 crypto_secretstream_xchacha20poly1305_init_pull(&f->state, header, key->bytes) !=
			 0)
		e = fail(sc, ERR_INPUT, "%s is no backup of this program", path);
	if (e) {
		sealed_in_free(f);
		return e;
	}
	*in = f;
	return ERR_NONE;
}

static enum err next_piece(struct scope *sc, struct sealed_in *f)
{
	unsigned long long len;
	unsigned char tag;
	size_t n;

	if (f->last)
		return fail(sc, ERR_INPUT, "the backup ends too early");
	n = fread(f->sealed, 1, SEALED, f->file);
	if (n < crypto_secretstream_xchacha20poly1305_ABYTES ||
		crypto_secretstream_xchacha20poly1305_pull(
			&f->state, f->piece, &len, &tag, f->sealed, n, NULL, 0) != 0)
		return fail(sc, ERR_INPUT,
			"the backup is damaged or cut off, or was sealed with another key");
	f->last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	f->len = (size_t)len;
	f->at = 0;
	return ERR_NONE;
}

enum err sealed_get(struct scope *sc, struct sealed_in *f, void *data, size_t len)
{
	unsigned char *at = data;

	while (len) {
		size_t n = f->len - f->at < len ? f->len - f->at : len;

		if (n == 0) {
			enum err e = next_piece(sc, f);

			if (e)
				return e;
			continue;
		}
		memcpy(at, f->piece + f->at, n);
		f->at += n;
		at += n;
		len -= n;
	}
	return ERR_NONE;
}

enum err sealed_end(struct scope *sc, struct sealed_in *f)
{
	while (!f->last && f->at == f->len) {
		enum err e = next_piece(sc, f);

		if (e)
			return e;
	}
	if (f->at != f->len || fgetc(f->file) != EOF)
		return fail(sc, ERR_INPUT, "the backup goes on behind its end");
	return ERR_NONE;
}

void sealed_in_free(struct sealed_in *f)
{
	if (!f)
		return;
	if (f->file)
		fclose(f->file);
	sodium_memzero(f, sizeof *f);
	free(f);
}
