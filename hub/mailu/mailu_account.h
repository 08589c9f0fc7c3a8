/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mailboxes and aliases on an appliance's own mail server: those of its senders come by themselves,
   others are added here. */
#ifndef MAILU_MAILU_ACCOUNT_H
#define MAILU_MAILU_ACCOUNT_H

#include "store/db.h"
#include "wire/mailu.h"

struct mailu_account {
	const char *address;
	const char *name;
	const char *targets; /* lines; "" of a mailbox */
	const char *kind;    /* "sender", "mailbox", "alias" */
	bool fits;           /* false: a sender's address that MailU cannot have; it is left out */
};

/* Senders first, each kind by address. */
enum err mailu_account_list(
	struct scope *sc, int64_t appliance, struct mailu_account **list, size_t *n) MUST;
/* A mailbox, or with TARGETS (lines of addresses that are mailboxes there) an alias. ERR_INPUT with
   the field; ERR_CONFLICT while MailU is not on there. */
enum err mailu_account_add(
	struct scope *sc, int64_t appliance, const struct mailu_account *in) MUST;
/* ERR_MISSING for none, ERR_CONFLICT while an alias leads to it. */
enum err mailu_account_remove(struct scope *sc, int64_t appliance, const char *address) MUST;
/* The part. What leads nowhere any more is left out. MAIN is always among the domains. */
enum err mailu_account_part(
	struct scope *sc, int64_t appliance, const char *main, struct part_accounts *part) MUST;

#endif
