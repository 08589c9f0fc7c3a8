/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A suppression list that is longer than one packet. */
#include "hub_kit.h"

#include "audience/audience_job.h"
#include "audience/suppression.h"
#include "company_kit.h"
#include "fleet/appliance.h"
#include "fleet/part.h"

#define MANY 13000

SQL(segment_test_put, SQL_TENANT,
	"INSERT INTO suppression (tenant, scope, scope_id, key_hash, reason, source, at) "
	"VALUES ($1, 'tenant', 0, $2, 'manual', 'test', $3)");
SQL(segment_test_body, SQL_TENANT,
	"SELECT body FROM part WHERE tenant = $1 AND appliance = $2 AND name = $3");
SQL(segment_test_cut, SQL_TENANT, "DELETE FROM suppression WHERE tenant = $1 AND at > $2");

static void hash_of_number(int n, unsigned char hash[SUPPRESSION_BYTES])
{
	/* Spread evenly, sorted by nothing. */
	uint64_t x = (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15);

	memset(hash, 0, SUPPRESSION_BYTES);
	for (int i = 0; i < 8; i++)
		hash[i] = (unsigned char)(x >> (56 - 8 * i));
}

static enum err put_many(struct scope *sc, void *arg)
{
	enum err e = ERR_NONE;

	for (int i = 0; !e && i < MANY; i++) {
		unsigned char hash[SUPPRESSION_BYTES];

		hash_of_number(i, hash);
		e = db_run(sc, &segment_test_put,
			BIND(V(bytes_of(hash, sizeof hash)), V((int64_t)i + 1)), NULL);
	}
	return e;
}

static enum err cut(struct scope *sc, void *arg)
{
	return db_run(sc, &segment_test_cut, BIND(V((int64_t)MANY - 1000)), NULL);
}

struct asked {
	int64_t appliance;
	const char *caps;
};

static enum err say_hello(struct scope *sc, void *arg)
{
	const struct asked *a = arg;
	enum err e = appliance_seen(sc, a->appliance, "0.1.0", a->caps);

	return e ? e : job_now(sc, "suppression.segments", 0, "");
}

static struct part_segment segment(
	struct scope *sc, int64_t appliance, int index, struct bytes *hashes)
{
	const char *body, *name = arena_printf(sc->mem, "suppression.%d", index);
	struct part_segment s;

	OK(db_text(sc, &segment_test_body, BIND(V(appliance), V(name)), &body));
	CHECK(strlen(body) < WIRE_MAX_PACKET - 1024);
	OK(wire_get_segment(sc, bytes_of(body, strlen(body)), &s));
	NEED(str_unbase64url(sc->mem, s.hashes, WIRE_MAX_PACKET, hashes));
	return s;
}

/* How many of the list's first N are in one of the two segments where they belong. */
static int count_known(struct scope *sc, int64_t appliance, int n)
{
	struct bytes hashes[2];
	int known = 0;

	for (int i = 0; i < 2; i++) {
		struct part_segment s = segment(sc, appliance, i, &hashes[i]);

		CHECK_INT(s.bits, 1);
		CHECK_INT(s.index, i);
	}
	for (int i = 0; i < n; i++) {
		unsigned char hash[SUPPRESSION_BYTES];
		const struct bytes *in;

		hash_of_number(i, hash);
		in = &hashes[hash[0] >> 7];
		for (size_t at = 0; at < in->len; at += WIRE_SEGMENT_HASH)
			if (!memcmp((const char *)in->data + at, hash, WIRE_SEGMENT_HASH)) {
				known++;
				break;
			}
	}
	return known;
}

TEST(all_of_a_long_suppression_list_reaches_an_appliance_that_knows_segments)
{
	struct asked old = { 0, "put recall" }, new = { 0, "put segments" };
	struct part_row *rows;
	struct bytes hashes[2];
	size_t n;

	kit_hub_store(sc, kit);
	company_workspace(sc);
	OK(appliance_plan(sc, "old", &old.appliance));
	OK(appliance_plan(sc, "new", &new.appliance));
	OK(db_write(sc, put_many, NULL));
	OK(db_write(sc, say_hello, &old));
	OK(db_write(sc, say_hello, &new));
	run_jobs(sc);
	CHECK_INT(count_known(sc, new.appliance, MANY), MANY);
	OK(part_list(sc, old.appliance, &rows, &n));
	CHECK_INT(n, 0);
	/* What leaves the list leaves the segments; their number stays. */
	OK(db_write(sc, cut, NULL));
	OK(db_write(sc, say_hello, &new));
	run_jobs(sc);
	segment(sc, new.appliance, 0, &hashes[0]);
	segment(sc, new.appliance, 1, &hashes[1]);
	CHECK_INT((hashes[0].len + hashes[1].len) / WIRE_SEGMENT_HASH, MANY - 1000);
	CHECK_INT(count_known(sc, new.appliance, MANY - 1000), MANY - 1000);
}

TEST(a_short_suppression_list_needs_no_segments)
{
	struct asked new = { 0, "put segments" };
	int64_t added, broken;
	struct part_row *rows;
	size_t n;

	kit_hub_store(sc, kit);
	company_workspace(sc);
	OK(appliance_plan(sc, "new", &new.appliance));
	OK(suppression_import(sc, NULL, "a@example.org\nb@example.org", &added, &broken));
	OK(db_write(sc, say_hello, &new));
	kit->real_ms += MINUTE_MS;
	run_jobs(sc);
	OK(part_list(sc, new.appliance, &rows, &n));
	NEED(n == 1);
	CHECK_TEXT(rows[0].name, "suppression");
}
