/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a template writes. `{{ x }}` becomes OUT(o, x): texts are escaped, integers printed, and
 * only a value of type `struct markup` goes out raw, so an unescaped text is a question of type.
 */
#ifndef TEXT_HTML_H
#define TEXT_HTML_H

#include "base/out.h"
#include "base/scope.h"

/* Markup that is known to be whole and safe: made by a template or a component. */
struct markup {
	const char *html; /* arena or static; NULL writes nothing */
};

/* Escaped for element content and for quoted attributes. NULL writes nothing. Bytes that HTML
   does not allow at all (control characters but tab and line ends) are left out. */
void html_text(struct out *o, const char *text);
void html_int(struct out *o, int64_t n);
void html_markup(struct out *o, struct markup m);

/* A whole address for href, src or action. */
struct href {
	const char *text; /* arena or static */
};
/* An attribute that is there or not: checked, disabled. */
struct attr {
	const char *name; /* static; NULL for absent */
};
static inline struct href href(const char *text)
{
	return (struct href){ text };
}
static inline struct attr attr_if(bool there, const char *name)
{
	return (struct attr){ there ? name : NULL };
}

/* Escaped; what is neither a path of this host nor http, https or mailto becomes "#". */
void html_href(struct out *o, struct href h);
/* As url_escape(): one segment or query value of an address. */
void html_part(struct out *o, const char *text);
/* " name", or nothing. */
void html_attr(struct out *o, struct attr a);

/* {{ x }} in text and quoted attributes. */
#define OUT(o, x)                                                                                  \
	_Generic((x), char *: html_text, const char *: html_text, struct markup: html_markup,      \
		struct attr: html_attr, default: html_int)(o, x)
#define out_any(o, x) OUT(o, x)
/* {{ x }} at the start of a quoted address attribute. */
#define OUT_HREF(o, x) _Generic((x), struct href : html_href)(o, x)
/* {{ x }} further on in a quoted address attribute. */
#define OUT_PART(o, x)                                                                             \
	_Generic((x), char * : html_part, const char * : html_part, default : html_int)(o, x)
/* {{ x }} where an attribute could stand. */
#define OUT_ATTR(o, x) _Generic((x), struct attr : html_attr)(o, x)

/* Words in templates and faces: t("Save"), tf("Sent to %s", name), and
   tn("%lld contact", "%lld contacts", n), whose texts take N as %lld. */
#define t(english)       tr(sc, english)
#define tf(english, ...) ((const char *)arena_printf(sc->mem, tr(sc, english), __VA_ARGS__))
#define tn(one, many, n)                                                                           \
	((const char *)arena_printf(sc->mem, trn(sc, one, many, n), (long long)(n)))

#endif
