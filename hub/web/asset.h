/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Styles, script, icons and font in the binary. Addresses carry a tag of the bytes, so browsers may
   keep them for ever. */
#ifndef WEB_ASSET_H
#define WEB_ASSET_H

#include "base/embedded.h"
#include "base/scope.h"
#include "text/html.h"

/* NULL when there is none; "app.css.gz" and "app.css.br" are packed twins of "app.css". */
const struct embedded *asset_find(const char *name);
/* "/assets/NAME?v=TAG" */
struct href asset_href(struct scope *sc, const char *name);

#endif
