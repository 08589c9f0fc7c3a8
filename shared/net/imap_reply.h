/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an IMAP server says, one response at a time (RFC 3501 §7): a line, in which a literal of
 * counted bytes may stand, whose content is never mistaken for a line. Pure, for bytes that anybody
 * may have sent.
 */
#ifndef NET_IMAP_REPLY_H
#define NET_IMAP_REPLY_H

#include "base/arena.h"
#include "base/str.h"

#define IMAP_MAX_LINE (1024 * 1024) /* without its literals */

struct imap_reply {
	size_t len;           /* bytes of the whole response */
	const char *line;     /* arena; up to its first literal, without the line's end */
	struct bytes literal; /* into IN; the first; data NULL for none */
};

enum imap_take {
	IMAP_MORE,   /* not all of it is there yet */
	IMAP_WHOLE,  /* *R is one response */
	IMAP_BROKEN, /* no server says this */
};

/* The response at the start of IN; no literal may be longer than MAX. */
enum imap_take imap_reply_take(
	struct arena *mem, struct bytes in, size_t max, struct imap_reply *r);

/* "* 12 EXISTS" … */
bool imap_is_untagged(const struct imap_reply *r);
/* "OK", "NO" or "BAD" after TAG: 'O', 'N' or 'B'; 0 for another line. */
char imap_tagged(const struct imap_reply *r, const char *tag);
/* The number in "[NAME 123]" of an untagged OK; 0 for none. */
int64_t imap_code(const struct imap_reply *r, const char *name);
/* The numbers of "* SEARCH …", at most MOST, which are at least LEAST; false for another line. */
bool imap_search(const struct imap_reply *r, int64_t least, size_t most, int64_t *list, size_t *n);
/* "* 12 EXISTS": the folder has changed. */
bool imap_is_exists(const struct imap_reply *r);
/* "+ …": the server waits for more of the command. */
bool imap_is_go_on(const struct imap_reply *r);
/* It is "* CAPABILITY …" with NAME among its words. */
bool imap_is_capable(const struct imap_reply *r, const char *name);
/* It is a FETCH of UID. */
bool imap_is_fetch(const struct imap_reply *r, int64_t uid);

#endif
