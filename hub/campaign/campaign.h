/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Campaigns: a graph of nodes a person walks from start to end, of which this release draws steps
 * (a mail) and waits. An enrolment is one person on the way. Two identities hold at every moment:
 *   people: audience = finished + stopped + under way
 *   mails:  created  = delivered + bounced + expired + unknown + skipped + failed + moving
 */
#ifndef CAMPAIGN_CAMPAIGN_H
#define CAMPAIGN_CAMPAIGN_H

#include "event/event.h"
#include "store/db.h"

#define CAMPAIGN_MAX_STEPS     20
#define CAMPAIGN_MAX_MAILBOXES 100
#define CAMPAIGN_MAX_WAIT      (365 * DAY_MS)

struct campaign {
	int64_t id, workspace;
	const char *name;  /* arena */
	const char *state; /* arena; "draft", "running", "paused", "finished", "cancelled" */
	bool track_opens, track_clicks;
	bool stop_on_reply; /* who answers gets no more of its mails */
	int64_t audience; /* import whose contacts it mails; 0: all active ones of the workspace */
	int64_t version;  /* for optimistic edits */
	int64_t created, launched_at, ended_at;
};

struct campaign_step {
	int64_t wait;        /* plan ms after the step before; 0 for the first */
	const char *subject; /* Liquid; "" in a later step answers in the first mail's thread */
	const char *html;    /* Liquid; "" for text only */
	const char *text;    /* Liquid; "" derives it from html */
	int64_t node;        /* filled when read */
	int64_t content;     /* filled when read */
};

struct campaign_edit {
	int64_t version; /* the one that was read; another is ERR_CONFLICT */
	const char *name;
	bool track_opens, track_clicks, stop_on_reply;
	int64_t audience;
	const int64_t *mailboxes;
	size_t mailbox_count;
};

/* A draft in the chosen workspace, with every active mailbox of it. */
enum err campaign_add(struct scope *sc, const char *name, int64_t *id) MUST;
/* Name, mailboxes and stop_on_reply of any that has not ended; tracking and audience of drafts
   only. */
enum err campaign_edit(struct scope *sc, int64_t id, const struct campaign_edit *in) MUST;
/* Replaces the steps of a draft. A template that does not parse is ERR_INPUT about
   "steps[N].subject|html|text" with line and column; so is a wait outside its limits. */
enum err campaign_set_steps(struct scope *sc, int64_t id, int64_t version,
	const struct campaign_step *steps, size_t n) MUST;
/* A draft of the same name with "(copy)". */
enum err campaign_copy(struct scope *sc, int64_t id, int64_t *copy) MUST;
/* Drafts only. */
enum err campaign_remove(struct scope *sc, int64_t id) MUST;

/* ERR_MISSING also for one of another workspace than the chosen one; with none chosen, of any. */
enum err campaign_find(struct scope *sc, int64_t id, struct campaign *out) MUST;
enum err campaign_steps(struct scope *sc, int64_t id, struct campaign_step **steps, size_t *n) MUST;
struct campaign_filter {
	const char *search; /* in the name; NULL or "" for all */
	const char *state;  /* NULL or "" for all */
	int64_t after;      /* id of the last one seen: newest first; 0 starts */
	int limit;          /* 1..200 */
};
enum err campaign_list(
	struct scope *sc, const struct campaign_filter *f, struct campaign **list, size_t *n) MUST;

/* ---- before the launch ---- */

struct finding {
	const char *key;  /* static; "no_contacts" … */
	bool blocking;    /* false: a warning */
	const char *text; /* arena; in the reader's language, with what to do */
	const char *href; /* static or arena; the page where it is mended, or NULL */
};
/* Everything that speaks against a launch, blocking ones first; none when it is ready. */
enum err campaign_check(struct scope *sc, int64_t id, struct finding **list, size_t *n) MUST;
/* Asks the machine of its first mailbox that has MailU what it thinks of STEP: *COMMAND is the
   appliance's command whose answer says so (mailu/verdict.h). */
