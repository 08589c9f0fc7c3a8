/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_backup.h"

#include "base/id.h"
#include "crypt/seal.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/appliance_command.h"
#include "hub.h"
#include "mailu/mailu.h"
#include "object/object.h"
#include "tenant/audit.h"

#define CLASS   "parcel"
#define CONTEXT "machine_backup.key"
#define PAGE    50

#define COLUMNS                                                                                    \
	"SELECT b.id, b.appliance, CASE WHEN b.done_at IS NOT NULL THEN 'done' "                   \
	"ELSE COALESCE(c.state, 'expired') END AS state, c.reason, b.asked_at, b.done_at, "        \
	"b.parts, b.size, b.files, b.release_to, b.release_until FROM machine_backup b "           \
	"LEFT JOIN command c ON c.tenant = b.tenant AND c.id = b.command "
SQL(machine_backup_add, SQL_TENANT,
	"INSERT INTO machine_backup (tenant, id, appliance, command, key, asked_at) "
	"VALUES ($1, $2, $3, $4, $5, $6)");
SQL(machine_backup_one, SQL_TENANT, COLUMNS "WHERE b.tenant = $1 AND b.id = $2");
SQL(machine_backup_rows, SQL_TENANT,
	COLUMNS "WHERE b.tenant = $1 AND b.appliance = $2 ORDER BY b.id DESC LIMIT $3");
SQL(machine_backup_key, SQL_TENANT,
	"SELECT b.key, a.seal_key FROM machine_backup b JOIN appliance a ON a.tenant = b.tenant "
	"AND a.id = $3 WHERE b.tenant = $1 AND b.id = $2");
SQL(machine_backup_seal, SQL_TENANT,
	"SELECT seal_key FROM appliance WHERE tenant = $1 AND id = $2");
SQL(machine_backup_done, SQL_TENANT,
	"UPDATE machine_backup SET done_at = $3, parts = $4, size = $5, files = $6 "
	"WHERE tenant = $1 AND id = $2 AND done_at IS NULL");
SQL(machine_backup_free, SQL_TENANT,
	"UPDATE machine_backup SET release_to = $3, release_until = $4 "
	"WHERE tenant = $1 AND id = $2");
SQL(machine_backup_drop, SQL_TENANT, "DELETE FROM machine_backup WHERE tenant = $1 AND id = $2");
SQL(machine_backup_old, SQL_TENANT,
	"SELECT id FROM machine_backup WHERE tenant = $1 AND appliance = $2 AND id < $3 "
	"ORDER BY id DESC LIMIT 200");
SQL(machine_part_put, SQL_TENANT,
	"INSERT INTO machine_backup_part (tenant, backup, n, object, size) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, backup, n) DO UPDATE SET "
	"object = excluded.object, size = excluded.size");
SQL(machine_part_one, SQL_TENANT,
	"SELECT object FROM machine_backup_part WHERE tenant = $1 AND backup = $2 AND n = $3");
SQL(machine_part_rows, SQL_TENANT,
	"SELECT n, object, size FROM machine_backup_part WHERE tenant = $1 AND backup = $2 "
	"ORDER BY n");
SQL(machine_part_drop, SQL_TENANT,
	"DELETE FROM machine_backup_part WHERE tenant = $1 AND backup = $2 AND n > $3");

SHAPE(backup_shape, struct mailu_backup, COL(struct mailu_backup, id),
	COL(struct mailu_backup, appliance), COL(struct mailu_backup, state),
	COL(struct mailu_backup, reason), COL(struct mailu_backup, asked_at),
	COL(struct mailu_backup, done_at), COL(struct mailu_backup, parts),
	COL(struct mailu_backup, size), COL(struct mailu_backup, files),
	COL(struct mailu_backup, release_to), COL(struct mailu_backup, release_until));

struct part {
	int64_t n, object, size;
};
SHAPE(part_shape, struct part, COL(struct part, n), COL(struct part, object),
	COL(struct part, size));

struct keys {
	struct bytes key, seal_key;
};
SHAPE(keys_shape, struct keys, COL(struct keys, key), COL(struct keys, seal_key));
struct seal_row {
	struct bytes seal_key;
};
SHAPE(seal_shape, struct seal_row, COL(struct seal_row, seal_key));

/* ---- keys ---- */

