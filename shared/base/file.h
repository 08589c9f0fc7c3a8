/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Small files, whole: keys, certificates, settings, tokens. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include "base/scope.h"
#include "base/str.h"

/* All of PATH with a zero byte behind it. ERR_MISSING when it does not exist, ERR_LIMIT beyond MAX
   bytes, ERR_AWAY when it cannot be read. */
enum err file_read(struct scope *sc, const char *path, size_t max, struct bytes *data) MUST;
/* As file_read() for text: blanks at both ends are gone. ERR_INPUT when it holds a NUL. */
enum err file_text(struct scope *sc, const char *path, size_t max, const char **text) MUST;
/* Replaces PATH by DATA at once or not at all (written beside, synced, renamed, folder synced).
   ERR_AWAY when the disk refuses. */
enum err file_write(struct scope *sc, const char *path, mode_t mode, struct bytes data) MUST;
/* The folder is there afterwards, made with MODE where it was not; its parents must exist. */
enum err file_folder(struct scope *sc, const char *path, mode_t mode) MUST;

#endif
