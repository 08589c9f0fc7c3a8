/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Backups of appliances' mail servers. A command asks for one, with a key made for this backup
 * alone, sealed to the machine; the machine brings the sealed file in parts over HTTPS, and these
 * lie in objects. Here the key is sealed with the company's: without that nobody opens the file. A
 * machine gets one back only where somebody released it to that machine, for a day.
 *
 * An appliance belongs to one company; so does its backup.
 */
#ifndef MAILU_MAILU_BACKUP_H
#define MAILU_MAILU_BACKUP_H

#include "store/db.h"
#include "wire/wire.h"

#define MAILU_BACKUP_KEPT       7 /* whole ones of one appliance; older ones go */
#define MAILU_BACKUP_RELEASE_MS DAY_MS

struct mailu_backup {
	int64_t id, appliance;
	const char *state;  /* "waiting", "done", "failed", "expired", "unsupported" */
	const char *reason; /* of one that failed, or NULL */
	int64_t asked_at, done_at;
	int64_t parts, size, files;
	int64_t release_to, release_until; /* 0 for none */
};

/* Asks for one. ERR_CONFLICT while another is waited for, and where MailU is not on. */
enum err mailu_backup_ask(struct scope *sc, int64_t appliance, int64_t *id) MUST;
/* ERR_MISSING for one of another company, or one that has gone. */
enum err mailu_backup_find(struct scope *sc, int64_t id, struct mailu_backup *b) MUST;
/* The newest first, those that failed too. */
enum err mailu_backup_list(
	struct scope *sc, int64_t appliance, struct mailu_backup **rows, size_t *n) MUST;
/* MACHINE, of the same company, may take it for a day. ERR_CONFLICT for one that is not whole. */
enum err mailu_backup_release(struct scope *sc, int64_t id, int64_t machine) MUST;
enum err mailu_backup_remove(struct scope *sc, int64_t id) MUST;

/* ---- what machines bring and take; SC is the machine's ---- */

/* ERR_MISSING for a backup that APPLIANCE was not asked for, ERR_CONFLICT when it is whole already.
   A part that comes again replaces the one before. */
enum err mailu_backup_take_part(
	struct scope *sc, int64_t appliance, int64_t id, int64_t n, struct bytes data) MUST;
/* All parts have come: ERR_INPUT where they are not what M says. Twice is once. */
enum err mailu_backup_finish(
	struct scope *sc, int64_t appliance, int64_t id, const struct wire_stored *m) MUST;
/* What was released to APPLIANCE, its key sealed to it. */
enum err mailu_backup_offer(
	struct scope *sc, int64_t appliance, int64_t id, struct wire_parcel *out) MUST;
enum err mailu_backup_give_part(
	struct scope *sc, int64_t appliance, int64_t id, int64_t n, struct bytes *data) MUST;

#endif
