/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "journal.h"

#include <errno.h>
#include <systemd/sd-journal.h>

struct journal {
	sd_journal *log; /* owned */
	char *kept;      /* owned; cursor of the last entry that counted, or NULL */
	char *last;      /* owned; of the last one read */
	bool broken;     /* entries were lost, and nobody has kept that yet */
	bool dirty;      /* entries were read but not kept: go back before reading */
};

static enum err trouble(struct scope *sc, const char *what, int r)
{
	return fail(sc, ERR_AWAY, "the journal cannot be read (%s): %s", what, strerror(-r));
}

/* To just behind the kept entry, or to the end. *FOUND false when the entry is gone. */
static int rewind_to(struct journal *j, bool *found)
{
	int r;

	*found = true;
	if (!j->kept) {
		r = sd_journal_seek_tail(j->log);
		return r < 0 ? r : sd_journal_previous(j->log);
	}
	r = sd_journal_seek_cursor(j->log, j->kept);
	if (r >= 0)
		r = sd_journal_next(j->log);
	if (r < 0)
		return r;
	*found = r > 0 && sd_journal_test_cursor(j->log, j->kept) > 0;
	if (!*found) {
		r = sd_journal_seek_head(j->log);
		free(TAKE(j->kept));
	}
	return r;
}

enum err journal_open(struct scope *sc, const char *unit, const char *cursor, struct journal **out)
{
	struct journal *j = calloc(1, sizeof *j);
	bool found;
	int r;

	if (!j)
		abort();
	j->kept = cursor ? strdup(cursor) : NULL;
	r = sd_journal_open(&j->log, SD_JOURNAL_LOCAL_ONLY);
	if (r >= 0)
		r = sd_journal_add_match(
			j->log, arena_printf(sc->mem, "_SYSTEMD_UNIT=%s", unit), 0);
	/* Without the descriptor the journal would not hear of its own rotation. */
	if (r >= 0)
		r = sd_journal_get_fd(j->log);
	if (r >= 0)
		r = rewind_to(j, &found);
	if (r < 0) {
		journal_close(j);
		return trouble(sc, "opening", r);
	}
	j->broken = !found;
	*out = j;
	return ERR_NONE;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	sd_journal_close(j->log);
	free(j->kept);
	free(j->last);
	free(j);
}

/* The value of FIELD of the current entry; false when it has none. */
static bool value_of(struct journal *j, const char *field, struct bytes *value)
{
	const void *data;
	size_t len, name = strlen(field) + 1;

	if (sd_journal_get_data(j->log, field, &data, &len) < 0 || len < name)
		return false;
	*value = bytes_of((const char *)data + name, len - name);
	return true;
}

static void take_entry(struct scope *sc, struct journal *j, struct journal_read *r)
{
	struct bytes program, message;

	if (!value_of(j, "SYSLOG_IDENTIFIER", &program) || !value_of(j, "MESSAGE", &message))
		return;
	r->entries[r->count++] = (struct journal_entry){
		arena_copy(sc->mem, program.data, program.len),
		bytes_of(arena_copy(sc->mem, message.data, message.len), message.len),
	};
}

enum err journal_read(struct scope *sc, struct journal *j, size_t most, struct journal_read *r)
{
	bool found = true;
	int n = j->dirty ? rewind_to(j, &found) : sd_journal_process(j->log);

	*r = (struct journal_read){ .entries = arena_array(sc->mem, most, sizeof *r->entries) };
	if (n < 0)
		return trouble(sc, "going back", n);
	j->broken = j->broken || !found;
	j->dirty = true;
	free(TAKE(j->last));
	while (r->count < most && (n = sd_journal_next(j->log)) > 0) {
		char *cursor = NULL;

		take_entry(sc, j, r);
		if (sd_journal_get_cursor(j->log, &cursor) >= 0) {
			free(j->last);
			j->last = cursor;
		}
	}
	if (n < 0)
		return trouble(sc, "reading", n);
	r->cursor = arena_text(sc->mem, j->last);
	r->broken = j->broken;
	r->more = r->count == most;
	return ERR_NONE;
}

void journal_keep(struct journal *j)
{
	j->dirty = false;
	j->broken = false;
	if (!j->last)
		return;
	free(j->kept);
	j->kept = TAKE(j->last);
}
