/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Against a server of a few lines in a thread, which answers from a script. */
#include "net/smtp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

/* What it does instead of the usual answer; NULL keeps the usual one, "" hangs up. */
struct script {
	const char *greeting, *mail, *rcpt, *data, *dot;
	const char *body; /* said in the middle of the body; then it hangs up */
	bool hang_in_body;
	int once; /* hang up after so many mails, without a word */
};

struct server {
	struct script script;
	int listener, port;
	int connections, mails;
	pthread_t thread;
};

static bool say(int fd, const char *line)
{
	return line[0] && write(fd, line, strlen(line)) > 0;
}

static const char *or_usual(const char *line, const char *usual)
{
	return line ? line : usual;
}

/* Everything up to the lone dot; false when the peer left. */
static bool swallow(FILE *in)
{
	char line[2048];

	while (fgets(line, sizeof line, in))
		if (str_eq(line, ".\r\n"))
			return true;
	return false;
}

static bool answer(struct server *s, FILE *in, int fd, const char *line)
{
	const struct script *t = &s->script;

	if (str_starts(line, "EHLO"))
		return say(fd, "250-test\r\n250 SIZE 1000000\r\n");
	if (str_starts(line, "MAIL"))
		return say(fd, or_usual(t->mail, "250 2.1.0 Ok\r\n"));
	if (str_starts(line, "RCPT"))
		return say(fd, or_usual(t->rcpt, "250 2.1.5 Ok\r\n"));
	if (str_starts(line, "QUIT"))
		return say(fd, "221 Bye\r\n") && false;
	if (!str_starts(line, "DATA"))
		return say(fd, "250 Ok\r\n");
	if (!say(fd, or_usual(t->data, "354 Go on\r\n")))
		return false;
	if (t->data)
		return true;
	if (t->body)
		return fgetc(in) != EOF && say(fd, t->body) && false;
	if (t->hang_in_body || !swallow(in))
		return false;
	s->mails++;
	return say(fd, or_usual(t->dot, "250 2.0.0 Ok: queued as 4XyZ9 \r\n")) &&
	       s->mails != t->once;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		FILE *in = fdopen(fd, "r");
		char line[2048];

		s->connections++;
		if (say(fd, or_usual(s->script.greeting, "220 test\r\n")))
			while (fgets(line, sizeof line, in) && answer(s, in, fd, line))
				continue;
		fclose(in);
	}
	return NULL;
}

static struct smtp *start(struct scope *sc, struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	struct smtp *client;

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	NEED(s->listener >= 0);
	NEED(bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0);
	NEED(listen(s->listener, 5) == 0);
	NEED(getsockname(s->listener, (struct sockaddr *)&at, &len) == 0);
	s->port = ntohs(at.sin_port);
	NEED(pthread_create(&s->thread, NULL, serve, s) == 0);
	OK(smtp_open(sc,
		&(struct smtp_config){ .host = "127.0.0.1", .port = s->port, .timeout_s = 5 },
		&client));
	return client;
}

