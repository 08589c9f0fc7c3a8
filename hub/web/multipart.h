/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* multipart/form-data (RFC 7578), whole in memory or mapped. */
#ifndef WEB_MULTIPART_H
#define WEB_MULTIPART_H

#include "base/scope.h"
#include "base/str.h"

#define MULTIPART_PARTS 256

struct part {
	const char *name;     /* arena */
	const char *filename; /* arena; NULL where the part is no file */
	struct bytes data;    /* borrowed from the body */
};

/* CONTENT_TYPE is the header with its boundary. ERR_INPUT where the body is not what it says,
   ERR_LIMIT above MULTIPART_PARTS. */
enum err multipart_parse(struct scope *sc, const char *content_type, struct bytes body,
	struct part **parts, size_t *n) MUST;

#endif
