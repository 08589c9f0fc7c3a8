/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files, folders and links one after another in a sealed file. Private to backup and restore. */
#ifndef MAILU_ARCHIVE_H
#define MAILU_ARCHIVE_H

#include "base/scope.h"
#include "crypt/sealed_file.h"

#define ARCHIVE_NAME 4096 /* bytes of a name, or of a link's target */

enum archive_kind { ARCHIVE_END, ARCHIVE_FOLDER, ARCHIVE_FILE, ARCHIVE_LINK };

struct archive_entry {
	enum archive_kind kind;
	uint32_t mode, uid, gid;
	int64_t mtime; /* seconds; of mail, when it came */
	uint64_t size; /* of a file's bytes, or a link's target, which follow */
	const char *name;
};

enum err archive_put(struct scope *sc, struct sealed_out *out, const struct archive_entry *e) MUST;
/* NAME lies in the arena. ERR_INPUT for what archive_put() never writes, and for a name that would
   lead out of the folder it is unpacked in. */
enum err archive_get(struct scope *sc, struct sealed_in *in, struct archive_entry *e) MUST;

#endif
