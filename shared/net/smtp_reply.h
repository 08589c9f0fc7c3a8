/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a mail server answers, line by line, and what can be read out of it. */
#ifndef NET_SMTP_REPLY_H
#define NET_SMTP_REPLY_H

#include "base/scope.h"

#define SMTP_TEXT_MAX 512

struct smtp_reply {
	int code; /* of the last line; 0 before the first */
	char text[SMTP_TEXT_MAX + 1];
	size_t len; /* of the text: the lines of one reply with blanks between them */
	bool more;  /* the last line said that its reply goes on */
};

/* One line, with or without its line end: "250-text" goes on, "250 text" ends it. True when a reply
   is whole. Anything else is not looked at. */
bool smtp_reply_line(struct smtp_reply *r, const char *line, size_t len);
/* The text, arena; bytes that are no UTF-8 become question marks. */
const char *smtp_reply_text(struct scope *sc, const struct smtp_reply *r);
/* The enhanced status at its start ("5.1.1"), or "". */
const char *smtp_reply_status(struct scope *sc, const char *text);
/* What follows "queued as ", or NULL. */
const char *smtp_reply_queue_id(struct scope *sc, const char *text);

#endif
