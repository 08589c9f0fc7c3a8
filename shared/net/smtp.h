/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * SMTP submission of one message to one recipient over libcurl, connection reused between
 * messages. The outcome separates "the server has it" from "the server does not" from "cannot
 * be known", because the last must never be tried again without proof.
 */
#ifndef NET_SMTP_H
#define NET_SMTP_H

#include "base/scope.h"
#include "base/str.h"

struct smtp; /* one connection; not shared between threads */

struct smtp_config {
	const char *host;
	int port;
	const char *helo;            /* NULL: libcurl's */
	const char *user, *password; /* NULL for none */
	bool starttls;
	bool tls;        /* from the first byte (port 465), instead of starttls */
	bool unverified; /* only for loopback: the certificate is made for the world's eyes */
	const char *ca_file;
	int timeout_s; /* 0 means 60 */
};

enum smtp_outcome {
	SMTP_QUEUED,   /* 250 after the final dot: the server has it */
	SMTP_REFUSED,  /* a 5xx before acceptance: it never will */
	SMTP_DEFERRED, /* a 4xx before acceptance, or no connection: it does not have it; try again
			*/
	SMTP_UNKNOWN,  /* the connection broke after the final dot was sent: nobody can say */
};

struct smtp_result {
	enum smtp_outcome outcome;
	int code;             /* the last SMTP reply, 0 when there was none */
	const char *status;   /* arena; enhanced status "5.1.1", or "" */
	const char *text;     /* arena; the reply's text, at most 512 bytes, valid UTF-8 */
	const char *queue_id; /* arena; from "queued as …", or NULL */
};

enum err smtp_open(struct scope *sc, const struct smtp_config *c, struct smtp **out) MUST;
void smtp_close(struct smtp *s);
/* Signs on as USER from the next mail on. Both are copied. */
void smtp_login(struct smtp *s, const char *user, const char *password);
/* Connects, signs on and does nothing. ERR_AUTH where it is not let in, ERR_AWAY for all else. */
enum err smtp_knock(struct scope *sc, struct smtp *s) MUST;
/* MAIL is complete (headers, CRLF). Never fails for SMTP reasons: those are in the result. */
enum err smtp_send(struct scope *sc, struct smtp *s, const char *from, const char *to,
	struct bytes mail, struct smtp_result *r) MUST;

#endif
