/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A stateful S3-compatible store on loopback, in this process: objects and uploads in parts, path
 * style, one bucket, one key. It checks signatures by its own reading of the specification, and
 * goes wrong as told.
 */
#ifndef DOUBLE_S3_H
#define DOUBLE_S3_H

#include "base/scope.h"
#include "base/str.h"

#define S3_DOUBLE_BUCKET "backups"
#define S3_DOUBLE_REGION "eu-test-1"
#define S3_DOUBLE_KEY    "AKIDTEST"
#define S3_DOUBLE_SECRET "s3cr3t/of+the test"

struct s3_double;

/* NOW reads its clock (real ms); NULL takes the system's. */
struct s3_double *s3_double_start(int64_t (*now)(void *arg), void *arg);
/* Accepts NULL. */
void s3_double_stop(struct s3_double *d);
int s3_double_port(const struct s3_double *d);

/* Least bytes of a part that is not the last; S3's own 5 MiB until it is told. */
void s3_double_part_least(struct s3_double *d, size_t bytes);

enum s3_fault_kind {
	S3_FAULT_STATUS, /* answers STATUS with CODE, and Retry-After where it is 503 */
	S3_FAULT_CUT,    /* closes the connection without a word, before anything is done */
	S3_FAULT_VOID,   /* does it, and closes the connection without a word */
	S3_FAULT_SHORT,  /* says that all is well and keeps half; gives half of what is asked for */
	S3_FAULT_200,    /* 200 with an <Error> inside */
};
struct s3_fault {
	const char *method;
	const char *query; /* that it has somewhere; NULL any */
	enum s3_fault_kind kind;
	int status;
	const char *code;
	int times;
	int after; /* so many are let through first */
};
/* Texts are static. Replaces what was told before; NULL: all is well. */
void s3_double_fault(struct s3_double *d, const struct s3_fault *f);

/* The bytes of an object; data NULL when there is none. Arena. */
struct bytes s3_double_object(struct scope *sc, struct s3_double *d, const char *name);
/* How many objects, and uploads that were begun and neither ended nor given up. */
size_t s3_double_objects(struct s3_double *d);
size_t s3_double_uploads(struct s3_double *d);
/* Requests so far, those that went wrong too. */
int s3_double_asked(struct s3_double *d);

#endif
