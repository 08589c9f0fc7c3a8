/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Both examples of the specification's chapter on S3, to the last digit. */
#include "crypt/sigv4.h"

#include "kit.h"

#define KEY    "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define HOST   "examplebucket.s3.amazonaws.com"
#define TIME   "20130524T000000Z"

static const char *signature(struct scope *sc, const struct sigv4 *s)
{
	const char *text = sigv4_sign(sc, s), *at = strstr(text, "Signature=");

	NEED(at != NULL);
	CHECK(str_starts(text, "AWS4-HMAC-SHA256 Credential=" KEY
			       "/20130524/us-east-1/s3/aws4_request, SignedHeaders="));
	return at + strlen("Signature=");
}

TEST(a_get_with_a_range_is_signed_as_in_the_specification)
{
	const char *none = sigv4_hash(sc, bytes_of("", 0));
	const struct sigv4_header headers[] = { { "host", HOST }, { "range", "bytes=0-9" },
		{ "x-amz-content-sha256", none }, { "x-amz-date", TIME } };
	struct sigv4 s = { KEY, SECRET, "us-east-1", "s3", TIME, "GET", "/test.txt", "", none,
		headers, COUNT(headers) };

	CHECK_TEXT(none, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	CHECK_TEXT(signature(sc, &s),
		"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(a_put_with_an_odd_name_is_signed_as_in_the_specification)
{
	static const char body[] = "Welcome to Amazon S3.";
	const char *hash = sigv4_hash(sc, bytes_of(body, sizeof body - 1));
	const struct sigv4_header headers[] = { { "date", "Fri, 24 May 2013 00:00:00 GMT" },
		{ "host", HOST }, { "x-amz-content-sha256", hash }, { "x-amz-date", TIME },
		{ "x-amz-storage-class", "REDUCED_REDUNDANCY" } };
	struct sigv4 s = { KEY, SECRET, "us-east-1", "s3", TIME, "PUT",
		sigv4_path(sc, "/test$file.text"), "", hash, headers, COUNT(headers) };

	CHECK_TEXT(s.path, "/test%24file.text");
	CHECK_TEXT(signature(sc, &s),
		"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(times_and_paths_are_written_as_signed)
{
	CHECK_TEXT(sigv4_time(sc, INT64_C(1369353600000)), TIME);
	CHECK_TEXT(sigv4_path(sc, "/a b/c+d~\xc3\xa9"), "/a%20b/c%2Bd~%C3%A9");
}
