/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "vault.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "config.h"
#include "errand.h"
#include "link.h"
#include "net/http.h"
#include "text/json.h"

#define FILE_NAME "vault.sealed"
#define TIMEOUT_S 300
#define TRIES     8 /* of one request; two seconds, four … between them */
#define ARGS_MAX  4096

struct vault {
	struct agent *agent;   /* borrowed */
	struct errand *errand; /* owned */
	atomic_bool stop;
	int64_t id; /* of the command */
	struct vault_order order;
};

/* ---- requests ---- */

struct hub_call {
	const struct identity *id;
	struct http *http;
	const atomic_bool *stop; /* or NULL */
};

static bool is_over(const struct hub_call *c)
{
	return c->stop && *c->stop;
}

static void wait_a_while(const struct hub_call *c, int try)
{
	for (int64_t left = (2 * SECOND_MS) << try; left > 0 && !is_over(c); left -= 200)
		nanosleep(&(struct timespec){ 0, 200000000 }, NULL);
}

/* Tries again while the hub is away or busy. A 409 says that it has all of it: *WHOLE. */
static enum err call(struct scope *sc, const struct hub_call *c, struct http_request *r,
	struct http_answer *a, bool *whole)
{
	enum err e = ERR_NONE;

	r->timeout_s = TIMEOUT_S;
	r->ca_file = c->id->ca_file;
	r->cert_file = c->id->cert_file;
	r->key_file = c->id->key_file;
	for (int try = 0; try < TRIES && !is_over(c); try++) {
		scope_clear(sc);
		e = http_do(sc, c->http, r, a);
		if (!e && a->status >= 200 && a->status < 300)
			return ERR_NONE;
		if (!e && a->status == 409 && whole) {
			*whole = true;
			return ERR_NONE;
		}
		if (!e)
			e = fail(sc, ERR_UPSTREAM, "the hub answered %d to %s %s", a->status,
				r->method, r->url);
		if (a->status >= 400 && a->status < 500 && a->status != 429)
			return e;
		if (try + 1 < TRIES)
			wait_a_while(c, try);
	}
	return e ? e : fail(sc, ERR_AWAY, "the agent is ending");
}

static const char *url_of(
	struct scope *sc, const struct hub_call *c, const char *backup, const char *rest)
{
	return arena_printf(sc->mem, "%s/backups/%s%s", c->id->link.hub_url, backup, rest);
}

/* ---- bringing ---- */

struct mapped {
	void *data;
	size_t size;
};

static void unmap(struct mapped *m)
{
	if (m->data)
		munmap(m->data, m->size);
}

/* Not in the agent's own memory: pages of a file go as they come. */
static enum err map_file(struct scope *sc, const char *path, struct mapped *m)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	void *data = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (data == MAP_FAILED)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	*m = (struct mapped){ data, (size_t)st.st_size };
	return ERR_NONE;
}

