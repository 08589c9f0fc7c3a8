/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Follows one unit, or the containers of one tag, in the systemd journal; the counterpart of tail.
 * The journal loses lines and says so only here and there: its daemon began anew, or it suppressed
 * what came too fast. Either counts as lines lost.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "base/scope.h"
#include "base/str.h"

struct journal;

struct journal_config {
	const char *unit;   /* or … */
	const char *tag;    /* … of containers, as the engine's journald driver writes it */
	const char *folder; /* of journal files; NULL: this machine's own */
};

/* CURSOR NULL begins at the end. A cursor that the journal no longer has means lost lines. */
enum err journal_open(struct scope *sc, const struct journal_config *c, const char *cursor,
	struct journal **out) MUST;
/* Accepts NULL. */
void journal_close(struct journal *j);

struct journal_entry {
	const char *program;  /* arena; "postfix/qmgr"; NULL of a container */
	struct bytes message; /* arena; of a container the whole line, with the program in it */
};
struct journal_read {
	struct journal_entry *entries; /* arena */
	size_t count;
	const char *cursor; /* arena; of the last of them; NULL when there was none */
	bool broken, more;
};
/* The next entries, at most MOST. Until journal_keep() the same are read again. */
enum err journal_read(
	struct scope *sc, struct journal *j, size_t most, struct journal_read *r) MUST;
void journal_keep(struct journal *j);

#endif
