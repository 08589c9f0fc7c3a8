/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One mail, taken apart by GMime and named. Only for the child: see cage.h. */
#ifndef BOX_PARSE_H
#define BOX_PARSE_H

#include "box/mail.h"

/* Reads from disk what GMime and iconv will need; once, before any parse. */
void parse_prepare(void);
/* ERR_INPUT for bytes that are no mail at all. */
enum err parse_mail(struct scope *sc, struct bytes mail, struct box_mail *m) MUST;

#endif
