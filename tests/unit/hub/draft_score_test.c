/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A draft that is scored by the machine that would send it. */
#include "company_kit.h"

#include "config.h"
#include "fleet/appliance.h"
#include "fleet/appliance_command.h"
#include "mailu/mailu.h"
#include "mailu/verdict.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "text/json.h"

static struct appliance_command command_of(struct scope *sc, int64_t id)
{
	struct appliance_command c;

	OK(appliance_command_find(sc, id, &c));
	return c;
}

struct answering {
	int64_t appliance;
	struct wire_result m;
};

static enum err write_answer(struct scope *sc, void *arg)
{
	struct answering *a = arg;

	return appliance_command_answered(sc, a->appliance, &a->m);
}

static struct appliance_command answer(
	struct scope *sc, const struct company *c, int64_t command, const char *body)
{
	struct answering a = { c->appliance, { .id = command, .state = "done", .body = body } };

	OK(db_write(sc, write_answer, &a));
	return command_of(sc, command);
}

static void turn_on(struct scope *sc, const struct company *c)
{
	OK(mailu_set(sc, c->appliance, &(struct mailu_settings){ .address = "198.51.100.10" }));
}

TEST(a_draft_is_scored_where_it_would_be_sent_and_names_nobody)
{
	struct company c = company_open(sc, kit);
	int64_t id = make_campaign(sc, two_steps, 2), command;
	struct appliance_command asked;
	const struct json *args;
	struct mailbox box;

	company_people(sc, 1);
	CHECK_INT(campaign_score(sc, id, 0, &command), ERR_CONFLICT);
	turn_on(sc, &c);
	CHECK_INT(campaign_score(sc, id, 2, &command), ERR_INPUT);
	OK(campaign_score(sc, id, 0, &command));
	asked = command_of(sc, command);
	CHECK_INT(asked.appliance, c.appliance);
	CHECK_TEXT(asked.kind, VERDICT_COMMAND);
	OK(json_parse(sc, bytes_of(asked.args, strlen(asked.args)), 65536, &args));
	OK(mailbox_find(sc, c.mailbox, &box));
	CHECK_TEXT(json_text(args, "user"), box.address);
	CHECK(strstr(json_text(args, "mail"), "\nSubject: ") != NULL);
	CHECK(!strstr(json_text(args, "mail"), "p0@example.org"));
}

TEST(a_score_is_read_with_the_gravest_first)
{
	struct company c = company_open(sc, kit);
	int64_t id = make_campaign(sc, two_steps, 2), command;
	struct appliance_command done;
	struct mail_verdict s;

	turn_on(sc, &c);
	OK(campaign_score(sc, id, 0, &command));
	done = answer(sc, &c, command,
		"{\"score\":3400,\"required\":15000,\"action\":\"no action\",\"symbols\":["
		"{\"name\":\"A\",\"score\":100,\"description\":null},"
		"{\"name\":\"B\",\"score\":-2500,\"description\":\"good\"},"
		"{\"name\":\"C\",\"score\":3300},{\"score\":1},7]}");
	OK(verdict_read(sc, &done, &s));
	CHECK_INT(s.score, 3400);
	CHECK_INT(s.required, 15000);
	CHECK_TEXT(s.action, "no action");
	NEED(s.count == 3);
	CHECK_TEXT(s.list[0].name, "C");
	CHECK_TEXT(s.list[1].name, "B");
	CHECK_TEXT(s.list[1].description, "good");
	CHECK_TEXT(s.list[2].name, "A");
	/* It is told once, and what is none is none. */
	CHECK_TEXT(answer(sc, &c, command, "{}").body, done.body);
	OK(campaign_score(sc, id, 1, &command));
	done = answer(sc, &c, command, "{\"score\":\"x\"}");
	CHECK_INT(verdict_read(sc, &done, &s), ERR_INPUT);
}
