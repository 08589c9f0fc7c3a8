/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_backup_api.h"

#include "base/id.h"
#include "fleet/appliance.h"
#include "fleet/enrolment.h"
#include "mailu/mailu_backup.h"
#include "text/json.h"

/* The body is the part itself. */
const struct form mailu_backup_part_form = { NULL, 0, 0, WIRE_PARCEL_BYTES };

struct release_in {
	int64_t machine;
};
FORM(mailu_backup_release_form, struct release_in, 0,
	FIELD(struct release_in, machine, FIELD_ID, 1, 0, true, ID_APPLIANCE, "Machine"));

int64_t mailu_backup_form_machine(const void *input)
{
	return ((const struct release_in *)input)->machine;
}

/* ---- people's programs ---- */

static void put(struct out *o, const struct mailu_backup *b)
{
	json_add_id(o, "id", ID_BACKUP, b->id);
	json_add_id(o, "appliance", ID_APPLIANCE, b->appliance);
	json_add_text(o, "state", b->state);
	json_add_text(o, "reason", b->reason);
	json_add_time(o, "asked", b->asked_at);
	json_add_time(o, "done", b->done_at);
	json_add_int(o, "size", b->size);
	json_add_int(o, "files", b->files);
	json_add_id(o, "released_to", ID_APPLIANCE, b->release_to);
	json_add_time(o, "released_until", b->release_until);
}

enum err mailu_backups_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_APPLIANCE);
	struct mailu_backup *rows;
	struct appliance a;
	struct out *o;
	size_t n;
	enum err e = appliance_find(sc, id, &a);

	if (!e)
		e = mailu_backup_list(sc, id, &rows, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put(o, &rows[i]);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}

static enum err reply(struct scope *sc, struct request *q, int64_t id)
{
	struct mailu_backup b;
	struct out *o;
	enum err e = mailu_backup_find(sc, id, &b);

	if (e)
		return e;
	o = reply_open(sc);
	put(o, &b);
	return reply_close(sc, q, 200, o);
}

enum err mailu_backup_ask_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id;
	enum err e = mailu_backup_ask(sc, request_id(q, ID_APPLIANCE), &id);

	return e ? e : reply_added(sc, q, ID_BACKUP, id);
}

enum err mailu_backup_find_api(struct scope *sc, struct request *q, const void *input)
{
	return reply(sc, q, request_id(q, ID_BACKUP));
}

enum err mailu_backup_release_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_BACKUP);
	enum err e = mailu_backup_release(sc, id, mailu_backup_form_machine(input));

	return e ? e : reply(sc, q, id);
}

enum err mailu_backup_remove_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = mailu_backup_remove(sc, request_id(q, ID_BACKUP));

	if (!e)
		reply_none(q, 204);
	return e;
}

/* ---- machines ---- */

static enum err part_of(struct scope *sc, const struct request *q, int64_t *n)
{
	return str_int(request_rest(q), 1, WIRE_MAX_PARCELS, n)
		       ? ERR_NONE
		       : fail(sc, ERR_MISSING, "There is no such part");
}

enum err mailu_backup_part_put_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t appliance, n;
	enum err e = enrolment_admit_shown(sc, request_certificate(sc, q), &appliance);

	if (!e)
		e = part_of(sc, q, &n);
	if (!e)
		e = mailu_backup_take_part(
			sc, appliance, request_id(q, ID_BACKUP), n, request_body(q));
	if (!e)
		reply_none(q, 204);
	return e;
}

enum err mailu_backup_stored_api(struct scope *sc, struct request *q, const void *input)
{
	struct wire_stored m;
	int64_t appliance;
	enum err e = enrolment_admit_shown(sc, request_certificate(sc, q), &appliance);

	if (!e)
		e = wire_get_stored(sc, request_body(q), &m);
	if (!e)
		e = mailu_backup_finish(sc, appliance, request_id(q, ID_BACKUP), &m);
	if (!e)
		reply_none(q, 204);
	return e;
}

enum err mailu_backup_offer_api(struct scope *sc, struct request *q, const void *input)
{
	struct wire_parcel m;
	int64_t appliance;
	enum err e = enrolment_admit_shown(sc, request_certificate(sc, q), &appliance);

	if (!e)
		e = mailu_backup_offer(sc, appliance, request_id(q, ID_BACKUP), &m);
	if (!e)
		reply_bytes(q, 200, "application/json", wire_put_parcel(sc, &m));
	return e;
}

enum err mailu_backup_part_get_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t appliance, n;
	struct bytes data;
	enum err e = enrolment_admit_shown(sc, request_certificate(sc, q), &appliance);

	if (!e)
		e = part_of(sc, q, &n);
	if (!e)
		e = mailu_backup_give_part(sc, appliance, request_id(q, ID_BACKUP), n, &data);
	if (!e)
		reply_bytes(q, 200, "application/octet-stream", data);
	return e;
}
