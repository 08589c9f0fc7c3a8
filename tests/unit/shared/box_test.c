/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mail of strangers, read in the real child: what it is, and that nothing in it harms more than
   that child. */
#include "kit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/out.h"
#include "box/box.h"
#include "box/box_priv.h"
#include "box/child/cage.h"
#include "mail/auto_reply.h"
#include "mail/report.h"
#include "net/imap_reply.h"

#define OURS "msg_0123456789abc@acme.example"

static struct box_mail mail_of(struct scope *sc, const char *text)
{
	struct box_mail m = { 0 };

	OK(box_read_mail(sc, bytes_of(text, strlen(text)), &m));
	return m;
}

TEST(a_persons_answer_names_what_it_answers)
{
	struct box_mail m = mail_of(sc,
		"Return-Path: <ann@inbox.example>\nDelivered-To: news@acme.example\n"
		"From: =?utf-8?q?Ann_=C3=84?= <ann@inbox.example>\nTo: News <news@acme.example>\n"
		"Subject: =?iso-8859-1?q?Re:_Gr=FC=DFe?=\nMessage-ID: <x1@inbox.example>\n"
		"Date: Sun, 22 Nov 2026 10:00:00 +0100\n"
		"In-Reply-To: <" OURS ">\nReferences: <first@acme.example>\n <" OURS ">\n"
		"Content-Type: text/plain; charset=iso-8859-1\n\nGern, Gr\374\337e\n");

	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "reply");
	CHECK_TEXT(m.from, "ann@inbox.example");
	CHECK_TEXT(m.to, "news@acme.example");
	CHECK_TEXT(m.subject, "Re: Gr\303\274\303\237e");
	CHECK_TEXT(m.text, "Gern, Gr\303\274\303\237e");
	CHECK_TEXT(m.message_id, "x1@inbox.example");
	CHECK_INT(m.date, INT64_C(1795338000000));
	NEED(m.answer_count == 3);
	CHECK_TEXT(m.answers[0], OURS);
	CHECK_TEXT(m.answers[1], OURS);
	CHECK_TEXT(m.answers[2], "first@acme.example");
}

#define REPORT(type, about)                                                                        \
	"From: MAILER-DAEMON@mx.example\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"        \
	"Delivered-To: b+msg_0123456789abc@acme.example\nSubject: Report\n"                        \
	"Content-Type: multipart/report; report-type=" type "; boundary=\"B\"\n\n"                 \
	"--B\nContent-Type: text/plain\n\nSorry\n--B\nContent-Type: message/" type "\n\n" about    \
	"\n--B\nContent-Type: text/rfc822-headers\n\nMessage-ID: <" OURS ">\n\n--B--\n"

TEST(a_delivery_report_says_who_failed_and_why)
{
	struct box_mail m = mail_of(
		sc, REPORT("delivery-status",
			    "Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: env7\n"
			    "X-Postfix-Sender: rfc822; b+msg_0123456789abc@acme.example\n\n"
			    "Final-Recipient: rfc822; gone@dest.example\nAction: failed\n"
			    "Status: 5.1.1 (no such user)\nDiagnostic-Code: smtp; 550 5.1.1\n"
			    " User unknown\n\n"
			    "Final-Recipient: rfc822; slow@dest.example\nAction: delayed\n"
			    "Status: 4.4.1\n"));

	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "bounce");
	CHECK_TEXT(m.original_id, OURS);
	CHECK_TEXT(m.original_sender, "b+msg_0123456789abc@acme.example");
	CHECK_TEXT(m.envelope_id, "env7");
	NEED(m.people_count == 2);
	CHECK_TEXT(m.people[0].address, "gone@dest.example");
	CHECK_TEXT(m.people[0].status, "5.1.1");
	CHECK_TEXT(m.people[0].diagnostic, "smtp; 550 5.1.1 User unknown");
	CHECK_INT(report_code(m.people[0].diagnostic), 550);
	CHECK_TEXT(m.people[1].action, "delayed");
}

TEST(a_notice_of_delay_is_no_bounce)
{
	struct box_mail m =
		mail_of(sc, REPORT("delivery-status", "Reporting-MTA: dns; mx.example\n\n"
						      "Final-Recipient: rfc822; slow@dest.example\n"
						      "Action: delayed\nStatus: 4.4.1\n"));

	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "auto_reply");
	CHECK_TEXT(m.sign, "report");
}

TEST(a_feedback_report_is_a_complaint_unless_it_says_no_spam)
{
	struct box_mail m =
		mail_of(sc, REPORT("feedback-report", "Feedback-Type: abuse\nVersion: 1\n"));

	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "complaint");
	CHECK_TEXT(m.sign, "abuse");
	CHECK_TEXT(m.original_id, OURS);
	m = mail_of(sc, REPORT("feedback-report", "Feedback-Type: not-spam\nVersion: 1\n"));
	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "auto_reply");
}

