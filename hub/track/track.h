/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What recipients do with a mail: open, click, leave. The token says which mail, so nobody signs
 * in. Opens and clicks are counted once a mail; each says what kind of program asked, so that
 * scanners can be told from people later. Leaving works for ever, with or without tracking.
 */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "base/scope.h"

#include "send/token.h"

/* What the user agent calls itself; nothing finer is kept. */
enum track_agent { AGENT_UNKNOWN, AGENT_BROWSER, AGENT_PROXY, AGENT_MACHINE };
enum track_agent track_agent_of(const char *user_agent);
const char *track_agent_name(enum track_agent a);

/*
 * All work in the tenant that the token names, which SC must have been put into. ERR_MISSING when
 * the mail is gone, or the token is for something else.
 */
enum err track_open(struct scope *sc, const struct token *t, enum track_agent agent) MUST;
/* *URL is the content's own link, even when the click could not be written down. */
enum err track_click(
	struct scope *sc, const struct token *t, enum track_agent agent, const char **url) MUST;

struct track_leave {
	const char *company; /* arena; whose mails they are */
	bool left;           /* this person gets no more already */
	bool test;           /* a test mail: leaving it stops nobody */
};
enum err track_leave_find(struct scope *sc, const struct token *t, struct track_leave *out) MUST;
/* SOURCE is "one-click" or "page". Twice is once. */
enum err track_leave(struct scope *sc, const struct token *t, const char *source) MUST;

#endif
