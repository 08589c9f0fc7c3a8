/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/check.h"

#include "base/id.h"
#include "base/out.h"
#include "base/words.h"
#include "event/event.h"

SQL(check_rows, SQL_TENANT,
	"SELECT name, state, reason, since FROM machine_check WHERE tenant = $1 "
	"AND appliance = $2 ORDER BY place, name");
SQL(check_drop, SQL_TENANT,
	"DELETE FROM machine_check WHERE tenant = $1 AND appliance = $2 AND name = $3");
SQL(check_keep, SQL_TENANT,
	"INSERT INTO machine_check (tenant, appliance, name, state, reason, since, place) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, appliance, name) DO UPDATE SET "
	"state = excluded.state, reason = excluded.reason, since = excluded.since, "
	"place = excluded.place");

SHAPE(check_shape, struct machine_check, COL(struct machine_check, name),
	COL(struct machine_check, state), COL(struct machine_check, reason),
	COL(struct machine_check, since));

enum err check_list(struct scope *sc, int64_t appliance, struct machine_check **rows, size_t *n)
{
	return db_list(sc, &check_rows, BIND(V(appliance)), &check_shape, rows, n);
}

static const struct machine_check *find(
	const struct machine_check *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static bool names(const struct wire_check *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return true;
	return false;
}

static enum err keep(struct scope *sc, int64_t appliance, const struct wire_check *c,
	const struct machine_check *had, size_t place)
{
	const char *state = health_name((enum health)c->state);
	bool same = had ? str_eq(had->state, state) : c->state == HEALTH_OK;

	if (had && same && str_eq(had->reason, c->reason) && had->since == c->since)
		return ERR_NONE;
	if (!same)
		event_addf(sc, "appliance.check", appliance,
			"{\"appliance\":\"%s\",\"check\":\"%s\",\"state\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, appliance), c->name, state);
	return db_run(sc, &check_keep,
		BIND(V(appliance), V(c->name), V(state), V(c->reason), V(c->since),
			V((int64_t)place)),
		NULL);
}

enum err check_put(struct scope *sc, int64_t appliance, const struct wire_check *list, size_t n)
{
	struct machine_check *had;
	size_t count;
	enum err e = check_list(sc, appliance, &had, &count);

	for (size_t i = 0; i < count && !e; i++)
		if (!names(list, n, had[i].name))
			e = db_run(sc, &check_drop, BIND(V(appliance), V(had[i].name)), NULL);
	for (size_t i = 0; i < n && !e; i++)
		e = keep(sc, appliance, &list[i], find(had, count, list[i].name), i);
	return e;
}

/* ---- in the reader's words ---- */

/* What agents give as reasons (agent/mailu/sights.c), with %s for what differs. */
static const char *const reasons[] = {
	WORD("%s is gone"),
	WORD("%s is unhealthy"),
	WORD("%s is ended"),
	WORD("%s restarts again and again"),
	WORD("%s does not get ready"),
	WORD("%s does not answer"),
	WORD("%s answers %s to a ping"),
	WORD("%s has no application password"),
	WORD("%s cannot be looked at"),
	WORD("submission: %s"),
	WORD("disk of MailU: %s MiB left"),
	WORD("disk of MailU: only %s more files"),
	WORD("only %s MiB of memory left"),
	WORD("%s mails wait in the queue"),
	WORD("a mail has not been taken up for %s min"),
	WORD("there is no certificate"),
	WORD("the certificate cannot be read"),
	WORD("the certificate has expired"),
	WORD("the certificate ends in %s days"),
	WORD("clock not synchronised"),
};
#define HOLES 2

/* TEXT is PATTERN with something in each hole; within a sentence that is one word. */
static bool fits(struct scope *sc, const char *pattern, const char *text, const char *args[HOLES])
{
	const char *hole;

	for (size_t n = 0; (hole = strstr(pattern, "%s")) != NULL; n++) {
		size_t len = (size_t)(hole - pattern);

		if (n == HOLES || strncmp(text, pattern, len) != 0)
			return false;
		text += len;
		pattern = hole + 2;
		len = *pattern ? strcspn(text, " ") : strlen(text);
		args[n] = arena_copy(sc->mem, text, len);
		text += len;
	}
	return str_eq(text, pattern);
}

static const char *fill(struct scope *sc, const char *pattern, const char *const args[HOLES])
{
	const char *hole;
	struct out o;

	out_init(&o, sc->mem);
	for (size_t n = 0; n < HOLES && (hole = strstr(pattern, "%s")) != NULL; n++) {
		out_bytes(&o, pattern, (size_t)(hole - pattern));
		out_text(&o, args[n]);
		pattern = hole + 2;
	}
	out_text(&o, pattern);
	return o.data;
}

const char *check_reason(struct scope *sc, const char *reason)
{
	for (size_t i = 0; reason && i < COUNT(reasons); i++) {
		const char *args[HOLES] = { "", "" };

		if (fits(sc, reasons[i], reason, args))
			return fill(sc, tr(sc, reasons[i]), args);
	}
	return reason;
}
