/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What MailU says to a mail that speaks of this machine and not of the mail. */
#ifndef MAILU_REPLY_H
#define MAILU_REPLY_H

#include <stdbool.h>

/* A refusal for good that ends when our own mailboxes are put right: the mail waits for that. */
bool reply_blames_us(int code, const char *text);

#endif
