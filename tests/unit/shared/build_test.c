/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <string.h>

#include "mail/build.h"

static struct mail_parts simple(void)
{
	return (struct mail_parts){ .from_name = "Sam Sender",
		.from = "sam@acme.example",
		.to_name = "Ada",
		.to = "ada@x.example",
		.subject = "Hello",
		.message_id = "msg_1@acme.example",
		.date = INT64_C(1767225600000),
		.unsubscribe = "https://link.example/u/abc",
		.text = "Hi\n",
		.html = "<p>Hi</p>\n" };
}

static const char *build(struct scope *sc, const struct mail_parts *m)
{
	struct out o;

	out_init(&o, sc->mem);
	scope_clear(sc);
	return mail_build(sc, m, &o) ? NULL : o.data;
}

/* No line is longer than MAX, nothing but line ends and printable ASCII. */
static bool is_tame(const char *mail, size_t max)
{
	for (const char *p = mail; *p;) {
		size_t n = strcspn(p, "\n");

		if (n > max)
			return false;
		for (size_t i = 0; i < n; i++)
			if (p[i] < ' ' || p[i] >= 0x7f)
				return false;
		p += n + (p[n] == '\n');
	}
	return true;
}

static int count_lines(const char *mail, const char *starts)
{
	int n = 0;

	for (const char *p = mail; (p = strstr(p, starts)); p++)
		n += p == mail || p[-1] == '\n';
	return n;
}

TEST(a_mail_is_whole_and_always_the_same)
{
	struct mail_parts m = simple();

	CHECK_TEXT(build(sc, &m), "From: \"Sam Sender\" <sam@acme.example>\n"
				  "To: \"Ada\" <ada@x.example>\n"
				  "Subject: Hello\n"
				  "Date: Thu, 1 Jan 2026 00:00:00 +0000\n"
				  "Message-ID: <msg_1@acme.example>\n"
				  "List-Unsubscribe: <https://link.example/u/abc>\n"
				  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
				  "MIME-Version: 1.0\n"
				  "Content-Type: multipart/alternative; boundary=\"=_msg_1\"\n"
				  "\n"
				  "--=_msg_1\n"
				  "Content-Type: text/plain; charset=utf-8\n"
				  "Content-Transfer-Encoding: quoted-printable\n"
				  "\n"
				  "Hi\n"
				  "--=_msg_1\n"
				  "Content-Type: text/html; charset=utf-8\n"
				  "Content-Transfer-Encoding: quoted-printable\n"
				  "\n"
				  "<p>Hi</p>\n"
				  "--=_msg_1--\n");
}

TEST(nothing_in_the_parts_begins_a_header)
{
	struct mail_parts m = simple();
	const char *mail;

	m.subject = "Hi\r\nBcc: victim@x.example\n\nbody";
	m.from_name = "A\nBcc: a@x.example";
	m.to_name = "\"\\\r\nBcc: b@x.example";
	mail = build(sc, &m);
	NEED(mail != NULL);
	CHECK_INT(count_lines(mail, "Bcc:"), 0);
	CHECK_INT(count_lines(mail, "Subject:"), 1);
	CHECK(is_tame(mail, 78));
	m = simple();
	m.to = "ada@x.example>\nBcc: c@x.example";
	CHECK(!build(sc, &m));
	CHECK_INT(sc->err, ERR_INPUT);
	m = simple();
	m.from = "sam@acme.example\n";
	CHECK(!build(sc, &m));
	m = simple();
	m.unsubscribe = "https://link.example/ u";
	CHECK(!build(sc, &m));
	m = simple();
	m.in_reply_to = "x>\nX: y";
	CHECK(!build(sc, &m));
	m = simple();
	m.to = "jürgen@x.example";
	CHECK(!build(sc, &m));
}

TEST(foreign_words_travel_encoded_and_whole)
{
	struct mail_parts m = simple();
	const char *mail, *p;

	m.subject = "Grüße aus Zürich, wo die Straßen länger sind als eine Zeile einer Nachricht "
		    "sein darf – wirklich";
	m.from_name = "Jürgen Müller";
	mail = build(sc, &m);
	NEED(mail != NULL);
	CHECK(is_tame(mail, 78));
	CHECK(strstr(mail, "From: =?UTF-8?B?SsO8cmdlbiBNw7xsbGVy?= <sam@acme.example>\n") != NULL);
	for (p = mail; (p = strstr(p, "=?UTF-8?B?")); p++)
		CHECK((size_t)(strstr(p, "?=") + 2 - p) <= 75);
}

TEST(long_plain_subjects_fold_at_blanks)
{
	struct mail_parts m = simple();
	const char *mail;

	m.subject = "one two three four five six seven eight nine ten eleven twelve thirteen "
		    "fourteen fifteen sixteen";
	mail = build(sc, &m);
	NEED(mail != NULL);
	CHECK(is_tame(mail, 78));
	CHECK(strstr(mail, " twelve\n thirteen") != NULL || strstr(mail, "\n ") != NULL);
}

TEST(bodies_are_quoted_printable_or_base64_whichever_is_smaller)
{
	struct mail_parts m = simple();
	const char *mail;

	m.html = NULL;
	m.text = "a=b \nGrüße\n.dot\n"
		 "0123456789012345678901234567890123456789012345678901234567890123456789012345678"
		 "9\n";
	mail = build(sc, &m);
	NEED(mail != NULL);
	CHECK(is_tame(mail, 76));
	CHECK(strstr(mail, "\na=3Db=20\nGr=C3=BC=C3=9Fe\n=2Edot\n") != NULL);
	CHECK(strstr(mail, "=\n") != NULL);
	m.text = "Привет, мир\n";
	mail = build(sc, &m);
	NEED(mail != NULL);
	CHECK(strstr(mail, "base64\n\n0J/RgNC40LLQtdGCLCDQvNC40YAK\n") != NULL);
	m.text = "line\r\nline\n";
	mail = build(sc, &m);
	NEED(mail != NULL);
	CHECK(strstr(mail, "line\nline\n") != NULL);
}