/* Each in an arena of its own. */
static enum err put_part(struct scope *parent, const struct hub_call *c, const char *backup,
	int64_t n, struct bytes data, bool *whole)
{
	static const char *const headers[] = { "Content-Type: application/octet-stream",
		"Expect:", NULL };
	struct http_request r = {
		.method = "PUT", .headers = headers, .body = data, .max_answer = ARGS_MAX
	};
	struct http_answer a = { 0 };
	struct scope sc;
	enum err e;

	scope_open(&sc, parent->world, "vault");
	r.url = url_of(&sc, c, backup, arena_printf(sc.mem, "/parts/%lld", (long long)n));
	e = call(&sc, c, &r, &a, whole);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

static enum err put_file(struct scope *sc, const struct hub_call *c, const char *backup,
	const struct mapped *m, int64_t files)
{
	int64_t parts = ((int64_t)m->size + WIRE_PARCEL_BYTES - 1) / WIRE_PARCEL_BYTES;
	const struct wire_stored stored = { parts, (int64_t)m->size, files };
	struct http_request r = { .method = "POST", .max_answer = ARGS_MAX };
	struct http_answer a = { 0 };
	bool whole = false;
	enum err e = ERR_NONE;

	if (parts > WIRE_MAX_PARCELS)
		return fail(sc, ERR_LIMIT, "%zu bytes are too many for the hub", m->size);
	for (int64_t n = 1; n <= parts && !e && !whole; n++) {
		size_t at = (size_t)((n - 1) * WIRE_PARCEL_BYTES), left = m->size - at;

		e = put_part(sc, c, backup, n,
			bytes_of((const char *)m->data + at,
				left < WIRE_PARCEL_BYTES ? left : (size_t)WIRE_PARCEL_BYTES),
			&whole);
	}
	if (e || whole)
		return e;
	r.url = url_of(sc, c, backup, "/stored");
	r.body = wire_put_stored(sc, &stored);
	return call(sc, c, &r, &a, NULL);
}

static enum err make_and_bring(struct scope *sc, struct vault *v, const char *file)
{
	const struct agent_config *c = v->agent->config;
	const struct mailu_place place = { c->mailu_root, c->state_dir };
	struct hub_call hub = { &v->agent->identity, NULL, &v->stop };
	struct mapped m CLEANUP(unmap) = { 0 };
	struct mailu_sum sum;
	enum err e = mailu_backup(sc, &place, file, &v->order.key, &sum);

	if (!e)
		e = map_file(sc, file, &m);
	if (e)
		return e;
	hub.http = http_new();
	e = put_file(sc, &hub, v->order.backup, &m, sum.files);
	http_free(hub.http);
	return e;
}

static const char *file_of(struct scope *sc, const struct agent_config *c)
{
	return arena_printf(sc->mem, "%s/" FILE_NAME, c->state_dir);
}

/* What a process that was killed left of one, of its database or of an unfinished file. */
static void sweep(struct scope *sc, const struct agent_config *c)
{
	static const char *const ends[] = { "", ".part", ".database" };

	for (size_t i = 0; i < COUNT(ends); i++)
		unlink(arena_printf(sc->mem, "%s%s", file_of(sc, c), ends[i]));
}

static enum err run(struct scope *sc, void *arg)
{
	struct vault *v = arg;
	enum err e = make_and_bring(sc, v, file_of(sc, v->agent->config));

	seal_key_wipe(&v->order.key);
	unlink(file_of(sc, v->agent->config));
	return e;
}

static void on_done(struct scope *sc, void *arg, enum err e)
{
	const struct vault *v = arg;
	const struct wire_result result = {
		.id = v->id, .state = e ? "failed" : "done", .reason = e ? sc->why : NULL
	};

	/* One that was given up because the agent ends is asked for again. */
	if (!v->stop)
		link_answer(sc, v->agent->link, &result);
}

/* ---- orders ---- */

enum err vault_order_get(
	struct scope *sc, const struct identity *id, const char *args, struct vault_order *out)
{
	const struct json *j = NULL;
	const char *hex;
	struct bytes key;
	unsigned char sealed[80];
	int64_t backup;

	if (!args || json_parse(sc, bytes_of(args, strlen(args)), ARGS_MAX, &j))
		return fail(sc, ERR_INPUT, "the hub names no backup");
	hex = json_text(j, "key");
	if (!id_parse(json_text(j, "backup") ? json_text(j, "backup") : "", ID_BACKUP, &backup))
		return fail(sc, ERR_INPUT, "the hub names no backup");
	if (!hex || strlen(hex) != 2 * sizeof sealed || !str_unhex(hex, sealed, sizeof sealed) ||
		seal_open_mine(sc, id->seal_public, id->seal_secret,
			bytes_of(sealed, sizeof sealed), &key) ||
		key.len != SEAL_KEY_BYTES)
		return fail(sc, ERR_INPUT, "the backup's key is not meant for this machine");
	*out = (struct vault_order){ .backup = json_text(j, "backup") };
	memcpy(out->key.bytes, key.data, SEAL_KEY_BYTES);
	return ERR_NONE;
}

static void refuse(struct scope *sc, const struct agent *a, int64_t id)
{
	const struct wire_result result = { .id = id, .state = "failed", .reason = sc->why };

	link_answer(sc, a->link, &result);
	scope_clear(sc);
}

void vault_ask(struct scope *sc, struct vault *v, const struct wire_command *m)
{
	struct scope *own;

	if (errand_is_busy(v->errand))
		return;
	own = errand_scope(v->errand);
	v->id = m->id;
	if (vault_order_get(own, &v->agent->identity, m->args, &v->order)) {
		refuse(own, v->agent, m->id);
		errand_drop(v->errand);
	} else if (errand_run(sc, v->errand, run, on_done, v)) {
		errand_drop(v->errand);
		log_failure(sc, "starting a thread to make a backup");
	}
}

enum err vault_start(struct scope *sc, struct vault **out)
{
	struct vault *v = calloc(1, sizeof *v);
	enum err e;

	if (!v)
		abort();
	v->agent = agent_of(sc);
	sweep(sc, v->agent->config);
	e = errand_open(sc, "vault", &v->errand);
	if (e)
		free(v);
	else
		*out = v;
	return e;
}

void vault_stop(struct vault *v)
{
	if (!v)
		return;
	v->stop = true;
	errand_close(v->errand);
	seal_key_wipe(&v->order.key);
	free(v);
}

/* ---- taking ---- */

static enum err get_part(
	struct scope *parent, const struct hub_call *c, const char *backup, int64_t n, int fd)
{
	struct http_request r = { .method = "GET", .max_answer = (size_t)WIRE_PARCEL_BYTES + 1 };
	struct http_answer a = { 0 };
	struct scope sc;
	enum err e;

	scope_open(&sc, parent->world, "vault");
	r.url = url_of(&sc, c, backup, arena_printf(sc.mem, "/parts/%lld", (long long)n));
	e = call(&sc, c, &r, &a, NULL);
	if (!e && write(fd, a.body.data, a.body.len) != (ssize_t)a.body.len)
		e = fail(&sc, ERR_AWAY, "the disk refuses: %m");
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

static enum err get_file(struct scope *sc, const struct hub_call *c, const char *backup,
	const struct wire_parcel *m, const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st = { 0 };
	enum err e = ERR_NONE;

	if (fd < 0)
		return fail(sc, ERR_AWAY, "%s: %m", file);
	for (int64_t n = 1; n <= m->parts && !e; n++)
		e = get_part(sc, c, backup, n, fd);
	if (!e && (fsync(fd) < 0 || fstat(fd, &st) < 0))
		e = fail(sc, ERR_AWAY, "%s: %m", file);
	close(fd);
	if (!e && st.st_size != m->size)
		e = fail(sc, ERR_UPSTREAM, "the hub gave another backup than it said");
	return e;
}

static enum err fetch(struct scope *sc, const struct identity *id, const char *backup,
	const char *file, struct seal_key *key)
{
	struct hub_call c = { .id = id, .http = http_new() };
	struct http_request r = {
		.method = "GET", .url = url_of(sc, &c, backup, ""), .max_answer = ARGS_MAX
	};
	struct http_answer a = { 0 };
	struct vault_order order;
	struct wire_parcel m;
	enum err e = call(sc, &c, &r, &a, NULL);

	if (!e)
		e = wire_get_parcel(sc, a.body, &m);
	if (!e)
		e = vault_order_get(sc, id,
			arena_printf(sc->mem, "{\"backup\":\"%s\",\"key\":\"%s\"}", backup, m.key),
			&order);
	if (!e)
		e = get_file(sc, &c, backup, &m, file);
	if (!e)
		*key = order.key;
	http_free(c.http);
	return e;
}

enum err vault_restore(
	struct scope *sc, const struct agent_config *c, const char *backup, struct mailu_sum *sum)
{
	const struct mailu_place place = { c->mailu_root, c->state_dir };
	const char *file = arena_printf(sc->mem, "%s/restore.sealed", c->state_dir);
	struct identity id;
	struct seal_key key = { .version = 0 };
	int64_t number;
	enum err e = enrol_load(sc, c->state_dir, &id);

	if (!e && !id_parse(backup, ID_BACKUP, &number))
		e = fail(sc, ERR_INPUT, "%s names no backup", backup);
	if (!e)
		e = fetch(sc, &id, backup, file, &key);
	if (!e)
		e = mailu_restore(sc, &place, file, &key, sum);
	unlink(file);
	seal_key_wipe(&key);
	return e;
}
