/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One signed request to the store; what files are made of. */
#ifndef BACKUP_S3_PRIV_H
#define BACKUP_S3_PRIV_H

#include "backup/s3.h"
#include "net/http.h"

#define S3_PART_LEAST ((int64_t)8 * 1024 * 1024)
#define S3_PART_MOST  ((int64_t)64 * 1024 * 1024)
#define S3_PARTS      10000

struct s3_call {
	const char *method;
	const char *name;
	const char *query; /* sorted and encoded; "" for none */
	struct bytes body;
	int64_t from, to; /* a range of a GET; to 0 asks for all */
};

/* Bytes of a part and of a range: S3_PART_LEAST, unless a test wants less. */
int64_t s3_part(const struct s3 *s);
void s3_part_set(struct s3 *s, int64_t bytes);

/* Signs, sends, and tries again while the store is busy or away. Any other status is success: the
   caller says what it means. */
enum err s3_call(
	struct scope *sc, struct s3 *s, const struct s3_call *c, struct http_answer *a) MUST;
/* What a status that was not hoped for means: the store's code and message. */
enum err s3_refused(struct scope *sc, const struct s3_call *c, const struct http_answer *a) MUST;

#endif
