/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keys that mails are signed with (RFC 6376): RSA, 2048 bits, which every receiver can check. */
#ifndef CRYPT_DKIM_KEY_H
#define CRYPT_DKIM_KEY_H

#include "base/scope.h"

/* PEM, PKCS#8; arena. */
enum err dkim_key_make(struct scope *sc, const char **pem) MUST;
/* What its DNS record says: "v=DKIM1; k=rsa; p=…"; arena. ERR_INPUT for no such PEM. */
enum err dkim_key_record(struct scope *sc, const char *pem, const char **text) MUST;

#endif
