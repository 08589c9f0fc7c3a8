/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Mailboxes mails go out from, each on one appliance with its own pace. Every change puts the
 * appliance's part `mailboxes` on the shelf in the same transaction.
 */
#ifndef SENDER_MAILBOX_H
#define SENDER_MAILBOX_H

#include "store/db.h"

struct mailbox {
	int64_t id, workspace, domain;
	const char *address;            /* arena */
	const char *name;               /* arena; display name */
	int64_t appliance;              /* 0 for none yet: sends nothing */
	const char *state;              /* arena; "active", "stopped" */
	int64_t cap;                    /* mails in a plan day */
	int64_t gap;                    /* plan ms between two mails, at least */
	int64_t jitter;                 /* plan ms added at most */
	int64_t days;                   /* bit 0 Sunday … bit 6 Saturday */
	int64_t from_minute, to_minute; /* of the day, in zone */
	const char *zone;               /* arena; IANA */
	int64_t created;
};

/* What a new mailbox gets where nothing else is said: 30 a day, 3 to 8 minutes apart, Monday to
   Friday 9 to 17. */
#define MAILBOX_CAP    30
#define MAILBOX_GAP    (3 * MINUTE_MS)
#define MAILBOX_JITTER (5 * MINUTE_MS)
#define MAILBOX_DAYS   0x3e
#define MAILBOX_FROM   (9 * 60)
#define MAILBOX_TO     (17 * 60)

struct mailbox_pace {
	int64_t cap, gap, jitter, days, from_minute, to_minute;
	const char *zone;
};
struct mailbox_new {
	const char *address; /* its domain must be one of the workspace's */
	const char *name;
	int64_t appliance;
	struct mailbox_pace pace;
};

enum err mailbox_add(struct scope *sc, const struct mailbox_new *in, int64_t *id) MUST;
/* Name, appliance and pace; the address never changes. */
enum err mailbox_edit(struct scope *sc, int64_t id, const struct mailbox_new *in) MUST;
enum err mailbox_stop(struct scope *sc, int64_t id) MUST;
enum err mailbox_resume(struct scope *sc, int64_t id) MUST;
/* ERR_MISSING also for one of another workspace than the chosen one; with none chosen, of any. */
enum err mailbox_find(struct scope *sc, int64_t id, struct mailbox *out) MUST;
/* Of the chosen workspace, by address. */
enum err mailbox_list(struct scope *sc, struct mailbox **list, size_t *n) MUST;
/* Of one campaign (campaign_mailbox), by id. */
enum err mailbox_list_campaign(
	struct scope *sc, int64_t campaign, struct mailbox **list, size_t *n) MUST;
/* Of one appliance, in all workspaces, by id. */
enum err mailbox_list_appliance(
	struct scope *sc, int64_t appliance, struct mailbox **list, size_t *n) MUST;
/* The one of this address, in whatever workspace; ERR_MISSING. */
enum err mailbox_find_address(struct scope *sc, const char *address, struct mailbox *out) MUST;
/* Inside db_write(): the part `mailboxes` of APPLIANCE as it should be now. */
enum err mailbox_push(struct scope *sc, int64_t appliance) MUST;

#endif
