/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a provider's replies ask of us: slower, fewer connections, a pause. Rules (data/rules) turn
 * replies into limits that expire; beside them a rate of our own falls by half on trouble and rises
 * step by step after quiet. All times are plan time. The state is a plain struct, kept by whoever
 * owns the lane.
 */
#ifndef PACE_SHAPE_H
#define PACE_SHAPE_H

#include "base/scope.h"
#include "base/str.h"
#include "pace/gate.h"

#define SHAPE_NAME      31
#define SHAPE_OVERRIDES 6
#define SHAPE_HITS      24 /* replies remembered until a rule has seen enough of them */
#define SHAPE_MOST_HITS 20 /* that a rule may ask for */

enum shape_what {
	SHAPE_IGNORE,      /* normal life, as greylisting is: no trouble */
	SHAPE_RATE,        /* mails an hour */
	SHAPE_CONNECTIONS, /* at once */
	SHAPE_MESSAGES,    /* in one connection */
	SHAPE_SUSPEND,     /* nothing at all */
	SHAPE_WHATS,
};
const char *shape_what_name(enum shape_what w);

struct shape_rule {
	const char *name;      /* arena */
	const char *providers; /* arena; "google,google-hosted", or "*" for all */
	int64_t hits, hits_ms; /* so many replies within that time */
	enum shape_what what;
	int64_t value;                 /* of a rate, connections, messages */
	int64_t for_ms;                /* how long it holds */
	const struct pattern *pattern; /* arena */
};

struct shape_rules { /* arena; in their order, the first that fits counts */
	struct shape_rule *list;
	size_t count;
};

/* ERR_INPUT names the line: a word that is not known, a value out of range, an expression that does
   not compile; ERR_LIMIT for one that is too large. */
enum err shape_parse(struct scope *sc, struct bytes text, const struct shape_rules **rules) MUST;
/* The rules that are part of the program. */
const struct shape_rules *shape_builtin(struct scope *sc);
/* The first rule for PROVIDER whose expression is found in REPLY; NULL for none. */
const struct shape_rule *shape_match(
	const struct shape_rules *rules, const char *provider, const char *reply);

struct shape_override {
	char rule[SHAPE_NAME + 1]; /* "" for an empty place */
	enum shape_what what;
	int64_t value, since, until;
};

struct shaping {
	struct shape_override overrides[SHAPE_OVERRIDES];
	struct {
		uint32_t rule; /* a number made of its name */
		int64_t at;
	} hits[SHAPE_HITS];
	size_t next_hit;
	int64_t rate, ceiling; /* our own: mails an hour now, and where it fell from; 0 for none */
	int64_t changed;       /* when the rate last changed */
	int64_t trouble;       /* when it last had a reason to fall */
	int64_t last;          /* when a mail last left */
};

/* A reply that RULE fits came at NOW. True when it set a limit: *D says it. One that
   holds already is prolonged in silence. */
bool shape_hit(struct shaping *s, const struct shape_rule *rule, int64_t now, struct decision *d);
/* The lane was put off or refused for what we are, while it sent HOUR mails an hour. True when
   the rate changed. */
bool shape_trouble(struct shaping *s, int64_t now, int64_t hour, struct decision *d);
/* Time passed. True when the rate rose after an hour of quiet, or was set free. */
bool shape_quiet(struct shaping *s, int64_t now, struct decision *d);
/* A mail leaves at NOW. */
void shape_release(struct shaping *s, int64_t now);

struct shape_verdict {
	bool held;
	int64_t lifts;
	int64_t rate;   /* mails an hour that bind; 0 when it is a pause */
	const char *by; /* the rule's name, within S, or "own rate" */
};
/* May a mail leave at NOW? */
struct shape_verdict shape_check(const struct shaping *s, int64_t now);
/* The least of what holds at NOW, or FALLBACK. */
int64_t shape_least(const struct shaping *s, enum shape_what what, int64_t now, int64_t fallback);

#endif
