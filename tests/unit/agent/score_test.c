/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Rspamd's verdict on a draft. */
#include "agent_kit.h"

#include "mailu/score.h"
#include "text/json.h"

static const char verdict[] =
	"{\"is_skipped\":false,\"score\":0.9,\"required_score\":15.0,\"action\":\"no action\","
	"\"symbols\":{\"MIME_GOOD\":{\"name\":\"MIME_GOOD\",\"score\":-0.1,\"metric_score\":-0.1,"
	"\"description\":\"Known content-type\",\"options\":[\"text/plain\"]},"
	"\"ARC_NA\":{\"name\":\"ARC_NA\",\"score\":0},\"R_BAD\":{\"score\":1.0}},"
	"\"messages\":{},\"message-id\":\"a@b\",\"time_real\":0.07}";

TEST(a_verdict_becomes_points_in_thousandths)
{
	const struct json *j, *list;
	const char *body;

	OK(score_read(sc, bytes_of(verdict, sizeof verdict - 1), &body));
	OK(json_parse(sc, bytes_of(body, strlen(body)), 65536, &j));
	CHECK_INT(json_int(j, "score", 0), 900);
	CHECK_INT(json_int(j, "required", 0), 15000);
	CHECK_TEXT(json_text(j, "action"), "no action");
	list = json_get(j, "symbols");
	NEED(list && list->count == 3);
	CHECK_TEXT(json_text(list->first, "name"), "MIME_GOOD");
	CHECK_INT(json_int(list->first, "score", 0), -100);
	CHECK_TEXT(json_text(list->first, "description"), "Known content-type");
}

TEST(what_is_no_verdict_is_refused)
{
	static const char *const answers[] = { "", "<html>", "{}", "[1]", "{\"action\":\"reject\"}",
		"{\"error\":\"invalid command\"}" };
	const char *body;

	for (size_t i = 0; i < COUNT(answers); i++)
		CHECK_INT(score_read(sc, bytes_of(answers[i], strlen(answers[i])), &body),
			ERR_UPSTREAM);
}

TEST(a_score_that_cannot_be_had_says_why)
{
	static const char *const args[] = { NULL, "", "{}", "{\"user\":\"ann@acme.example\"}",
		"{\"user\":\"ann\\r\\nX: y@acme.example\",\"mail\":\"a\"}" };
	struct http *http = http_new();
	const char *body;

	for (size_t i = 0; i < COUNT(args); i++)
		CHECK_INT(score_ask(sc, http, 1, args[i], &body), ERR_INPUT);
	/* Nobody listens there. */
	CHECK_INT(score_ask(sc, http, 1, "{\"user\":\"ann@acme.example\",\"mail\":\"a\"}", &body),
		ERR_AWAY);
	http_free(http);
}
