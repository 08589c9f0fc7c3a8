/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bytes too large for a row or a packet: files under objects_dir, named by what is in them and
 * whose they are. A file is complete or absent (written beside, synced, renamed). Classes that hold
 * personal data are sealed with the tenant's key, so that its deletion shreds every copy.
 */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "store/db.h"

#define OBJECT_MAX (64 * 1024 * 1024)

/* Known classes: 'import' and 'export' (sealed, a week), 'part' (plain, a day after its last use),
   'letter' (sealed, two years), 'parcel' (as it came, until it is removed). */
struct object {
	int64_t id;
	struct bytes hash; /* arena; SHA-256 of the bytes */
	int64_t size;
	const char *mime;  /* arena */
	const char *class; /* arena */
	const char *place; /* arena; file name under objects_dir */
	int64_t expires;   /* real ms; 0 never */
};

/* Stores DATA and its row; calls db_write() itself. The same bytes in the same class give the same
   object, with its expiry pushed out. ERR_LIMIT beyond OBJECT_MAX, ERR_AWAY when the disk refuses.
 */
enum err object_put(
	struct scope *sc, const char *class, const char *mime, struct bytes data, int64_t *id) MUST;
enum err object_find(struct scope *sc, int64_t id, struct object *out) MUST;
/* The whole content, opened; its hash is checked. */
enum err object_read(struct scope *sc, const struct object *o, struct bytes *data) MUST;
/* Inside db_write(): the row goes now, the file with the next clean-up. */
enum err object_remove(struct scope *sc, int64_t id) MUST;

/* ---- for backups ---- */

/* "ten_…/obj_…": a name that object_put() could have made, and so one that stays in the folder. */
bool object_place_is_ours(const char *place);
/* The file as it lies there, sealed where its class is. ERR_MISSING when it is gone. */
enum err object_file_read(struct scope *sc, const char *place, struct bytes *data) MUST;
/* The same bytes to the same place; one that lies there is replaced. */
enum err object_file_write(struct scope *sc, const char *place, struct bytes data) MUST;

#endif
