/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between apikey_page.c and apikey.tmpl. */
#ifndef TENANT_APIKEY_HTML_H
#define TENANT_APIKEY_HTML_H

#include "guard/credential.h"
#include "web/door.h"

struct apikeys_view {
	const struct request *q;
	const struct credential *rows;
	size_t n;
	const char *rights; /* that the reader holds: a key cannot have more */
	const char *token;  /* just made, shown this once; or NULL */
};
void apikeys_html(struct scope *sc, struct out *o, const struct apikeys_view *v);

#endif
