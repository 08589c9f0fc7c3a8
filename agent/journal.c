/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "journal.h"

#include <errno.h>
#include <systemd/sd-journal.h>

/* What journald says of itself: it began, so its last lines may be lost; it left lines out. */
#define BEGAN      "f77379a8490b408bbe5f6940505a777b"
#define SUPPRESSED "a596d6fe7bfa4994828e72309e95d61e"
/* Where nothing was there yet when somebody began at the end. */
#define FROM_HEAD ""
/* Longer lines come in pieces, of which only the first begins like a line. */
#define LONG_LINE (8 * 1024)

struct journal {
	sd_journal *log; /* owned */
	char *kept;      /* owned; cursor of the last entry that counted */
	char *last;      /* owned; of the last one read, or NULL */
	bool fresh;      /* nobody knows yet where it begins */
	bool containers;
	bool torn;   /* the next entry is a piece of a line that was looked at */
	bool broken; /* entries were lost, and nobody has kept that yet */
	bool dirty;  /* entries were read but not kept: go back before reading */
};

static enum err trouble(struct scope *sc, const char *what, int r)
{
	return fail(sc, ERR_AWAY, "the journal cannot be read (%s): %s", what, strerror(-r));
}

/* Noted at once: what comes while nobody looks must be read later. A journal without entries has no
   end to stand at. */
static int note_end(struct journal *j)
{
	int r = sd_journal_seek_tail(j->log);

	if (r >= 0)
		r = sd_journal_previous(j->log);
	if (r > 0)
		return sd_journal_get_cursor(j->log, &j->kept);
	j->kept = strdup(FROM_HEAD);
	if (!j->kept)
		abort();
	return r;
}

/* To just behind the kept entry. *FOUND false when the entry is gone. */
static int rewind_to(struct journal *j, bool *found)
{
	int r;

	*found = true;
	j->torn = false;
	free(TAKE(j->last));
	if (str_empty(j->kept))
		return sd_journal_seek_head(j->log);
	r = sd_journal_seek_cursor(j->log, j->kept);
	if (r >= 0)
		r = sd_journal_next(j->log);
	if (r < 0)
		return r;
	*found = r > 0 && sd_journal_test_cursor(j->log, j->kept) > 0;
	return *found ? r : sd_journal_seek_head(j->log);
}

static int open_log(struct journal *j, const char *folder)
{
	return folder ? sd_journal_open_directory(&j->log, folder, 0)
		      : sd_journal_open(&j->log, SD_JOURNAL_LOCAL_ONLY);
}

/* The unit's or the containers' lines, or what journald says of lines lost. */
static int add_matches(struct scope *sc, struct journal *j, const struct journal_config *c)
{
	const char *whose = c->tag ? arena_printf(sc->mem, "CONTAINER_TAG=%s", c->tag)
				   : arena_printf(sc->mem, "_SYSTEMD_UNIT=%s", c->unit);
	int r = sd_journal_add_match(j->log, whose, 0);

	if (r >= 0)
		r = sd_journal_add_disjunction(j->log);
	if (r >= 0)
		r = sd_journal_add_match(j->log, "MESSAGE_ID=" BEGAN, 0);
	if (r >= 0)
		r = sd_journal_add_match(j->log, "MESSAGE_ID=" SUPPRESSED, 0);
	return r;
}

enum err journal_open(
	struct scope *sc, const struct journal_config *c, const char *cursor, struct journal **out)
{
	struct journal *j = calloc(1, sizeof *j);
	bool found;
	int r;

	if (!j)
		abort();
	j->kept = cursor ? strdup(cursor) : NULL;
	j->containers = c->tag != NULL;
	r = open_log(j, c->folder);
	if (r >= 0)
		r = add_matches(sc, j, c);
	/* Without the descriptor the journal would not hear of its own rotation. */
	if (r >= 0)
		r = sd_journal_get_fd(j->log);
	if (r >= 0 && !j->kept) {
		j->fresh = true;
		r = note_end(j);
	}
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

static bool is(struct journal *j, const char *field, const char *text)
{
	struct bytes value;

	return value_of(j, field, &value) && value.len == strlen(text) &&
	       memcmp(value.data, text, value.len) == 0;
}

static bool tells_of_loss(struct journal *j)
{
	return is(j, "MESSAGE_ID", BEGAN) || is(j, "MESSAGE_ID", SUPPRESSED);
}

static void take_entry(struct scope *sc, struct journal *j, struct journal_read *r)
{
	struct bytes value, message;
	const char *program = NULL;
	bool piece = j->torn;

	/* What a field's value points to is gone with the next question. */
	if (!value_of(j, "MESSAGE", &value))
		return;
	message = bytes_of(arena_copy(sc->mem, value.data, value.len), value.len);
	if (value_of(j, "MESSAGE_ID", &value)) {
		j->broken = j->broken || tells_of_loss(j);
		return;
	}
	if (j->containers)
		j->torn = (piece || message.len >= LONG_LINE) &&
			  is(j, "CONTAINER_PARTIAL_MESSAGE", "true");
	else if (value_of(j, "SYSLOG_IDENTIFIER", &value))
		program = arena_copy(sc->mem, value.data, value.len);
	if (!piece && (j->containers || program))
		r->entries[r->count++] = (struct journal_entry){ program, message };
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
	r->cursor = arena_text(sc->mem, j->last ? j->last : j->fresh ? j->kept : NULL);
	r->broken = j->broken;
	r->more = r->count == most;
	return ERR_NONE;
}

void journal_keep(struct journal *j)
{
	j->dirty = false;
	j->broken = false;
	j->fresh = false;
	if (!j->last)
		return;
	free(j->kept);
	j->kept = TAKE(j->last);
}
