/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Hands mails to Postfix: a few threads, each with SMTP connections of its own. They know
 * nothing of the database: jobs go in through a queue, results come out through another, and a
 * descriptor becomes readable. Whoever submits a job has committed the intent before.
 */
#ifndef INJECT_H
#define INJECT_H

#include "base/scope.h"
#include "net/smtp.h"

struct injector;

struct injection {
	struct injection *next; /* while in a queue */
	int64_t id;
	int64_t not_after;         /* real ms; looked at once more before the first command */
	char *sender, *recipient;  /* owned */
	char *mail;                /* owned; LF line ends */
	bool signs_on;             /* at MailU's port, as USER */
	char *user, *password;     /* owned; NULL: they are not known, it is put off */
	bool late;                 /* not_after had passed: Postfix does not have it */
	enum smtp_outcome outcome; /* of one that was not late */
	int code;
	char status[16], queue_id[32], text[513];
};

/* Texts are copied. */
struct injection *injection_new(
	int64_t id, int64_t not_after, const char *sender, const char *recipient, const char *mail);
/* It goes to MailU's port, as USER with PASSWORD (copied; or NULL where they are not known). */
void injection_sign_on(struct injection *i, const char *user, const char *password);
/* Accepts NULL. */
void injection_free(struct injection *i);

struct injector_config {
	const char *host; /* copied */
	int port;         /* takes mail from here without a password */
	int mailu_port;   /* on loopback, with TLS and passwords */
	int threads;
};
enum err injector_start(
	struct scope *sc, const struct injector_config *c, struct injector **out) MUST;
/* Waits for what is under way; drops what was not begun and what nobody took. Accepts NULL. */
void injector_stop(struct injector *j);
/* Readable when results wait. */
int injector_fd(const struct injector *j);
/* Takes ownership. */
void injector_submit(struct injector *j, struct injection *i);
/* All results so far as a list, to be freed one by one. */
struct injection *injector_results(struct injector *j);
/* Submitted and not yet taken back. */
size_t injector_busy(const struct injector *j);
/* How many may be submitted at once, so that no worker waits for a commit. */
size_t injector_width(const struct injector *j);

#endif