TEST(a_bounce_without_a_report_is_read_from_its_words)
{
	struct box_mail m = mail_of(sc,
		"Return-Path: <>\nFrom: Mail <mailer-daemon@old.example>\nSubject: failure notice\n"
		"\nHi. This is the mail program.\n<gone@old.example>:\n"
		"550 5.1.1 unknown user\n\n--- Below this line is a copy.\n\n"
		"Message-ID: <" OURS ">\nSubject: Hello\n");

	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "bounce");
	CHECK_TEXT(m.original_id, OURS);
	NEED(m.people_count == 1);
	CHECK_TEXT(m.people[0].status, "5.1.1");
	CHECK_INT(report_code(m.people[0].diagnostic), 550);
}

TEST(machines_are_known_by_their_headers_then_their_subject_then_their_words)
{
	static const struct {
		const char *headers, *text, *kind;
	} list[] = {
		{ "Auto-Submitted: auto-replied\n", "Hi", "auto_reply" },
		{ "Auto-Submitted: no\n", "Hi", "reply" },
		{ "X-Autoreply: yes\n", "Hi", "auto_reply" },
		{ "Precedence: bulk\n", "Hi", "auto_reply" },
		{ "Precedence: first-class\n", "Hi", "reply" },
		{ "X-Auto-Response-Suppress: All\n", "Hi", "auto_reply" },
		{ "Subject: Automatic reply: Hello\n", "Hi", "auto_reply" },
		{ "Subject: Re: Abwesenheitsnotiz\n", "Hi", "auto_reply" },
		{ "Subject: Re: autonomous boats\n", "Hi", "reply" },
		{ "Subject: Re: Hello\n", "I am out of the office until Monday.", "auto_reply" },
		{ "Subject: Re: Hello\n", "Call me tomorrow.", "reply" },
	};

	for (size_t i = 0; i < COUNT(list); i++) {
		struct box_mail m =
			mail_of(sc, arena_printf(sc->mem,
					    "From: a@b.example\nIn-Reply-To: <" OURS ">\n%s\n%s\n",
					    list[i].headers, list[i].text));

		CHECK_TEXT(box_kind_name((enum box_kind)m.kind), list[i].kind);
	}
}

TEST(words_of_html_are_read_without_its_tags)
{
	struct box_mail m = mail_of(sc,
		"From: a@b.example\nContent-Type: text/html\n\n"
		"<style>p { color: red }</style><p>Yes, &amp; <b>gladly</b></p><script>x</script>");

	CHECK_TEXT(m.text, "Yes, & gladly");
	CHECK_TEXT(box_kind_name((enum box_kind)m.kind), "message");
}

/* ---- hostile ---- */

static struct bytes repeat(struct scope *sc, const char *head, const char *again, int n)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, head);
	for (int i = 0; i < n; i++)
		out_text(&o, again);
	return bytes_of(o.data, o.len);
}

static struct bytes nested(struct scope *sc, const char *type, int depth)
{
	struct out o;

	out_init(&o, sc->mem);
	for (int i = 0; i < depth; i++)
		out_printf(&o, "Content-Type: %s; boundary=\"b%d\"\n\n--b%d\n", type, i, i);
	return bytes_of(o.data, o.len);
}

TEST(a_hostile_mail_costs_its_child_and_nothing_else)
{
	const struct bytes mails[] = {
		nested(sc, "multipart/mixed", 3000),
		nested(sc, "message/rfc822", 3000),
		repeat(sc, "", "X-Header: y\n", 20000),
		repeat(sc, "Subject: ", "=?utf-8?b?4oCu4oCu?= ", 20000),
		repeat(sc, "References:", " <a@b>", 40000),
		repeat(sc, "To:", " a <a@b>,", 20000),
		repeat(sc, "To: ", "((((", 50000),
		repeat(sc, "X: ", "a", 1000000),
		repeat(sc, "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", 20000),
		repeat(sc, "Content-Type: multipart/mixed; boundary=", "b", 100000),
		repeat(sc, "Content-Type: text/plain; charset=utf-7\n\n", "+AGEAYQ-", 20000),
		repeat(sc, "Content-Type: text/plain; charset=../../x\n\n", "\xff\xfe", 20000),
		repeat(sc, "Content-Type: text/html\n\n", "<style>", 20000),
		repeat(sc,
			"Content-Type: multipart/report; boundary=b\n\n--b\n"
			"Content-Type: message/delivery-status\n\n",
			"Action: failed\nStatus: 5.1.1\n\n", 5000),
		bytes_of("\0\0\0From: a\0\n\n\0", 14),
		bytes_of("", 0),
	};

	for (size_t i = 0; i < COUNT(mails); i++) {
		struct box_mail m;
		enum err e = box_read_mail(sc, mails[i], &m);

		CHECK(e == ERR_NONE || e == ERR_INPUT);
		scope_clear(sc);
	}
	CHECK_TEXT(mail_of(sc, "From: a@b.example\n\nStill here\n").text, "Still here");
}

