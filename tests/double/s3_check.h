/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether a request is signed. */
#ifndef DOUBLE_S3_CHECK_H
#define DOUBLE_S3_CHECK_H

#include <microhttpd.h>

#include "double/s3.h"

struct s3_asked {
	struct MHD_Connection *connection;
	const char *method;
	const char *uri; /* as it stood in the request line */
	struct bytes body;
	int64_t now;
};

/* NULL when the request is signed as it must be; the store's code otherwise, and its *STATUS. */
const char *s3_check(struct scope *sc, const struct s3_asked *a, int *status);
/* %XX undone. */
const char *s3_decode(struct scope *sc, const char *text, size_t len);

#endif
