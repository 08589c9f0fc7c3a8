/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Mail of the installation itself (invitations, resets) through the operator's SMTP server, as
 * durable jobs. What waits is sealed under the master key, for it carries one-time links.
 */
#ifndef NOTICE_NOTICE_H
#define NOTICE_NOTICE_H

#include "hub.h"
#include "job/job.h"

struct notice_mail {
	const char *to;      /* address */
	const char *subject; /* in the reader's language */
	const char *text;    /* in the reader's language; plain, lines end with \n */
};

/* smtp.host and smtp.from are configured: pages say so where they are not. */
bool notice_is_configured(const struct scope *sc);
/* Will be sent soon. ERR_CONFLICT when no SMTP server is configured. Joins an open write. */
enum err notice_send(struct scope *sc, const struct notice_mail *m) MUST;

/* The job of hub/jobs.c: kind "notice". */
#define NOTICE_JOB "notice"
enum err notice_job(struct scope *sc, struct job *j) MUST;

#endif
