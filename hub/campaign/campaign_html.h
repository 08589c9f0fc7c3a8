/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the campaigns' pages draw; between campaign_*page.c and campaign*.tmpl. */
#ifndef CAMPAIGN_CAMPAIGN_HTML_H
#define CAMPAIGN_CAMPAIGN_HTML_H

#include "audience/contact.h"
#include "audience/import.h"
#include "campaign/campaign.h"
#include "content/content.h"
#include "mailu/verdict.h"
#include "send/letter.h"
#include "send/message.h"
#include "sender/mailbox.h"
#include "web/door.h"
#include "web/part.h"

/* ---- list ---- */

struct campaigns_view {
	const struct request *q;
	const struct campaign *rows;
	const struct campaign_progress *progress;
	size_t n;
	const char *search, *state;
	const char *more;
};
void campaigns_html(struct scope *sc, struct out *o, const struct campaigns_view *v);
void campaign_new_html(struct scope *sc, struct out *o, const struct request *q);

/* ---- one ---- */

enum campaign_tab { TAB_OVERVIEW, TAB_MAILS, TAB_PEOPLE, TAB_ANSWERS, TAB_CONTENT };

struct campaign_view {
	const struct request *q;
	const struct campaign *c;
	const char *id; /* written with its prefix */
	struct campaign_progress p;
	const struct campaign_reason *reasons;
	size_t reason_count;
	const struct mailbox *mailboxes; /* those that a reason names */
	size_t mailbox_count;
	const struct event_row *events;
	const char *const *details;
	size_t event_count;
};
void campaign_html(struct scope *sc, struct out *o, const struct campaign_view *v);
/* Header and tabs of a campaign that was launched. */
void campaign_head_html(struct scope *sc, struct out *o, const struct request *q,
	const struct campaign *c, enum campaign_tab chosen);
/* "cmp_…" and the address of a page below it: "/campaigns/cmp_…" and REST. */
const char *campaign_path(struct scope *sc, int64_t id, const char *rest);

/* ---- score ---- */

struct draft_score_view {
	const struct request *q;
	const struct campaign *c;
	const struct appliance_command *command;
	const struct mail_verdict *score; /* of one that is done */
};
void draft_score_html(struct scope *sc, struct out *o, const struct draft_score_view *v);

/* ---- draft ---- */

struct draft_view {
	const struct request *q;
	const struct campaign *c;
	const char *id;
	const struct campaign_step *steps;
	size_t step_count;
	const struct mailbox *mailboxes; /* of the workspace */
	const bool *chosen;              /* beside MAILBOXES */
	size_t mailbox_count;
	const struct import *imports;
	size_t import_count;
	int64_t active; /* contacts */
	const struct finding *findings;
	size_t finding_count;
	const char *to; /* where test mails go unless typed otherwise, or NULL */
};
void draft_html(struct scope *sc, struct out *o, const struct draft_view *v);

struct step_view {
	const struct request *q;
	const struct campaign *c;
	const char *id;
	const struct campaign_step *step; /* as stored; NULL for a new one */
	int64_t at;                       /* its place, from 0 */
	const char *const *names;         /* variables a template may use */
	size_t name_count;
};
void step_html(struct scope *sc, struct out *o, const struct step_view *v);

struct content_view {
	const struct request *q;
	const struct campaign *c;
	const char *id;
	const struct campaign_step *steps;
	size_t step_count;
	const char *const
		*subjects; /* rendered for an example, beside STEPS; NULL where it failed */
	const char *const *texts;
};
void content_html(struct scope *sc, struct out *o, const struct content_view *v);

/* ---- mails and people ---- */

struct mail_row {
	const struct message *m;
	const char *who; /* the address it goes to */
	int step;        /* from 1; 0 for a mail of no step */
};
struct mails_view {
	const struct request *q;
	const struct campaign *c;
	const struct campaign_progress *p;
	const struct mail_row *rows;
	size_t n;
	const char *state, *more;
};
void mails_html(struct scope *sc, struct out *o, const struct mails_view *v);

struct people_view {
	const struct request *q;
	const struct campaign *c;
	const struct campaign_progress *p;
	const struct enrolment *rows;
	const int *steps; /* beside ROWS: the step a person stands at, from 1; 0 for none */
	size_t n;
	const char *state, *more;
};
void people_html(struct scope *sc, struct out *o, const struct people_view *v);

struct answer_row {
	const struct letter *l;
	const struct wire_letter *words; /* NULL until they came, and once they are forgotten */
	const char *who;                 /* the person's address; NULL where erased */
};
struct answers_view {
	const struct request *q;
	const struct campaign *c;
	const struct answer_row *rows;
	size_t n;
	const char *more;
};
void answers_html(struct scope *sc, struct out *o, const struct answers_view *v);

struct message_view {
	const struct request *q;
	const struct message *m;
	const char *id, *who;
	const struct campaign *c;      /* NULL for none */
	const char *mailbox;           /* address, or NULL */
	const char *appliance;         /* name, or NULL */
	const struct message_why *why; /* NULL once it has ended */
	const struct event_row *events;
	const char *const *details;
	const struct wire_letter *const *letters; /* beside EVENTS */
	size_t event_count;
};
void message_html(struct scope *sc, struct out *o, const struct message_view *v);

#endif
