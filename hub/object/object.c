/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "object/object.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "crypt/secret.h"
#include "hub.h"
#include "object/object_priv.h"

SQL(object_add, SQL_TENANT,
	"INSERT INTO object (tenant, id, hash, size, mime, class, place, expires) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(object_by_id, SQL_TENANT,
	"SELECT id, hash, size, mime, class, place, expires FROM object "
	"WHERE tenant = $1 AND id = $2");
SQL(object_by_hash, SQL_TENANT,
	"SELECT id, hash, size, mime, class, place, expires FROM object "
	"WHERE tenant = $1 AND hash = $2 AND class = $3 ORDER BY id LIMIT 1");
SQL(object_keep, SQL_TENANT,
	"UPDATE object SET expires = $3 WHERE tenant = $1 AND id = $2 AND expires > $4");
SQL(object_drop, SQL_TENANT, "UPDATE object SET expires = $3 WHERE tenant = $1 AND id = $2");

SHAPE(object_shape, struct object, COL(struct object, id), COL(struct object, hash),
	COL(struct object, size), COL(struct object, mime), COL(struct object, class),
	COL(struct object, place), COL(struct object, expires));

struct object_class {
	const char *name;
	bool sealed;
	int64_t keep_ms;
};

static const struct object_class classes[] = {
	{ "import", true, 7 * DAY_MS },
	{ "export", true, 7 * DAY_MS },
	{ "part", false, DAY_MS },
	{ "letter", true, 730 * DAY_MS },
	{ "parcel", false, 3650 * DAY_MS },
};

static const struct object_class *find_class(const char *name)
{
	for (size_t i = 0; i < COUNT(classes); i++)
		if (str_eq(classes[i].name, name))
			return &classes[i];
	return NULL;
}

const char *object_path(struct scope *sc, const char *place)
{
	return arena_printf(sc->mem, "%s/%s", hub_of(sc)->objects_dir, place);
}

/* ---- files ---- */

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum err write_all(struct scope *sc, int fd, struct bytes data)
{
	const char *p = data.data;

	for (size_t left = data.len; left > 0;) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(
				sc, ERR_AWAY, "an object cannot be written: %s", strerror(errno));
		p += n;
		left -= (size_t)n;
	}
	if (fsync(fd))
		return fail(sc, ERR_AWAY, "an object cannot be synced: %s", strerror(errno));
	return ERR_NONE;
}

/* A name is only durable when its folder is. */
static enum err sync_folder(struct scope *sc, const char *folder)
{
	CLEANUP(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return fail(sc, ERR_AWAY, "the folder of objects cannot be synced: %s",
			strerror(errno));
	return ERR_NONE;
}

static enum err make_folder(struct scope *sc, const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return fail(
			sc, ERR_AWAY, "the folder %s cannot be made: %s", path, strerror(errno));
	return ERR_NONE;
}

static enum err write_file(
	struct scope *sc, const char *folder, const char *name, struct bytes data)
{
	const char *path = arena_printf(sc->mem, "%s/%s", folder, name);
	const char *beside = arena_printf(sc->mem, "%s.new", path);
	CLEANUP(close_fd) int fd = -1;
	enum err e = make_folder(sc, hub_of(sc)->objects_dir);

	if (!e)
		e = make_folder(sc, folder);
	if (e)
		return e;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(sc, ERR_AWAY, "an object cannot be made: %s", strerror(errno));
	e = write_all(sc, fd, data);
	if (!e && rename(beside, path))
		e = fail(sc, ERR_AWAY, "an object cannot be named: %s", strerror(errno));
	if (e)
		unlink(beside);
	return e ? e : sync_folder(sc, folder);
}

static enum err read_file(struct scope *sc, const char *place, struct bytes *data)
{
	CLEANUP(close_fd) int fd = open(object_path(sc, place), O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *buf;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st))
		return fail(
			sc, ERR_AWAY, "the object %s cannot be read: %s", place, strerror(errno));
	buf = arena_alloc(sc->mem, (size_t)st.st_size + 1);
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, buf + len, (size_t)st.st_size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(sc, ERR_AWAY, "the object %s is cut short", place);
		len += (size_t)n;
	}
	*data = bytes_of(buf, len);
	return ERR_NONE;
}

/* ---- rows ---- */

struct put {
	const struct object_class *class;
	struct object o;
	bool again; /* keep the one there is */
	bool kept;
};

static enum err put_row(struct scope *sc, void *arg)
{
	struct put *p = arg;
	int64_t changed;
	enum err e;

	if (!p->again)
		return db_run(sc, &object_add,
			BIND(V(p->o.id), V(p->o.hash), V(p->o.size), V(p->o.mime), V(p->o.class),
				V(p->o.place), V(p->o.expires)),
			NULL);
	e = db_run(
		sc, &object_keep, BIND(V(p->o.id), V(p->o.expires), V(now_real(sc).ms)), &changed);
	p->kept = e == ERR_NONE && changed > 0;
	return e;
}

