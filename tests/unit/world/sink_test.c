/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sink/serve.h"
#include "sink/session.h"

/* ---- a sink on a real socket ---- */

struct running {
	struct sink *sink;
	struct scope sc; /* the thread's own */
	pthread_t thread;
	const char *record, *rules;
};

static void *serve(void *arg)
{
	struct running *r = arg;

	if (sink_run(&r->sc, r->sink))
		fprintf(stderr, "sink: %s\n", r->sc.why);
	return NULL;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	NEED(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void start(struct scope *sc, struct running *r, const char *rules)
{
	const char *folder = kit_folder(sc);
	struct sink_config c = { .host = "127.0.0.1" };

	c.record = r->record = arena_printf(sc->mem, "%s/record", folder);
	c.rules = r->rules = arena_printf(sc->mem, "%s/rules", folder);
	c.mails = folder;
	write_file(r->rules, rules);
	OK(sink_open(sc, &c, &r->sink));
	scope_open(&r->sc, sc->world, "sink");
	NEED(pthread_create(&r->thread, NULL, serve, r) == 0);
}

static void stop(struct running *r)
{
	sink_stop(r->sink);
	pthread_join(r->thread, NULL);
	sink_close(r->sink);
	scope_close(&r->sc);
}

/* Sends all of TEXT at once and reads until the peer closes or WANT lines of reply came. */
static const char *talk(struct scope *sc, const struct running *r, const char *text, int want)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)sink_port(r->sink)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), lines = 0;
	char *answer = arena_alloc(sc->mem, 65536);
	size_t len = 0;
	ssize_t n;

	NEED(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
	NEED(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
	while (lines < want && (n = recv(fd, answer + len, 65535 - len, 0)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			lines += answer[len + (size_t)i] == '\n';
		len += (size_t)n;
	}
	close(fd);
	return answer;
}

static const char *read_record(struct scope *sc, const struct running *r)
{
	char *text = arena_alloc(sc->mem, 65536);
	FILE *f = fopen(r->record, "re");

	NEED(f != NULL);
	NEED(fread(text, 1, 65535, f) < 65535);
	fclose(f);
	return text;
}

#define MAIL(rcpt) "MAIL FROM:<b+1@a.test> SIZE=10\r\nRCPT TO:<" rcpt ">\r\nDATA\r\n"
#define BODY                                                                                       \
	"Received: from agent (localhost [127.0.0.1])\r\n\tby mx.test (Postfix) with ESMTP id "    \
	"4XyZ12abc\r\n\tfor <" /* folded */ "x@y.test>; now\r\nMessage-ID:\r\n <msg_1@a.test>"     \
	"\r\nSubject: hi\r\n\r\n..dot\r\n.\r\n"

TEST(a_mail_is_on_record_before_the_sink_says_250)
{
	struct running r;
	const char *answer, *record;

	start(sc, &r, "");
	answer = talk(sc, &r, "EHLO x\r\n" MAIL("Ann@B.test") BODY, 11);
	record = read_record(sc, &r);
	stop(&r);
	CHECK(strstr(answer, "250 2.0.0 Ok: received") != NULL);
	CHECK(str_starts(record, "accepted\t"));
	CHECK(strstr(record, "\t<msg_1@a.test>\tann@b.test\tb+1@a.test\t4XyZ12abc\t") != NULL);
	CHECK(str_ends(record, "\t1.eml\n"));
}

TEST(each_rule_gives_its_answer)
{
	struct running r;
	const char *answer, *record;

	start(sc, &r,
		"# rules\n"
		"no@*    550 5.1.1 No such user\n"
		"late@*  defer 1 450 4.2.0 Busy\n"
		"spam@*  data 554 5.7.1 Spam\n"
		"full@*  421 4.3.2 Going away\n");
	answer = talk(sc, &r,
		"HELO x\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<no@b.test>\r\n"
		"RCPT TO:<late@b.test>\r\nRCPT TO:<late@b.test>\r\nRSET\r\n" MAIL("spam@b.test")
			BODY "RCPT TO:<x@b.test>\r\nMAIL FROM:<>\r\nRCPT TO:<full@b.test>\r\n",
		99);
	record = read_record(sc, &r);
	stop(&r);
	CHECK(strstr(answer, "550 5.1.1 No such user\r\n450 4.2.0 Busy\r\n250 2.1.5") != NULL);
	CHECK(strstr(answer, "554 5.7.1 Spam\r\n503 5.5.1") != NULL);
	CHECK(str_ends(answer, "421 4.3.2 Going away\r\n"));
	CHECK(strstr(record, "refused\t") && strstr(record, "deferred\t") &&
		strstr(record, "closed\t"));
	CHECK(!strstr(record, "accepted\t"));
}

TEST(a_dropped_mail_is_recorded_and_never_answered)
{
	struct running r;
	const char *first, *second, *record;

	start(sc, &r, "d@* drop 1\n");
	first = talk(sc, &r, "HELO x\r\n" MAIL("d@b.test") BODY, 99);
	second = talk(sc, &r, "HELO x\r\n" MAIL("d@b.test") BODY "QUIT\r\n", 99);
	record = read_record(sc, &r);
	stop(&r);
	CHECK(str_ends(first, "354 End data with <CR><LF>.<CR><LF>\r\n"));
	CHECK(str_ends(second, "received\r\n221 2.0.0 Bye\r\n"));
	CHECK(str_starts(record, "dropped\t") && strstr(record, "\naccepted\t"));
}

TEST(a_delay_holds_only_its_own_connection)
{
	struct running r;
	int64_t before, quick, slow;

	start(sc, &r, "slow@* delay 150 250\n");
	before = clock_mono();
	CHECK(str_ends(talk(sc, &r, "HELO x\r\n" MAIL("q@b.test") BODY, 6), "received\r\n"));
	quick = clock_mono() - before;
	CHECK(str_ends(talk(sc, &r, "HELO x\r\n" MAIL("slow@b.test") BODY, 6), "received\r\n"));
	slow = clock_mono() - before - quick;
	stop(&r);
	CHECK(slow >= 150);
	CHECK(quick < 150);
}

TEST(rules_that_do_not_parse_leave_the_old_ones_standing)
{
	struct rules *rules = rules_new();

	OK(rules_parse(sc, rules, "a@* 550 no\n"));
	CHECK_INT(rules_parse(sc, rules, "a@* 250\nb@* sometimes\n"), ERR_INPUT);
	CHECK_TEXT(sc->why, "rules line 2: unknown action");
	CHECK_INT(rules_parse(sc, rules, "b@*\n"), ERR_INPUT);
	CHECK_INT(rules_parse(sc, rules, "b@* defer 2 550 no\n"), ERR_INPUT);
	CHECK_INT(rules_parse(sc, rules, "b@* delay x 250\n"), ERR_INPUT);
	CHECK_INT(rules_find(rules, "a@b.test")->act, RULE_REFUSE);
	CHECK_INT(rules_find(rules, "b@b.test")->act, RULE_ACCEPT);
	rules_free(rules);
}

TEST(a_mail_without_names_is_recorded_with_dashes)
{
	const char *id, *queue;
	const char *mail = "Received: by nobody id 7\r\nSubject: x\r\n\r\nMessage-ID: <no>\r\n";

	mail_names(sc->mem, bytes_of(mail, strlen(mail)), &id, &queue);
	CHECK_TEXT(id, "-");
	CHECK_TEXT(queue, "-");
}