static enum err keep_key(
	struct scope *sc, int64_t id, const struct seal_key *key, struct bytes *sealed)
{
	struct seal_key own;
	enum err e = hub_of(sc)->tenant_key(sc, 0, &own);

	if (e)
		return e;
	seal(sc, &own, CONTEXT, sc->tenant, id, bytes_of(key->bytes, sizeof key->bytes), sealed);
	seal_key_wipe(&own);
	return ERR_NONE;
}

static enum err open_key(struct scope *sc, int64_t id, struct bytes sealed, struct bytes *key)
{
	struct seal_key own;
	enum err e = hub_of(sc)->tenant_key(sc, seal_version(sealed), &own);

	if (e)
		return e;
	e = seal_open(sc, &own, CONTEXT, sc->tenant, id, sealed, key);
	seal_key_wipe(&own);
	return e;
}

/* KEY as only the machine with SEAL_KEY reads it, hex. */
static enum err wrap(struct scope *sc, struct bytes seal_key, struct bytes key, const char **hex)
{
	struct bytes sealed;

	if (seal_key.len != 32)
		return fail(sc, ERR_CONFLICT, "The machine has no key to seal for");
	seal_to(sc, seal_key.data, key, &sealed);
	*hex = str_hex(sc->mem, sealed.data, sealed.len);
	return ERR_NONE;
}

/* ---- parts ---- */

/* Parts above LEAST go, with their objects. */
static enum err drop_parts(struct scope *sc, int64_t id, int64_t least)
{
	struct part *parts;
	size_t n;
	enum err e = db_list(sc, &machine_part_rows, BIND(V(id)), &part_shape, &parts, &n);

	for (size_t i = 0; i < n && !e; i++)
		if (parts[i].n > least)
			e = object_remove(sc, parts[i].object);
	return e ? e : db_run(sc, &machine_part_drop, BIND(V(id), V(least)), NULL);
}

/* ---- asking ---- */

static bool is_open(const struct mailu_backup *b)
{
	return str_eq(b->state, "waiting");
}

static enum err may_ask(struct scope *sc, int64_t appliance)
{
	struct mailu_backup *rows;
	struct mailu m;
	size_t n;
	enum err e = mailu_find(sc, appliance, &m);

	if (e && e != ERR_MISSING)
		return e;
	if (e || !mailu_is_on(&m))
		return fail(sc, ERR_CONFLICT, "MailU is not on there");
	e = mailu_backup_list(sc, appliance, &rows, &n);
	if (!e && n && is_open(&rows[0]))
		return fail(sc, ERR_CONFLICT, "A backup is being made already");
	return e;
}

struct asking {
	int64_t appliance, id;
	struct seal_key key;
};

/* What came of one that failed does not wait for its row to go. */
static enum err empty_failed(struct scope *sc, int64_t appliance)
{
	struct mailu_backup *rows;
	size_t n;
	enum err e = mailu_backup_list(sc, appliance, &rows, &n);

	for (size_t i = 0; i < n && !e; i++)
		if (!rows[i].done_at)
			e = drop_parts(sc, rows[i].id, 0);
	return e;
}

static enum err write_asking(struct scope *sc, void *arg)
{
	struct asking *a = arg;
	struct command_wish w = { .appliance = a->appliance, .kind = "backup", .lasts_ms = DAY_MS };
	struct seal_row machine;
	struct bytes kept;
	const char *hex = NULL;
	int64_t command;
	enum err e = may_ask(sc, a->appliance);

	a->id = new_id(sc);
	if (!e)
		e = empty_failed(sc, a->appliance);
	if (!e)
		e = db_one(sc, &machine_backup_seal, BIND(V(a->appliance)), &seal_shape, &machine);
	if (!e)
		e = wrap(sc, machine.seal_key, bytes_of(a->key.bytes, sizeof a->key.bytes), &hex);
	if (!e)
		e = keep_key(sc, a->id, &a->key, &kept);
	if (e)
		return e;
	w.args = arena_printf(sc->mem, "{\"backup\":\"%s\",\"key\":\"%s\"}",
		id_format(sc->mem, ID_BACKUP, a->id), hex);
	e = appliance_command_give(sc, &w, &command);
	if (!e)
		e = db_run(sc, &machine_backup_add,
			BIND(V(a->id), V(a->appliance), V(command), V(kept), V(now_real(sc).ms)),
			NULL);
	return e ? e : audit_add(sc, "mailu.backup", a->appliance);
}

