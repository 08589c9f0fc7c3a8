/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * AWS Signature Version 4 as S3-compatible stores ask for it. Written out by hand: what libcurl of
 * Debian 12 signs is not what it sends, once there is a query or an empty header.
 */
#ifndef CRYPT_SIGV4_H
#define CRYPT_SIGV4_H

#include "base/scope.h"
#include "base/str.h"

struct sigv4_header {
	const char *name; /* lower case */
	const char *value;
};

struct sigv4 {
	const char *key, *secret, *region, *service;
	const char *time;      /* "20130524T000000Z": sigv4_time() */
	const char *method;    /* "GET" … */
	const char *path;      /* encoded once: sigv4_path() */
	const char *query;     /* sorted, encoded, each name with its "="; "" for none */
	const char *body_hash; /* hex of the body's SHA-256: sigv4_hash() */
	const struct sigv4_header *headers; /* sorted by name; host, x-amz-date … */
	size_t header_count;
};

const char *sigv4_time(struct scope *sc, int64_t real_ms);
const char *sigv4_hash(struct scope *sc, struct bytes body);
/* Every byte but A-Z a-z 0-9 - . _ ~ / as %XX. */
const char *sigv4_path(struct scope *sc, const char *path);
/* The value of the header Authorization. */
const char *sigv4_sign(struct scope *sc, const struct sigv4 *s);

#endif
