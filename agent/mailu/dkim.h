/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether a mail's DKIM signature (RSA with SHA-256, relaxed both) is right, as a receiver sees. */
#ifndef MAILU_DKIM_H
#define MAILU_DKIM_H

#include "base/scope.h"

/* KEY is the base64 text of p= in the domain's record. NULL where it verifies; else what is wrong.
 */
const char *dkim_trouble(struct scope *sc, const char *mail, const char *key);

#endif
