/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One mail address as people type it, and the key by which it is the same as another. No display
 * names, no comments, no quoted local parts: nobody imports those. Local parts in UTF-8 (RFC 6531)
 * are taken and marked; domains become A-labels (IDNA 2008, RFC 5891).
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/scope.h"

#define ADDRESS_MAX 254

struct address {
	const char *typed;  /* arena; as typed, trimmed */
	const char *local;  /* arena; as typed */
	const char *domain; /* arena; A-labels, lower case */
	const char *key;    /* arena; local part in lower case (ASCII letters), "@", domain */
	const char *wire;   /* arena; local part as typed, "@", domain: what SMTP is told */
	bool utf8;          /* the local part is not ASCII: needs SMTPUTF8 */
};

/* ERR_INPUT about FIELD (may be NULL) for anything else; nothing typed is repeated in the text. */
enum err address_parse(
	struct scope *sc, const char *field, const char *typed, struct address *out) MUST;

/* "Bücher.Example." becomes "xn--bcher-kva.example". ERR_INPUT about FIELD for what is no host name
   with at least two labels, or an address of numbers. */
enum err address_domain(
	struct scope *sc, const char *field, const char *typed, const char **name) MUST;

#endif
