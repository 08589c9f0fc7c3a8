/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The DNS records that MailU wants for a domain, as a zone can take them. */
#ifndef MAILU_RECORDS_H
#define MAILU_RECORDS_H

#include "text/json.h"
#include "wire/mailu.h"

/* One line as MailU writes it: "acme.example. 600 IN MX 10 mail.example.com.". Texts come in quoted
   strings of at most 255 bytes. ERR_INPUT for anything else; LINE is what a server said. */
enum err record_parse(struct scope *sc, const char *line, struct wire_record *out) MUST;

/* TEXT in quoted strings of at most 255 bytes; arena. */
const char *record_quote(struct scope *sc, const char *text);

/* MX, SPF and DKIM of MailU's answer about a domain; at most RECORDS_OF_DOMAIN. How many. */
#define RECORDS_OF_DOMAIN 3
size_t records_of(struct scope *sc, const struct json *domain, struct wire_record *out);

#endif
