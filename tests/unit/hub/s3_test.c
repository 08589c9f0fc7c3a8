/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files to and from an S3-compatible store that checks every signature, also when it goes wrong. */
#include "backup/s3.h"

#include <fcntl.h>
#include <unistd.h>

#include "backup/s3_priv.h"
#include "backup/s3_xml.h"
#include "config.h"
#include "double/s3.h"
#include "hub_kit.h"

#define PART  ((size_t)64 * 1024)
#define LARGE (PART + 7)
#define NAME  "daily/2026 01+02/ü.backup"

struct place {
	struct s3_double *store;
	struct s3 *s3;
	struct config config;
	const char *folder, *file, *back;
	const struct kit *kit;
	int64_t skew_ms; /* of the store's clock */
};

static int64_t now_of(void *arg)
{
	const struct place *p = arg;

	return p->kit->real_ms + p->skew_ms;
}

static void write_file(struct scope *sc, const char *path, size_t len)
{
	char *data = arena_alloc(sc->mem, len + 1);
	FILE *f = fopen(path, "w");

	for (size_t i = 0; i < len; i++)
		data[i] = (char)(i * 31 + i / 997);
	NEED(f != NULL && fwrite(data, 1, len, f) == len);
	fclose(f);
}

static void start(struct scope *sc, struct kit *kit, struct place *p, size_t len)
{
	struct hub *hub = arena_alloc(sc->mem, sizeof *hub);
	FILE *f;

	*hub = (struct hub){ .world = kit->world, .config = &p->config };
	sc->world = &hub->world;
	p->kit = kit;
	p->skew_ms = 0;
	p->store = s3_double_start(now_of, p);
	p->folder = kit_folder(sc);
	p->file = arena_printf(sc->mem, "%s/file", p->folder);
	p->back = arena_printf(sc->mem, "%s/back", p->folder);
	p->config = (struct config){ .s3_endpoint = arena_printf(sc->mem, "http://127.0.0.1:%d/",
					     s3_double_port(p->store)),
		.s3_region = S3_DOUBLE_REGION,
		.s3_bucket = S3_DOUBLE_BUCKET,
		.s3_key_id = S3_DOUBLE_KEY,
		.s3_secret_file = arena_printf(sc->mem, "%s/secret", p->folder),
		.s3_ca_file = "" };
	f = fopen(p->config.s3_secret_file, "w");
	NEED(f != NULL);
	fputs(S3_DOUBLE_SECRET "\n", f);
	fclose(f);
	write_file(sc, p->file, len);
	OK(s3_open(sc, &p->s3));
	s3_part_set(p->s3, (int64_t)PART);
	s3_double_part_least(p->store, PART);
}

static void end(struct place *p)
{
	s3_close(p->s3);
	s3_double_stop(p->store);
}

static bool are_equal(struct scope *sc, struct place *p)
{
	const char *command = arena_printf(sc->mem, "cmp -s '%s' '%s'", p->file, p->back);

	return system(command) == 0;
}

TEST(a_small_file_comes_back_from_the_store_as_it_went)
{
	struct place p;

	start(sc, kit, &p, 1000);
	OK(s3_put_file(sc, p.s3, NAME, p.file));
	CHECK_INT(s3_double_object(sc, p.store, NAME).len, 1000);
	OK(s3_get_file(sc, p.s3, NAME, p.back));
	CHECK(are_equal(sc, &p));
	/* Nothing is overwritten, and nothing made up. */
	CHECK_INT(s3_put_file(sc, p.s3, NAME, p.file), ERR_CONFLICT);
	CHECK_INT(s3_get_file(sc, p.s3, "another", p.back), ERR_MISSING);
	end(&p);
}

/* With parts as large as they are outside of tests. */
TEST(a_large_file_goes_in_parts_and_comes_in_ranges)
{
	const size_t large = (size_t)S3_PART_LEAST + 7;
	struct place p;

	start(sc, kit, &p, large);
	s3_part_set(p.s3, S3_PART_LEAST);
	OK(s3_put_file(sc, p.s3, NAME, p.file));
	CHECK_INT(s3_double_object(sc, p.store, NAME).len, large);
	CHECK_INT(s3_double_uploads(p.store), 0);
	OK(s3_get_file(sc, p.s3, NAME, p.back));
	CHECK(are_equal(sc, &p));
	end(&p);
}

/* ---- what it gets over ---- */

static const struct {
	struct s3_fault fault;
	size_t len;
} passing[] = {
	{ { .method = "PUT",
		  .kind = S3_FAULT_STATUS,
		  .status = 503,
		  .code = "SlowDown",
		  .times = 1 },
		10 },
	{ { .method = "PUT", .kind = S3_FAULT_CUT, .times = 2 }, 10 },
	{ { .method = "PUT", .query = "partNumber=2", .kind = S3_FAULT_CUT, .times = 1 }, LARGE },
	{ { .method = "PUT", .query = "partNumber=1", .kind = S3_FAULT_VOID, .times = 1 }, LARGE },
	{ { .method = "POST",
		  .query = "uploads",
		  .kind = S3_FAULT_STATUS,
		  .status = 500,
		  .code = "InternalError",
		  .times = 1 },
		LARGE },
	{ { .method = "POST",
		  .query = "uploadId",
		  .kind = S3_FAULT_200,
		  .code = "InternalError",
		  .times = 1 },
		LARGE },
	/* It was done and never said so. */
	{ { .method = "POST", .query = "uploadId", .kind = S3_FAULT_VOID, .times = 1 }, LARGE },
	{ { .method = "GET", .kind = S3_FAULT_SHORT, .times = 1, .after = 1 }, LARGE },
	{ { .method = "GET", .kind = S3_FAULT_CUT, .times = 1 }, LARGE },
	{ { .method = "HEAD", .kind = S3_FAULT_CUT, .times = 1 }, 10 },
};

