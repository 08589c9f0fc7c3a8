/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The components of the dashboard, each once (part.tmpl, part_form.tmpl). A template calls them on
 * a line of its own: `% part_badge(sc, o, "good", "check", t("Ready"));`. Texts are already in the
 * reader's language; names of icons are those of hub/assets/icons.txt.
 *
 * Tones: "good", "warn", "bad", "info", "quiet", "accent".
 */
#ifndef WEB_PART_H
#define WEB_PART_H

#include "text/html.h"
#include "web/door.h"
#include "web/format.h"
#include "wire/wire.h"

void part_icon(struct scope *sc, struct out *o, const char *name);
/* State is never colour alone: an icon and a word. */
void part_badge(
	struct scope *sc, struct out *o, const char *tone, const char *icon, const char *text);
/* The badge of a stored state word ("running", "delivered", "active" …). */
void part_state(struct scope *sc, struct out *o, const char *state);
/* The word alone, in the reader's language. */
const char *part_state_word(struct scope *sc, const char *state);
/* A machine's reason ("unsubscribed", "hard_bounce" …) as a phrase; unknown ones with blanks for _.
 */
const char *part_reason(struct scope *sc, const char *reason);
/* A moment of real time: exact in the title, by the reader's zone, "3 min ago" kept up to date. 0
   writes a dash. */
void part_time(struct scope *sc, struct out *o, int64_t real_ms);
/* The same as date and time of day, for records. */
void part_date(struct scope *sc, struct out *o, int64_t real_ms);
/* A moment of plan time; when plan time runs fast it says so. */
void part_plan(struct scope *sc, struct out *o, int64_t plan_ms);

/* ---- page ---- */

struct crumb {
	const char *text;
	const char *path;
};
struct head {
	const char *title;
	const char *note;           /* one line under the title, or NULL */
	const struct crumb *crumbs; /* from the top; the page itself is added */
	size_t crumb_count;
	const char *state;   /* badge beside the title, or NULL */
	struct markup right; /* buttons; the primary one last */
};
void part_head(struct scope *sc, struct out *o, const struct head *h);

struct tab {
	const char *text;
	const char *path;
	int64_t count; /* -1 for none */
	bool chosen;
};
void part_tabs(struct scope *sc, struct out *o, const struct tab *tabs, size_t n);

/* A link that looks like a button. TONE "primary", "plain" or "danger"; ICON may be NULL. */
void part_link(struct scope *sc, struct out *o, const char *tone, const char *icon,
	const char *text, const char *path);
/* A form of one button that posts to PATH. */
void part_post(struct scope *sc, struct out *o, const struct request *q, const char *tone,
	const char *icon, const char *text, const char *path);
/* A button that opens the dialog ID. */
void part_opener(struct scope *sc, struct out *o, const char *tone, const char *icon,
	const char *text, const char *id);

struct stat {
	const char *label;
	const char *value; /* formatted */
	const char *unit;  /* or NULL */
	const char *note;  /* what it is made of, or NULL */
	const char *path;  /* where it is looked into, or NULL */
	const char *tone;  /* NULL is plain */
};
void part_stat(struct scope *sc, struct out *o, const struct stat *s);

struct progress {
	const char *label;
	int64_t done, total;
	const char *rate; /* "320 a day", or NULL */
	const char *left; /* "about 3 h left", or NULL */
	const char *note; /* or NULL */
	bool bytes;       /* DONE and TOTAL are sizes */
};
void part_progress(struct scope *sc, struct out *o, const struct progress *p);

/* What this is for and the next step. PATH NULL has no button. */
struct empty {
	const char *icon, *title, *text;
	const char *action, *path;
};
void part_empty(struct scope *sc, struct out *o, const struct empty *e);

/* A box of one message. TEXT is one sentence; PATH and LINK may be NULL. */
struct notice {
	const char *tone, *icon, *title, *text;
	const char *link, *path;
};
void part_notice(struct scope *sc, struct out *o, const struct notice *n);

/* Text to take along: a token, an id, a record. */
void part_copy(struct scope *sc, struct out *o, const char *label, const char *text);

/* Next page of a list, or nothing when PATH is NULL. SHOWN rows are on this page. */
void part_pager(struct scope *sc, struct out *o, int64_t shown, const char *path);

/* One entry of a timeline; inside <ol class="timeline">. */
struct moment {
	const char *icon, *tone, *title;
	const char *note;                 /* or NULL */
	const char *detail;               /* longer text as it came, or NULL */
	const char *path;                 /* or NULL */
	int64_t at;                       /* real ms */
	const struct wire_letter *letter; /* what was written then; or NULL */
};
void part_moment(struct scope *sc, struct out *o, const struct moment *m);

/* What somebody wrote, folded away under SUMMARY unless OPEN. */
void part_letter(struct scope *sc, struct out *o, const struct wire_letter *l, const char *summary,
	bool open);

/* Which limit binds, who set it, when it lifts; inside <ul class="explain">. */
struct binding {
	const char *text;
	const char *by;
	int64_t until; /* plan ms, 0 unknown */
	bool binds;    /* the one that holds now */
	const char *note;
};
void part_binding(struct scope *sc, struct out *o, const struct binding *b);

/* A whole and the parts it is made of, which must add up, and say so. */
struct share {
	const char *name, *tone;
	int64_t n;
	const char *path; /* where these are listed, or NULL */
	bool under;       /* a part of the share before it: neither drawn nor added */
};
struct sum {
	const char *label; /* of the whole */
	int64_t total;
	const struct share *shares;
	size_t n;
	const char *equation; /* "200 people = 120 finished + …" */
	bool holds;
};
void part_sum(struct scope *sc, struct out *o, const struct sum *s);

/* ---- forms ---- */

/* <form method=post> with the CSRF token; ID may be NULL. The scope's error that belongs to no
   field is shown on top. Close with part_form_end(). */
void part_form(
	struct scope *sc, struct out *o, const struct request *q, const char *path, const char *id);
/* The same for an upload. */
void part_form_file(struct scope *sc, struct out *o, const struct request *q, const char *path);
void part_form_end(struct scope *sc, struct out *o);

struct option {
	const char *value, *text;
};
/* A field with label, help and, after a refusal, what was typed and what is wrong with it. */
struct input {
	const char *name, *label;
	const char *type;  /* "text" (NULL), "email", "password", "number", "file", "lines",
			      "select",  "check", "search", "time" */
	const char *value; /* now; what was typed goes before it */
	const char *help;
	const char *example;  /* placeholder */
	const char *complete; /* autocomplete */
	const char *unit;     /* behind the field */
	int64_t low, high;    /* of a number; bytes of a text when HIGH > 0 */
	int rows;             /* of "lines" */
	const struct option *options;
	size_t option_count;
	bool required, focus, code; /* code: fixed-width */
	bool on;                    /* of "check" */
};
void part_input(struct scope *sc, struct out *o, const struct request *q, const struct input *in);
void part_submit(struct scope *sc, struct out *o, const char *tone, const char *text);

/* A dialog that asks before PATH is posted to. TYPE, where not NULL, must be typed. Opened by
   part_opener(ID). */
struct confirm {
	const char *id, *title, *text;
	const char *path;
	const char *action; /* the button */
	const char *type;
	bool danger;
};
void part_confirm(
	struct scope *sc, struct out *o, const struct request *q, const struct confirm *c);

#endif
