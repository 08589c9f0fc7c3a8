/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a template writes. `{{ x }}` becomes OUT(o, x): texts are escaped, integers printed, and
 * only a value of type `struct markup` goes out raw, so an unescaped text is a question of type.
 */
#ifndef TEXT_HTML_H
#define TEXT_HTML_H

#include "base/out.h"

/* Markup that is known to be whole and safe: made by a template or a component. */
struct markup {
	const char *html; /* arena or static; NULL writes nothing */
};

/* Escaped for element content and for quoted attributes. NULL writes nothing. Bytes that HTML
   does not allow at all (control characters but tab and line ends) are left out. */
void html_text(struct out *o, const char *text);
void html_int(struct out *o, int64_t n);
void html_markup(struct out *o, struct markup m);

#define OUT(o, x)                                                                                  \
	_Generic((x), char *: html_text, const char *: html_text, struct markup: html_markup,      \
		default: html_int)(o, x)
#define out_any(o, x) OUT(o, x)

#endif
