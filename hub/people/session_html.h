/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between session_page.c and session.tmpl. */
#ifndef PEOPLE_SESSION_HTML_H
#define PEOPLE_SESSION_HTML_H

#include "web/door.h"

struct signin_view {
	const struct request *q;
	const char *next; /* path to go on to, or NULL */
	bool open;        /* anybody may sign up */
};
void signin_html(struct scope *sc, struct out *o, const struct signin_view *v);
/* MAILS: the installation can send mail; otherwise the page says who can help. */
void forgot_html(struct scope *sc, struct out *o, const struct request *q, bool mails);
void forgot_sent_html(struct scope *sc, struct out *o);
void reset_html(struct scope *sc, struct out *o, const struct request *q, const char *token);

#endif
