/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of this area share: the graph, and how a person walks it. */
#ifndef CAMPAIGN_CAMPAIGN_PRIV_H
#define CAMPAIGN_CAMPAIGN_PRIV_H

#include "campaign/campaign.h"

#define CAMPAIGN_JOB "campaign"

/* ---- the graph ---- */

enum node_kind { NODE_START, NODE_STEP, NODE_WAIT, NODE_END };

struct node {
	int64_t id;
	const char *kind; /* arena; as stored */
	int64_t content;  /* of a step */
	int64_t wait;     /* plan ms of a wait */
	int64_t rank;
	/* Filled by graph_load(): */
	enum node_kind is;
	const struct node *next; /* NULL for an end */
};

struct graph {
	const struct node *nodes; /* arena; by rank */
	size_t count;
	const struct node *first; /* what follows the start; NULL for a campaign without steps */
};

enum err graph_load(struct scope *sc, int64_t campaign, struct graph *g) MUST;
/* NULL when the campaign has no such node. */
const struct node *graph_find(const struct graph *g, int64_t node);
/* Inside db_write(): start, steps with their waits, and the end, instead of what there is. */
enum err graph_save(
	struct scope *sc, int64_t campaign, const struct campaign_step *steps, size_t n) MUST;
enum err graph_clear(struct scope *sc, int64_t campaign) MUST;
/* Steps that come at or after NODE. */
int64_t graph_steps_from(const struct graph *g, const struct node *node);

/* ---- people; all inside db_write() ---- */

/* The moment its next one is due is noted here, and told to the job once per write. */
struct walk {
	int64_t campaign, workspace;
	const struct graph *graph;
	int64_t next_due; /* plan ms; 0 for none yet */
	bool ended;       /* somebody finished or was stopped */
	bool stop_on_reply;
};

/* E arrives at TO at plan time AT: a step is due then, a wait when it is over, an end finishes. The
   row must still stand where E says; *MOVED is false when it does not. E's mailbox and thread are
   kept where the row has none. */
enum err enrolment_enter(struct scope *sc, struct walk *w, const struct enrolment *e,
	const struct node *to, int64_t at, bool *moved) MUST;
/* E's step is made into a mail; E waits for its end. */
enum err enrolment_send(struct scope *sc, struct walk *w, const struct enrolment *e,
	const struct node *step, bool *moved) MUST;
/* Not under way any more. Harmless when it was not. */
enum err enrolment_stop(
	struct scope *sc, struct walk *w, const struct enrolment *e, const char *reason) MUST;
enum err enrolment_find(struct scope *sc, int64_t id, struct enrolment *out) MUST;
/* As enrolment_find() without the person's address and name. */
enum err enrolment_stand(struct scope *sc, int64_t id, struct enrolment *out) MUST;
/* Tells the job what W has noted. */
enum err walk_end(struct scope *sc, const struct walk *w) MUST;
/* One more chunk of the frozen audience; *MORE is false when all of it is in. */
enum err enrol_chunk(
	struct scope *sc, const struct campaign *c, const struct graph *g, bool *more) MUST;

#endif
