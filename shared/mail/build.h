/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A complete mail (RFC 5322, MIME) from its parts: 7-bit, LF line ends, deterministic. Whatever the
 * parts hold, no header begins but those meant: control characters become blanks, and what is not
 * ASCII travels in encoded words (RFC 2047).
 */
#ifndef MAIL_BUILD_H
#define MAIL_BUILD_H

#include "base/out.h"
#include "base/scope.h"

struct mail_parts {
	const char *from_name; /* display name; NULL or "" for none */
	const char *from;      /* address, ASCII */
	const char *to_name;
	const char *to;          /* address, ASCII */
	const char *subject;     /* UTF-8 */
	const char *message_id;  /* id@domain, without angle brackets */
	const char *in_reply_to; /* the same, or NULL; also the References */
	int64_t date;            /* real ms */
	const char *unsubscribe; /* URL for both List-Unsubscribe headers (RFC 8058), or NULL */
	const char *feedback_id; /* a:b:c:d, or NULL */
	const char *text;        /* UTF-8, LF */
	const char *html;        /* UTF-8, LF; NULL for text only */
};

/* ERR_INPUT when an address, id or URL is not made of printable ASCII without blanks. Adds to O. */
enum err mail_build(struct scope *sc, const struct mail_parts *m, struct out *o) MUST;

#endif