enum err mailu_backup_ask(struct scope *sc, int64_t appliance, int64_t *id)
{
	struct asking a = { .appliance = appliance };
	struct appliance found;
	enum err e = appliance_find(sc, appliance, &found);

	seal_key_make(&a.key, 0);
	if (!e)
		e = db_write(sc, write_asking, &a);
	seal_key_wipe(&a.key);
	if (!e)
		*id = a.id;
	return e;
}

enum err mailu_backup_find(struct scope *sc, int64_t id, struct mailu_backup *b)
{
	return db_one(sc, &machine_backup_one, BIND(V(id)), &backup_shape, b);
}

enum err mailu_backup_list(
	struct scope *sc, int64_t appliance, struct mailu_backup **rows, size_t *n)
{
	return db_list(sc, &machine_backup_rows, BIND(V(appliance), V((int64_t)PAGE)),
		&backup_shape, rows, n);
}

/* ---- letting go ---- */

static enum err drop(struct scope *sc, int64_t id)
{
	enum err e = drop_parts(sc, id, 0);

	return e ? e : db_run(sc, &machine_backup_drop, BIND(V(id)), NULL);
}

static enum err write_remove(struct scope *sc, void *arg)
{
	const struct mailu_backup *b = arg;
	enum err e = drop(sc, b->id);

	return e ? e : audit_add(sc, "mailu.backup-remove", b->appliance);
}

enum err mailu_backup_remove(struct scope *sc, int64_t id)
{
	struct mailu_backup b;
	enum err e = mailu_backup_find(sc, id, &b);

	if (!e && is_open(&b))
		e = fail(sc, ERR_CONFLICT, "It is still being made");
	return e ? e : db_write(sc, write_remove, &b);
}

struct releasing {
	const struct mailu_backup *b;
	int64_t machine;
};

static enum err write_release(struct scope *sc, void *arg)
{
	const struct releasing *r = arg;
	enum err e = db_run(sc, &machine_backup_free,
		BIND(V(r->b->id), V(r->machine), V(now_real(sc).ms + MAILU_BACKUP_RELEASE_MS)),
		NULL);

	return e ? e : audit_add(sc, "mailu.backup-release", r->machine);
}

enum err mailu_backup_release(struct scope *sc, int64_t id, int64_t machine)
{
	struct mailu_backup b;
	struct appliance a;
	enum err e = mailu_backup_find(sc, id, &b);

	if (!e)
		e = appliance_find(sc, machine, &a);
	if (!e && !b.done_at)
		e = fail(sc, ERR_CONFLICT, "This backup is not whole");
	return e ? e : db_write(sc, write_release, &(struct releasing){ &b, machine });
}

/* ---- bringing ---- */

static enum err asked_of(struct scope *sc, int64_t appliance, int64_t id, struct mailu_backup *b)
{
	enum err e = mailu_backup_find(sc, id, b);

	if (!e && (b->appliance != appliance || (!b->done_at && !is_open(b))))
		e = fail(sc, ERR_MISSING, "Nobody asked this machine for that backup");
	return e;
}

struct part_in {
	int64_t id;
	struct part part;
};

/* One that stands there goes with its object. */
static enum err write_part(struct scope *sc, void *arg)
{
	const struct part_in *in = arg;
	int64_t old = 0;
	struct mailu_backup b;
	enum err e = mailu_backup_find(sc, in->id, &b);

	/* Finished by another request since it was looked at. */
	if (!e && b.done_at)
		e = fail(sc, ERR_CONFLICT, "This backup is whole already");
	if (e)
		return e;
	e = db_int(sc, &machine_part_one, BIND(V(in->id), V(in->part.n)), &old);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	if (!e && old && old != in->part.object)
		e = object_remove(sc, old);
	return e ? e
		 : db_run(sc, &machine_part_put,
			   BIND(V(in->id), V(in->part.n), V(in->part.object), V(in->part.size)),
			   NULL);
}

enum err mailu_backup_take_part(
	struct scope *sc, int64_t appliance, int64_t id, int64_t n, struct bytes data)
{
	struct part_in in = { id, { n, 0, (int64_t)data.len } };
	struct mailu_backup b;
	enum err e = asked_of(sc, appliance, id, &b);

