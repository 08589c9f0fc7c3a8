/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between signup_page.c and signup.tmpl. */
#ifndef TENANT_SIGNUP_HTML_H
#define TENANT_SIGNUP_HTML_H

#include "web/door.h"

void signup_ask_html(struct scope *sc, struct out *o, const struct request *q);
void signup_sent_html(struct scope *sc, struct out *o);
void signup_html(struct scope *sc, struct out *o, const struct request *q, const char *token,
	const char *email);

#endif
