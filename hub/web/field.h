/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One field's text into its typed value. */
#ifndef WEB_FIELD_H
#define WEB_FIELD_H

#include "web/door.h"

/* TEXT (NULL where nothing came) as F's type into *TO. What is wrong, in the reader's language, or
   NULL. Absent and empty optional fields leave *TO as it is. */
const char *field_decode(struct scope *sc, const struct field *f, const char *text, void *to);
/* The last part of a path as sent by a browser, without control characters; "file" where nothing
   is left. */
const char *field_file_name(struct scope *sc, const char *sent);

#endif
