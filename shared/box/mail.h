/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What one mail that came in says, as the child of box.h tells it: bounded, valid UTF-8, written as
 * JSON. Whatever the child was made to believe, more than this never reaches its parent.
 */
#ifndef BOX_MAIL_H
#define BOX_MAIL_H

#include "base/scope.h"
#include "base/str.h"

#define BOX_MAX_ANSWER (512 * 1024)
#define BOX_MAX_TEXT   (64 * 1024) /* of the body */
#define BOX_MAX_LINE   998         /* of a subject, an id, a diagnostic */
#define BOX_MAX_IDS    32
#define BOX_MAX_PEOPLE 20

enum box_kind {
	BOX_MESSAGE,    /* anything else */
	BOX_REPLY,      /* a person answers something */
	BOX_AUTO_REPLY, /* a machine does: out of office, "we got your mail" */
	BOX_BOUNCE,     /* a mail could not be delivered, for good */
	BOX_COMPLAINT,  /* somebody called a mail spam (RFC 5965) */
	BOX_KINDS,
};
const char *box_kind_name(enum box_kind k);

/* One recipient of a delivery status notification (RFC 3464). Texts may be NULL. */
struct box_recipient {
	const char *address;
	const char *action; /* "failed", "delayed" … */
	const char *status; /* "5.1.1" */
	const char *diagnostic;
};

/* Texts are NULL where the mail does not say. Ids stand without angle brackets. */
struct box_mail {
	int64_t kind; /* enum box_kind, as its name on the wire */
	const char *message_id;
	const char *from; /* the address alone */
	const char *to;   /* where it was delivered: the envelope's, where a header tells it */
	const char *subject;
	int64_t date;         /* real ms, as it says itself; 0 where it does not */
	const char **answers; /* In-Reply-To, then References with the newest first */
	size_t answer_count;
	const char *sign;            /* what made it an auto-reply or a complaint */
	const char *original_id;     /* Message-ID of the mail that a report is about */
	const char *original_sender; /* … its envelope sender */
	const char *envelope_id;     /* … its ENVID */
	struct box_recipient *people;
	size_t people_count;
	const char *text; /* the body's words */
	bool cut;         /* there was more of something than fits here */
};

struct bytes box_mail_put(struct scope *sc, const struct box_mail *m);
/* ERR_INPUT for what box_mail_put() never writes. *M is written only on success. */
enum err box_mail_get(struct scope *sc, struct bytes answer, struct box_mail *m) MUST;

#endif