static void stop(struct server *s, struct smtp *client)
{
	smtp_close(client);
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static const struct bytes mail = { "Subject: x\r\n\r\n.dot\r\nbody\r\n", 27 };

static struct smtp_result once(struct scope *sc, const struct script *script)
{
	struct server s = { .script = *script };
	struct smtp *client = start(sc, &s);
	struct smtp_result r;

	OK(smtp_send(sc, client, "b+msg@a.test", "to@b.test", mail, &r));
	stop(&s, client);
	return r;
}

TEST(an_accepted_mail_has_its_queue_id_and_the_connection_is_kept)
{
	struct server s = { 0 };
	struct smtp *client = start(sc, &s);
	struct smtp_result r;

	for (int i = 0; i < 3; i++) {
		OK(smtp_send(sc, client, "b+msg@a.test", "to@b.test", mail, &r));
		CHECK_INT(r.outcome, SMTP_QUEUED);
		CHECK_INT(r.code, 250);
		CHECK_TEXT(r.status, "2.0.0");
		CHECK_TEXT(r.queue_id, "4XyZ9");
	}
	stop(&s, client);
	CHECK_INT(s.connections, 1);
	CHECK_INT(s.mails, 3);
}

TEST(a_refusal_before_acceptance_is_final_or_not_by_its_code)
{
	struct smtp_result r;

	r = once(sc, &(struct script){ .rcpt = "550 5.1.1 <to@b.test> no such user\r\n" });
	CHECK_INT(r.outcome, SMTP_REFUSED);
	CHECK_INT(r.code, 550);
	CHECK_TEXT(r.status, "5.1.1");
	CHECK_TEXT(r.text, "5.1.1 <to@b.test> no such user");
	CHECK(r.queue_id == NULL);
	r = once(sc, &(struct script){ .rcpt = "450 4.2.0 later\r\n" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	CHECK_INT(r.code, 450);
	r = once(sc, &(struct script){ .mail = "552 5.3.4 too large\r\n" });
	CHECK_INT(r.outcome, SMTP_REFUSED);
	r = once(sc, &(struct script){ .data = "451 4.3.0 no room\r\n" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	r = once(sc, &(struct script){ .dot = "554-5.7.1 spam\r\n554 5.7.1 go away\r\n" });
	CHECK_INT(r.outcome, SMTP_REFUSED);
	CHECK_TEXT(r.text, "5.7.1 spam 5.7.1 go away");
	r = once(sc, &(struct script){ .dot = "452 4.3.1 disk full\r\n" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
}

TEST(silence_after_the_final_dot_is_unknown_and_before_it_is_not)
{
	struct smtp_result r;

	r = once(sc, &(struct script){ .dot = "" });
	CHECK_INT(r.outcome, SMTP_UNKNOWN);
	CHECK_INT(r.code, 0);
	r = once(sc, &(struct script){ .data = "" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	r = once(sc, &(struct script){ .mail = "" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
}

/* Larger than the buffers between the two. */
static struct smtp_result send_large(struct scope *sc, const struct script *script)
{
	const size_t len = 16 * 1024 * 1024;
	struct server s = { .script = *script };
	struct smtp *client = start(sc, &s);
	char *large = arena_alloc(sc->mem, len);
	struct smtp_result r;

	for (size_t i = 0; i < len; i++)
		large[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	OK(smtp_send(sc, client, "b+msg@a.test", "to@b.test", bytes_of(large, len), &r));
	stop(&s, client);
	return r;
}

TEST(a_refusal_while_the_mail_is_being_sent_is_final_or_not_by_its_code)
{
	struct smtp_result r;

	r = send_large(sc, &(struct script){ .body = "552-5.3.4 too\r\n552 5.3.4 large\r\n" });
	CHECK_INT(r.outcome, SMTP_REFUSED);
	CHECK_INT(r.code, 552);
	CHECK_TEXT(r.status, "5.3.4");
	CHECK_TEXT(r.text, "5.3.4 too 5.3.4 large");
	r = send_large(sc, &(struct script){ .body = "421 4.3.2 going down\r\n" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	CHECK_INT(r.code, 421);
	/* Half a reply is none, and the go-ahead before was no answer. */
	r = send_large(sc, &(struct script){ .body = "552-5.3.4 too\r\n" });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	CHECK_INT(r.code, 0);
	r = send_large(sc, &(struct script){ .hang_in_body = true });
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	CHECK_INT(r.code, 0);
}

TEST(a_refused_greeting_speaks_of_us_and_not_of_the_mail)
{
	struct smtp_result r = once(sc, &(struct script){ .greeting = "554 go away\r\n" });

	CHECK_INT(r.outcome, SMTP_DEFERRED);
}

TEST(a_kept_connection_that_died_is_opened_again_for_the_next_mail)
{
	struct server s = { .script = { .once = 1 } };
	struct smtp *client = start(sc, &s);
	struct smtp_result r;

	OK(smtp_send(sc, client, "b+1@a.test", "to@b.test", mail, &r));
	CHECK_INT(r.outcome, SMTP_QUEUED);
	OK(smtp_send(sc, client, "b+2@a.test", "to@b.test", mail, &r));
	CHECK_INT(r.outcome, SMTP_QUEUED);
	stop(&s, client);
	CHECK_INT(s.connections, 2);
}

TEST(an_address_that_would_smuggle_a_command_is_refused)
{
	struct server s = { 0 };
	struct smtp *client = start(sc, &s);
	struct smtp_result r;

	CHECK_INT(smtp_send(sc, client, "a@b", "to@b>\r\nRSET", mail, &r), ERR_INPUT);
	CHECK_INT(smtp_send(sc, client, "a b", "to@b.test", mail, &r), ERR_INPUT);
	CHECK_INT(smtp_send(sc, client, "a@b", "", mail, &r), ERR_INPUT);
	stop(&s, client);
	CHECK_INT(s.connections, 0);
}

TEST(no_server_at_all_means_it_does_not_have_the_mail)
{
	struct smtp *client;
	struct smtp_result r;

	OK(smtp_open(sc, &(struct smtp_config){ .host = "127.0.0.1", .port = 1 }, &client));
	OK(smtp_send(sc, client, "a@b.test", "to@b.test", mail, &r));
	CHECK_INT(r.outcome, SMTP_DEFERRED);
	CHECK_INT(r.code, 0);
	CHECK(r.text[0] != 0);
	smtp_close(client);
}