	if (e)
		return e;
	if (b.done_at)
		return fail(sc, ERR_CONFLICT, "This backup is whole already");
	if (n < 1 || n > WIRE_MAX_PARCELS || !data.len)
		return fail(sc, ERR_INPUT, "There is no such part");
	e = object_put(sc, CLASS, "application/octet-stream", data, &in.part.object);
	return e ? e : db_write(sc, write_part, &in);
}

static enum err forget_old(struct scope *sc, int64_t appliance, int64_t id)
{
	struct row {
		int64_t id;
	} * rows;
	SHAPE(row_shape, struct row, COL(struct row, id));
	size_t n;
	enum err e =
		db_list(sc, &machine_backup_old, BIND(V(appliance), V(id)), &row_shape, &rows, &n);

	for (size_t i = 0, kept = 1; i < n && !e; i++) {
		struct mailu_backup b;

		e = mailu_backup_find(sc, rows[i].id, &b);
		kept += !e && b.done_at != 0;
		/* Those that failed before one that did not are of no use to anybody. */
		if (!e && (!b.done_at || kept > MAILU_BACKUP_KEPT))
			e = drop(sc, b.id);
	}
	return e;
}

struct finishing {
	const struct mailu_backup *b;
	const struct wire_stored *m;
};

static enum err write_finish(struct scope *sc, void *arg)
{
	const struct finishing *f = arg;
	struct part *parts;
	int64_t size = 0;
	size_t n, count = (size_t)f->m->parts;
	/* A file that was begun anew may have had more parts before. */
	enum err e = drop_parts(sc, f->b->id, f->m->parts);

	if (!e)
		e = db_list(sc, &machine_part_rows, BIND(V(f->b->id)), &part_shape, &parts, &n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		size += parts[i].size;
	if (n != count || size != f->m->size)
		return fail(sc, ERR_INPUT, "Parts of the backup are missing");
	e = db_run(sc, &machine_backup_done,
		BIND(V(f->b->id), V(now_real(sc).ms), V(f->m->parts), V(size), V(f->m->files)),
		NULL);
	if (!e)
		event_addf(sc, "appliance.backup", f->b->appliance,
			"{\"appliance\":\"%s\",\"size\":%lld}",
			id_format(sc->mem, ID_APPLIANCE, f->b->appliance), (long long)size);
	return e ? e : forget_old(sc, f->b->appliance, f->b->id);
}

enum err mailu_backup_finish(
	struct scope *sc, int64_t appliance, int64_t id, const struct wire_stored *m)
{
	struct mailu_backup b;
	enum err e = asked_of(sc, appliance, id, &b);

	if (e || b.done_at)
		return e;
	return db_write(sc, write_finish, &(struct finishing){ &b, m });
}

/* ---- taking ---- */

static enum err released_to(struct scope *sc, int64_t appliance, int64_t id, struct mailu_backup *b)
{
	enum err e = mailu_backup_find(sc, id, b);

	if (!e &&
		(!b->done_at || b->release_to != appliance || b->release_until <= now_real(sc).ms))
		e = fail(sc, ERR_MISSING, "This backup was not released to this machine");
	return e;
}

enum err mailu_backup_offer(
	struct scope *sc, int64_t appliance, int64_t id, struct wire_parcel *out)
{
	struct mailu_backup b;
	struct keys k;
	struct bytes key;
	const char *hex = NULL;
	enum err e = released_to(sc, appliance, id, &b);

	if (!e)
		e = db_one(sc, &machine_backup_key, BIND(V(id), V(appliance)), &keys_shape, &k);
	if (!e)
		e = open_key(sc, id, k.key, &key);
	if (!e)
		e = wrap(sc, k.seal_key, key, &hex);
	if (!e)
		*out = (struct wire_parcel){ .parts = b.parts, .size = b.size, .key = hex };
	return e;
}

enum err mailu_backup_give_part(
	struct scope *sc, int64_t appliance, int64_t id, int64_t n, struct bytes *data)
{
	struct mailu_backup b;
	struct object o;
	int64_t object;
	enum err e = released_to(sc, appliance, id, &b);

	if (!e)
		e = db_int(sc, &machine_part_one, BIND(V(id), V(n)), &object);
	if (!e)
		e = object_find(sc, object, &o);
	return e ? e : object_read(sc, &o, data);
}
