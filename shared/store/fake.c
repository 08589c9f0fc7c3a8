/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/fake.h"

#include <unistd.h>

#include "store/driver.h"

void fake_fail_at(struct store *s, int64_t n, enum err e)
{
	s->calls = 0;
	s->fail_with = (int)e;
	s->fail_at = n;
}

int64_t fake_calls(const struct store *s)
{
	return s->calls;
}

static enum err count_call(struct scope *sc, struct store *s, const char *what)
{
	if (++s->calls != s->fail_at)
		return ERR_NONE;
	return fail(sc, (enum err)s->fail_with, "%s was made to fail", what);
}

static enum err fake_connect(
	struct scope *sc, struct store *s, enum conn_role role, struct db_conn **c)
{
	if (role == CONN_WRITER) {
		char path[] = "/tmp/penguin-fake.XXXXXX";
		int fd = mkstemp(path);

		if (fd < 0)
			return fail(sc, ERR_AWAY, "no file for a fake database");
		close(fd);
		free(s->place);
		s->place = strdup(path);
	}
	return sqlite_connect(sc, s, role, c);
}

static enum err fake_exec(struct scope *sc, struct db_conn *c, const char *text)
{
	enum err e = count_call(sc, c->store, text);

	return e ? e : sqlite_exec(sc, c, text);
}

static enum err fake_start(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
	bool stream, struct statement **st)
{
	enum err e = count_call(sc, c->store, q->name);

	return e ? e : sqlite_start(sc, c, q, b, stream, st);
}

static void fake_closed(struct store *s)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[64];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof path, "%s%s", s->place, ends[i]);
		unlink(path);
	}
}

const struct driver fake_driver = {
	SQLITE_FUNCTIONS,
	.connect = fake_connect,
	.exec = fake_exec,
	.start = fake_start,
	.closed = fake_closed,
};
