/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <string.h>

#include "logline.h"

static struct logline parse(struct scope *sc, const char *line)
{
	struct logline l;

	logline_parse(sc, line, strlen(line), &l);
	return l;
}

#define HEAD "Nov 22 15:00:00 mail postfix/"

TEST(qmgr_s_line_proves_that_postfix_has_the_mail)
{
	struct logline l =
		parse(sc, HEAD "qmgr[815]: 4bXyZ12abc: from=<b+msg_1@example.com>, size=1234, "
			       "nrcpt=1 (queue active)");

	CHECK_INT(l.kind, LOGLINE_ACTIVE);
	CHECK_TEXT(l.queue_id, "4bXyZ12abc");
	CHECK_TEXT(l.sender, "b+msg_1@example.com");
	/* Cleanup speaks before the mail is safe. */
	l = parse(sc, HEAD "cleanup[816]: 4bXyZ12abc: message-id=<msg_1@example.com>");
	CHECK_INT(l.kind, LOGLINE_OTHER);
	l = parse(sc, HEAD "smtpd[816]: 4bXyZ12abc: client=localhost[127.0.0.1]");
	CHECK_INT(l.kind, LOGLINE_OTHER);
	l = parse(sc, HEAD "qmgr[815]: 4bXyZ12abc: removed");
	CHECK_INT(l.kind, LOGLINE_REMOVED);
	l = parse(sc, HEAD "qmgr[815]: 4bXyZ12abc: from=<>, size=1, nrcpt=1 (queue active)");
	CHECK_INT(l.kind, LOGLINE_ACTIVE);
	CHECK_TEXT(l.sender, "");
}

TEST(deliveries_carry_code_status_and_text)
{
	struct logline l =
		parse(sc, HEAD "smtp[9]: 4bX12: to=<bob@example.net>, relay=mx[192.0.2.1]:25, "
			       "delay=0.1, delays=0/0/0.1/0, dsn=2.0.0, status=sent (250 2.0.0 "
			       "Ok: queued as ABC)");

	CHECK_INT(l.kind, LOGLINE_SENT);
	CHECK_TEXT(l.queue_id, "4bX12");
	CHECK_TEXT(l.status, "2.0.0");
	CHECK_INT(l.code, 250);
	CHECK_TEXT(l.text, "250 2.0.0 Ok: queued as ABC");
	l = parse(sc, HEAD
		"smtp[9]: 4bX12: to=<bob@example.net>, relay=mx[192.0.2.1]:25, delay=1, "
		"delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 5.1.1 "
		"no such user (in reply to RCPT TO command))");
	CHECK_INT(l.kind, LOGLINE_BOUNCED);
	CHECK_TEXT(l.status, "5.1.1");
	CHECK_INT(l.code, 550);
	CHECK_TEXT(l.text, "host mx[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO "
			   "command)");
	l = parse(sc,
		HEAD "smtp[9]: 4bX12: to=<bob@example.net>, relay=none, delay=30, "
		     "delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx[192.0.2.1]:25: "
		     "Connection timed out)");
	CHECK_INT(l.kind, LOGLINE_DEFERRED);
	CHECK_TEXT(l.status, "4.4.1");
	CHECK_INT(l.code, 0);
	l = parse(sc, HEAD "qmgr[8]: 4bX12: from=<a@b>, status=expired, returned to sender");
	CHECK_INT(l.kind, LOGLINE_EXPIRED);
	CHECK_TEXT(l.sender, "a@b");
}

TEST(other_instances_prefixes_and_time_formats_are_understood)
{
	CHECK_INT(
		parse(sc,
			"2026-11-22T15:00:00.123456+00:00 mail postfix-out/qmgr[1]: 4bX12: removed")
			.kind,
		LOGLINE_REMOVED);
	CHECK_INT(parse(sc, "Nov 22 15:00:00 mail postfix/submission/qmgr[1]: 4bX12: removed").kind,
		LOGLINE_REMOVED);
	CHECK_INT(parse(sc, "Nov 22 15:00:00 mail[old] postfix/qmgr[1]: 4bX12: removed").kind,
		LOGLINE_REMOVED);
	CHECK_INT(parse(sc, "Nov 22 15:00:00 mail kernel[1]: 4bX12: removed").kind, LOGLINE_OTHER);
	CHECK_INT(parse(sc, "Nov 22 15:00:00 mail postfix/qmgr[1]: warning: removed").kind,
		LOGLINE_OTHER);
	CHECK_INT(parse(sc, "").kind, LOGLINE_OTHER);
}

TEST(a_journal_entry_reads_like_a_line)
{
	const char *text = "4bX12: removed";
	struct logline l;

	logline_parse_message(sc, "postfix/qmgr", text, strlen(text), &l);
	CHECK_INT(l.kind, LOGLINE_REMOVED);
	logline_parse_message(sc, "qmgr", text, strlen(text), &l);
	CHECK_INT(l.kind, LOGLINE_OTHER);
}

TEST(what_a_remote_side_says_cannot_pass_for_another_line)
{
	struct logline l =
		parse(sc, HEAD "smtp[9]: 4bX12: to=<\"x, status=sent (250\"@example.net>, "
			       "relay=mx, dsn=5.0.0, status=bounced (x)");

	/* Postfix quotes such a local part; what matters is that nothing breaks. */
	CHECK(l.kind == LOGLINE_OTHER || l.queue_id != NULL);
	l = parse(sc, HEAD "smtp[9]: 4bX12: to=<a@b>, dsn=4.0.0, status=deferred (said: 451 "
			   "\x01\xff\xfe x)");
	CHECK_INT(l.kind, LOGLINE_DEFERRED);
	CHECK_INT(l.code, 451);
	CHECK(str_is_utf8(l.text, strlen(l.text)));
}
