/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/archive.h"

#include <endian.h>
#include <string.h>

/* An entry's head, big endian; its name follows. */
struct head {
	uint32_t kind, mode, uid, gid;
	uint64_t mtime, size;
	uint32_t name, zero;
};

enum err archive_put(struct scope *sc, struct sealed_out *out, const struct archive_entry *e)
{
	size_t len = e->name ? strlen(e->name) : 0;
	const struct head h = { htobe32(e->kind), htobe32(e->mode), htobe32(e->uid),
		htobe32(e->gid), htobe64((uint64_t)e->mtime), htobe64(e->size),
		htobe32((uint32_t)len), 0 };
	enum err err;

	if (len >= ARCHIVE_NAME)
		return fail(sc, ERR_LIMIT, "a name of MailU's is too long");
	err = sealed_put(sc, out, &h, sizeof h);
	return err ? err : sealed_put(sc, out, e->name ? e->name : "", len);
}

/* Below the folder it is unpacked in, by whatever way. */
static bool is_below(const char *name)
{
	for (const char *at = name;; at++) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += n;
		if (!*at)
			return true;
	}
}

enum err archive_get(struct scope *sc, struct sealed_in *in, struct archive_entry *e)
{
	struct head h;
	uint32_t len;
	char *name;
	enum err err = sealed_get(sc, in, &h, sizeof h);

	if (err)
		return err;
	len = be32toh(h.name);
	if (be32toh(h.kind) > ARCHIVE_LINK || len >= ARCHIVE_NAME)
		return fail(sc, ERR_INPUT, "this is no backup of a MailU");
	name = arena_alloc(sc->mem, len + 1);
	err = sealed_get(sc, in, name, len);
	if (err)
		return err;
	*e = (struct archive_entry){ (enum archive_kind)be32toh(h.kind), be32toh(h.mode),
		be32toh(h.uid), be32toh(h.gid), (int64_t)be64toh(h.mtime), be64toh(h.size), name };
	if (e->kind == ARCHIVE_LINK && e->size >= ARCHIVE_NAME)
		return fail(sc, ERR_INPUT, "this is no backup of a MailU");
	if (e->kind != ARCHIVE_END && (strlen(name) != len || !is_below(name)))
		return fail(sc, ERR_INPUT, "this backup names a file that is not MailU's");
	return ERR_NONE;
}
