/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What lies in the store, and what a request does to it. */
#ifndef DOUBLE_S3_PRIV_H
#define DOUBLE_S3_PRIV_H

#include <microhttpd.h>
#include <pthread.h>

#include "double/s3.h"

#define S3_MANY  64
#define S3_PARTS 1000

#define S3_PART_LEAST_BYTES ((size_t)5 * 1024 * 1024)

struct blob {
	char *data; /* owned; NULL: there is none */
	size_t len;
};

struct object {
	char *name; /* owned; NULL: free */
	struct blob blob;
};

struct upload {
	char *name; /* owned */
	int number;
	struct blob parts[S3_PARTS + 1];
};

struct s3_double {
	struct MHD_Daemon *daemon;
	int64_t (*now)(void *arg);
	void *arg;
	pthread_mutex_t lock;
	struct object objects[S3_MANY];
	struct upload *uploads[S3_MANY]; /* owned */
	struct s3_fault fault;
	size_t part_least;
	int asked, numbers;
};

struct ask {
	struct scope *sc;
	struct s3_double *d;
	const char *method, *name, *query;
	const struct blob *body;
	const char *range; /* the header, or NULL */
};

struct answer {
	int status;
	const char *code;    /* of an error */
	const char *etag;    /* arena */
	const char *xml;     /* arena; of a success */
	struct bytes object; /* arena; of a GET or HEAD */
	int64_t from, all;   /* of a range; all 0 for the whole */
	bool cut, half;
};

void blob_set(struct blob *to, const void *data, size_t len);
void object_drop(struct object *o);
void upload_drop(struct upload **at);
/* HALF: keeps and gives half, and says nothing of it. */
struct answer s3_perform(const struct ask *q, bool half);

#endif