TEST(what_the_store_cannot_do_for_a_moment_is_tried_again)
{
	for (size_t i = 0; i < COUNT(passing); i++) {
		struct place p;

		start(sc, kit, &p, passing[i].len);
		s3_double_fault(p.store, &passing[i].fault);
		kit_ok(__FILE__, __LINE__, passing[i].fault.method, sc,
			s3_put_file(sc, p.s3, NAME, p.file));
		kit_ok(__FILE__, __LINE__, passing[i].fault.method, sc,
			s3_get_file(sc, p.s3, NAME, p.back));
		CHECK(are_equal(sc, &p));
		CHECK_INT(s3_double_uploads(p.store), 0);
		end(&p);
	}
}

/* ---- what it cannot ---- */

static const struct {
	struct s3_fault fault;
	size_t len;
	const char *says;
} failing[] = {
	{ { .method = "PUT",
		  .kind = S3_FAULT_STATUS,
		  .status = 403,
		  .code = "AccessDenied",
		  .times = 9 },
		10, "403 AccessDenied: As told & expected" },
	{ { .method = "PUT",
		  .query = "partNumber=2",
		  .kind = S3_FAULT_STATUS,
		  .status = 400,
		  .code = "EntityTooLarge",
		  .times = 9 },
		LARGE, "EntityTooLarge" },
	{ { .method = "PUT", .kind = S3_FAULT_SHORT, .times = 1 }, 10, "keeps 5 of the 10 bytes" },
	{ { .method = "PUT", .query = "partNumber=2", .kind = S3_FAULT_SHORT, .times = 1 }, LARGE,
		"keeps" },
	{ { .method = "POST",
		  .query = "uploadId",
		  .kind = S3_FAULT_200,
		  .code = "InternalError",
		  .times = 9 },
		LARGE, "InternalError" },
};

TEST(what_the_store_refuses_is_said_and_nothing_stays_there)
{
	for (size_t i = 0; i < COUNT(failing); i++) {
		struct place p;

		start(sc, kit, &p, failing[i].len);
		s3_double_fault(p.store, &failing[i].fault);
		CHECK_INT(s3_put_file(sc, p.s3, NAME, p.file), ERR_UPSTREAM);
		if (!sc->why || !strstr(sc->why, failing[i].says))
			CHECK_TEXT(sc->why, failing[i].says);
		CHECK_INT(s3_double_objects(p.store), 0);
		CHECK_INT(s3_double_uploads(p.store), 0);
		scope_clear(sc);
		end(&p);
	}
}

static void check_refused(struct scope *sc, struct place *p, const char *code)
{
	CHECK(s3_put_file(sc, p->s3, NAME, p->file) != ERR_NONE);
	if (!sc->why || !strstr(sc->why, code))
		CHECK_TEXT(sc->why, code);
	scope_clear(sc);
	CHECK_INT(s3_double_objects(p->store), 0);
}

TEST(a_wrong_secret_and_a_wrong_clock_are_called_by_their_names)
{
	struct place p;

	start(sc, kit, &p, 10);
	p.config.s3_region = "elsewhere";
	check_refused(sc, &p, "AuthorizationHeaderMalformed");
	p.config.s3_region = S3_DOUBLE_REGION;
	p.config.s3_key_id = "AKIDOTHER";
	check_refused(sc, &p, "InvalidAccessKeyId");
	p.config.s3_key_id = S3_DOUBLE_KEY;
	p.config.s3_bucket = "nobodys";
	check_refused(sc, &p, "NoSuchBucket");
	p.config.s3_bucket = S3_DOUBLE_BUCKET;
	p.skew_ms = HOUR_MS;
	check_refused(sc, &p, "RequestTimeTooSkewed");
	p.skew_ms = 0;
	s3_close(p.s3);
	CHECK(system(arena_printf(sc->mem, "echo wrong >'%s'", p.config.s3_secret_file)) == 0);
	OK(s3_open(sc, &p.s3));
	check_refused(sc, &p, "SignatureDoesNotMatch");
	end(&p);
}

TEST(of_an_answer_only_short_printable_text_is_read)
{
	static const char xml[] = "<a><Code>A&amp;B&#39;</Code><Message>x\n</Message></a>";
	static const char bad[] = "<Code>&unknown;</Code>";

	CHECK_TEXT(s3_xml_text(sc, bytes_of(xml, sizeof xml - 1), "Code"), "A&B'");
	CHECK(s3_xml_text(sc, bytes_of(xml, sizeof xml - 1), "Message") == NULL);
	CHECK(s3_xml_text(sc, bytes_of(xml, sizeof xml - 1), "UploadId") == NULL);
	CHECK(s3_xml_text(sc, bytes_of(xml, 12), "Code") == NULL);
	CHECK(s3_xml_text(sc, bytes_of(bad, sizeof bad - 1), "Code") == NULL);
	CHECK(s3_xml_text(sc, bytes_of(NULL, 0), "Code") == NULL);
}
