/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is read from the HTML of a mail, before Liquid: its links, and its text. Pure functions. */
#ifndef CONTENT_HTML_H
#define CONTENT_HTML_H

#include "base/arena.h"

#include <stddef.h>

#define HTML_MAX_LINKS 200

struct html_link {
	size_t from, to; /* bytes of the href's value */
	const char *url; /* arena; entities undone */
};

/* http and https addresses of <a> and <area>, in order; at most HTML_MAX_LINKS. One that Liquid
   makes up is no fixed address and is left out: a redirect goes to stored addresses only. */
size_t html_links(struct arena *mem, const char *html, struct html_link **links);
/* HTML with each of these addresses replaced by {{ link.nN }}, N from 1. */
const char *html_with_links(struct arena *mem, const char *html);
/* The same words as plain text, Liquid kept as it stands; links follow in brackets. */
const char *html_to_text(struct arena *mem, const char *html);

#endif