/* *KEPT: the same bytes are there already and stay for longer. */
static enum err keep_old(struct scope *sc, struct put *p, bool *kept)
{
	struct put old = { .class = p->class, .again = true };
	enum err e = db_one(
		sc, &object_by_hash, BIND(V(p->o.hash), V(p->o.class)), &object_shape, &old.o);

	*kept = false;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	old.o.expires = p->o.expires;
	e = db_write(sc, put_row, &old);
	if (!e && old.kept) {
		*kept = true;
		p->o.id = old.o.id;
	}
	return e;
}

static enum err seal_data(struct scope *sc, struct bytes data, struct bytes *sealed)
{
	struct seal_key key;
	enum err e = hub_of(sc)->tenant_key(sc, 0, &key);

	if (e)
		return e;
	seal(sc, &key, "object", sc->tenant, 0, data, sealed);
	seal_key_wipe(&key);
	return ERR_NONE;
}

enum err object_put(
	struct scope *sc, const char *class, const char *mime, struct bytes data, int64_t *id)
{
	struct put p = { .class = find_class(class) };
	unsigned char hash[HASH_BYTES];
	const char *folder, *name;
	bool kept;
	enum err e;

	if (!p.class)
		return fail(sc, ERR_INTERNAL, "no object class is called %s", class);
	if (data.len > OBJECT_MAX)
		return fail(sc, ERR_LIMIT, "The file is too large");
	sha256(data, hash);
	name = id_format(sc->mem, ID_OBJECT, new_id(sc));
	id_parse(name, ID_OBJECT, &p.o.id);
	folder = id_format(sc->mem, ID_TENANT, sc->tenant);
	p.o.hash = bytes_of(hash, sizeof hash);
	p.o.size = (int64_t)data.len;
	p.o.mime = mime;
	p.o.class = class;
	p.o.place = arena_printf(sc->mem, "%s/%s", folder, name);
	p.o.expires = now_real(sc).ms + p.class->keep_ms;
	e = keep_old(sc, &p, &kept);
	if (!e && !kept && p.class->sealed)
		e = seal_data(sc, data, &data);
	if (!e && !kept)
		e = write_file(sc, object_path(sc, folder), name, data);
	if (!e && !kept)
		e = db_write(sc, put_row, &p);
	if (!e)
		*id = p.o.id;
	return e;
}

enum err object_find(struct scope *sc, int64_t id, struct object *out)
{
	return db_one(sc, &object_by_id, BIND(V(id)), &object_shape, out);
}

static enum err open_data(struct scope *sc, struct bytes *data)
{
	struct seal_key key;
	enum err e = hub_of(sc)->tenant_key(sc, seal_version(*data), &key);

	if (e)
		return e;
	e = seal_open(sc, &key, "object", sc->tenant, 0, *data, data);
	seal_key_wipe(&key);
	return e;
}

enum err object_read(struct scope *sc, const struct object *o, struct bytes *data)
{
	const struct object_class *class = find_class(o->class);
	unsigned char hash[HASH_BYTES];
	struct bytes found;
	enum err e = read_file(sc, o->place, &found);

	if (!e && class && class->sealed)
		e = open_data(sc, &found);
	if (e)
		return e;
	sha256(found, hash);
	if (o->hash.len != sizeof hash || !same_bytes(hash, o->hash.data, sizeof hash))
		return fail(sc, ERR_INTERNAL, "the object %s is damaged", o->place);
	*data = found;
	return ERR_NONE;
}

enum err object_remove(struct scope *sc, int64_t id)
{
	return db_run(sc, &object_drop, BIND(V(id), V(now_real(sc).ms)), NULL);
}

/* ---- for backups ---- */

bool object_place_is_ours(const char *place)
{
	const char *slash = strchr(place, '/');
	char folder[40];
	int64_t id;

	if (!slash || (size_t)(slash - place) >= sizeof folder)
		return false;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - place), place);
	return id_parse(folder, ID_TENANT, &id) && id_parse(slash + 1, ID_OBJECT, &id);
}

enum err object_file_read(struct scope *sc, const char *place, struct bytes *data)
{
	if (!object_place_is_ours(place))
		return fail(sc, ERR_INTERNAL, "an object lies at %s", place);
	if (access(object_path(sc, place), F_OK) != 0 && errno == ENOENT)
		return fail(sc, ERR_MISSING, "the object %s is gone", place);
	return read_file(sc, place, data);
}

enum err object_file_write(struct scope *sc, const char *place, struct bytes data)
{
	const char *slash = strchr(place, '/');

	if (!object_place_is_ours(place))
		return fail(sc, ERR_INPUT, "the backup holds a file for %s", place);
	return write_file(sc, object_path(sc, arena_copy(sc->mem, place, (size_t)(slash - place))),
		slash + 1, data);
}