/* Each says what should have been forbidden. */
static int try_everything(void)
{
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		return 10;
	if (open("/etc/passwd", O_RDONLY) >= 0)
		return 11;
	if (fork() >= 0)
		return 12;
	if (kill(getppid(), 0) == 0)
		return 13;
	if (mmap(NULL, BOX_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		MAP_FAILED)
		return 14;
	return execl("/bin/true", "true", (char *)NULL) == 0 ? 15 : 0;
}

TEST(in_the_cage_there_is_no_network_no_file_and_no_other_process)
{
	pid_t pid;
	int status = -1;

#ifdef SANITIZED
	return; /* a sanitizer does what the cage forbids */
#endif
	pid = fork();
	NEED(pid >= 0);
	if (pid == 0)
		_exit(cage_limit() && cage_lock() ? try_everything() : 1);
	NEED(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}

TEST(nobody_waits_without_end_for_a_child_that_lives_on)
{
	pid_t pid = fork();

	NEED(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	CHECK_INT(box_reap(sc, pid, clock_mono() + 10), ERR_INPUT);
	CHECK(kill(pid, 0) < 0);
}

/* ---- its answer ---- */

TEST(an_answer_that_does_not_fit_is_not_believed)
{
	static const char *const broken[] = { "", "[]", "{}",
		"{\"kind\":\"king\",\"date\":0,\"answers\":[],\"people\":[]}",
		"{\"kind\":\"reply\",\"date\":-1,\"answers\":[],\"people\":[]}",
		"{\"kind\":\"reply\",\"date\":0,\"answers\":[1],\"people\":[]}",
		"{\"kind\":\"reply\",\"date\":0,\"answers\":[],\"people\":[7]}",
		"{\"kind\":\"reply\",\"date\":0,\"answers\":{},\"people\":[]}",
		"{\"kind\":\"reply\",\"from\":1,\"date\":0,\"answers\":[],\"people\":[]}" };
	struct box_mail m = { .kind = BOX_BOUNCE };

	for (size_t i = 0; i < COUNT(broken); i++) {
		CHECK_INT(box_mail_get(sc, bytes_of(broken[i], strlen(broken[i])), &m), ERR_INPUT);
		scope_clear(sc);
	}
	CHECK_INT(box_mail_get(sc, repeat(sc, "", "[", 100), &m), ERR_INPUT);
	scope_clear(sc);
	CHECK_INT(m.kind, BOX_BOUNCE);
}

/* ---- what an IMAP server says ---- */

TEST(a_literal_is_never_mistaken_for_a_line)
{
	static const char text[] = "* 1 FETCH (UID 33 BODY[]<0> {16}\r\nP1 OK done\r\nhi\r\n)\r\n"
				   "P1 OK really\r\n";
	struct imap_reply r;
	struct bytes in = bytes_of(text, sizeof text - 1);

	for (size_t n = 0; n < sizeof text - 16; n++)
		CHECK_INT(imap_reply_take(sc->mem, bytes_of(text, n), 100, &r), IMAP_MORE);
	NEED(imap_reply_take(sc->mem, in, 100, &r) == IMAP_WHOLE);
	CHECK(imap_is_fetch(&r, 33));
	CHECK(!imap_is_fetch(&r, 3));
	CHECK_INT(imap_tagged(&r, "P1"), 0);
	CHECK_TEXT(arena_copy(sc->mem, r.literal.data, r.literal.len), "P1 OK done\r\nhi\r\n");
	NEED(imap_reply_take(sc->mem, bytes_of(text + r.len, in.len - r.len), 100, &r) ==
		IMAP_WHOLE);
	CHECK_INT(imap_tagged(&r, "P1"), 'O');
	CHECK_INT(imap_reply_take(sc->mem, in, 15, &r), IMAP_BROKEN);
}

static struct imap_reply line(const char *text)
{
	return (struct imap_reply){ .line = text };
}

TEST(a_server_that_tells_of_new_mail_is_understood)
{
	const struct imap_reply can = line("* CAPABILITY IMAP4rev1 idle LITERAL+");
	const struct imap_reply cannot = line("* CAPABILITY IMAP4rev1 XIDLE IDLER");
	const struct imap_reply exists = line("* 23 EXISTS"), flags = line("* 2 FETCH (FLAGS ())");
	const struct imap_reply still = line("* OK Still here"), on = line("+ idling");
	const struct imap_reply own = line("P1 OK 23 EXISTS");

	CHECK(imap_is_capable(&can, "IDLE"));
	CHECK(!imap_is_capable(&cannot, "IDLE"));
	CHECK(imap_is_exists(&exists));
	CHECK(!imap_is_exists(&flags) && !imap_is_exists(&still) && !imap_is_exists(&own));
	CHECK(imap_is_go_on(&on) && !imap_is_go_on(&own) && !imap_is_go_on(&still));
}
