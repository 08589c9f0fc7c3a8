/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whole files in an S3-compatible store (backup.s3.*): addressed by path, each request signed,
 * large files in parts. What the store says it cannot do now is tried again with patience; what it
 * refuses is told with the store's own words.
 */
#ifndef BACKUP_S3_H
#define BACKUP_S3_H

#include "base/scope.h"

struct s3;

/* ERR_INPUT unless backup.s3.* is set and the secret can be read. */
enum err s3_open(struct scope *sc, struct s3 **out) MUST;
/* Accepts NULL. */
void s3_close(struct s3 *s);

/* The file at PATH as NAME, and the store was asked whether all of it is there. ERR_CONFLICT when
   NAME exists; ERR_LIMIT above 640 GB; ERR_UPSTREAM, and nothing stays, when it could not be. */
enum err s3_put_file(struct scope *sc, struct s3 *s, const char *name, const char *path) MUST;
/* ERR_MISSING when there is no NAME. PATH is made anew. */
enum err s3_get_file(struct scope *sc, struct s3 *s, const char *name, const char *path) MUST;

#endif