enum err campaign_score(struct scope *sc, int64_t id, int step, int64_t *command) MUST;
/* A mail of step STEP (0 …) rendered for the first contact, or for example values, to TO. */
enum err campaign_test(
	struct scope *sc, int64_t id, int step, const char *to, int64_t *message) MUST;

/* ---- running ---- */

/* ERR_CONFLICT with the first blocking finding. The audience is frozen now. */
enum err campaign_launch(struct scope *sc, int64_t id) MUST;
/* Mail not yet injected comes back and waits. Pausing the paused is fine, and so on below. */
enum err campaign_pause(struct scope *sc, int64_t id) MUST;
enum err campaign_resume(struct scope *sc, int64_t id) MUST;
/* For good: everybody under way is stopped, mail not yet injected is recalled. */
enum err campaign_cancel(struct scope *sc, int64_t id) MUST;
/* One person, by hand. ERR_MISSING when not under way in it. */
enum err campaign_stop_contact(struct scope *sc, int64_t id, int64_t contact) MUST;

/* ---- how it goes ---- */

struct campaign_progress {
	int64_t audience, under_way, finished, stopped; /* people */
	int64_t enrolling;                              /* of the audience still being enrolled */
	struct tally_row *stopped_by;                   /* arena; reasons with their numbers */
	size_t stopped_by_count;
	int64_t created, moving; /* mails; moving = due + leased + handed + queued */
	int64_t due, leased, handed, queued;
	int64_t delivered, bounced, expired, unknown, skipped, failed;
	int64_t deferrals, opened, clicked, unsubscribed; /* opened is directional */
	int64_t replied, auto_replied, complained;
	int64_t planned;              /* mails there will be if nobody stops */
	int64_t rate_day;             /* mails a plan day its active mailboxes may send */
	int64_t left_ms;              /* plan ms until the end by those caps; -1 unknown */
	bool people_hold, mails_hold; /* the two identities */
};
enum err campaign_progress(struct scope *sc, int64_t id, struct campaign_progress *out) MUST;
/* For lists: the counters of several at once, in the order of IDS. */
enum err campaign_progress_list(
	struct scope *sc, const int64_t *ids, size_t n, struct campaign_progress *out) MUST;

/* What holds its mail now: the limit, who set it and when it lifts. */
struct campaign_reason {
	const char *key;  /* static; "cap", "window", "gap", "appliance", "paused", "wait" … */
	const char *text; /* arena; in the reader's language */
	const char *by;   /* static; "tenant", "operator", "plan", "machine" */
	int64_t until;    /* plan ms when it lifts; 0 when that is nobody's clock */
	int64_t mailbox;  /* it binds, or 0 */
	int64_t mails;    /* how many it holds, or 0 */
};
/* The binding one first. */
enum err campaign_explain(
	struct scope *sc, int64_t id, struct campaign_reason **list, size_t *n) MUST;

struct enrolment {
	int64_t id, campaign, contact, node, visit;
	const char *state;  /* arena; "under_way", "finished", "stopped" */
	const char *reason; /* arena; of stopped */
	int64_t due;        /* plan ms; 0 while its mail moves */
	int64_t mailbox;    /* that sent its first mail, or 0 */
	const char *thread; /* arena; Message-ID a follow-up answers, or NULL */
	const char *email;  /* arena; the contact's address as typed */
	const char *name;   /* arena; the contact's name or NULL */
};
/* People of a campaign, by id beyond AFTER; STATE NULL or "" for all. */
enum err enrolment_list(struct scope *sc, int64_t campaign, const char *state, int64_t after,
	int limit, struct enrolment **list, size_t *n) MUST;
/* What one person is or was enrolled in, newest first. */
enum err enrolment_list_contact(
	struct scope *sc, int64_t contact, struct enrolment **list, size_t *n) MUST;

#endif
