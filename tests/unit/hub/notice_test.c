/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mail of the installation, against a small server that answers as told. */
#include "hub_kit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "notice/notice.h"

struct server {
	int listener;
	int port;
	const char *answer; /* to the final dot */
	char mail[4096];    /* what came between DATA and the dot */
	pthread_t thread;
};

static void reply(FILE *to, const char *text)
{
	fprintf(to, "%s\r\n", text);
	fflush(to);
}

static void take_mail(struct server *s, FILE *in)
{
	char line[1024];
	size_t n = 0;

	s->mail[0] = 0;
	while (fgets(line, sizeof line, in) && !str_eq(line, ".\r\n"))
		if (n + strlen(line) < sizeof s->mail)
			n += (size_t)snprintf(s->mail + n, sizeof s->mail - n, "%s", line);
}

static void talk(struct server *s, int fd)
{
	FILE *io = fdopen(fd, "r+");
	char line[1024];

	setvbuf(io, NULL, _IONBF, 0);
	reply(io, "220 here");
	while (fgets(line, sizeof line, io)) {
		if (str_starts(line, "DATA")) {
			reply(io, "354 go");
			take_mail(s, io);
			reply(io, s->answer);
		} else if (str_starts(line, "QUIT")) {
			reply(io, "221 bye");
			break;
		} else {
			reply(io, "250 ok");
		}
	}
	fclose(io);
}

static void *serve(void *arg)
{
	struct server *s = arg;

	for (;;) {
		int fd = accept(s->listener, NULL, NULL);

		if (fd < 0)
			return NULL;
		talk(s, fd);
	}
}

static struct config *start(struct scope *sc, struct kit *kit, struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct config *c = arena_alloc(sc->mem, sizeof *c);
	socklen_t len = sizeof at;

	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	NEED(bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0);
	NEED(listen(s->listener, 4) == 0);
	NEED(getsockname(s->listener, (struct sockaddr *)&at, &len) == 0);
	s->port = ntohs(at.sin_port);
	NEED(pthread_create(&s->thread, NULL, serve, s) == 0);
	*c = (struct config){ .smtp_host = "127.0.0.1",
		.smtp_port = s->port,
		.smtp_security = "none",
		.smtp_user = "",
		.smtp_password_file = "",
		.smtp_from = "post@hub.example" };
	kit_hub_store(sc, kit)->config = c;
	return c;
}

static void stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static const struct job_kind kinds[] = {
	{ NOTICE_JOB, 0, MINUTE_MS, 20, notice_job, "Notice" },
	{ 0 },
};

static const struct notice_mail greeting = { "ann@example.com",
	"Größe: a subject that is long enough to need more than one encoded word in its header",
	"Follow https://hub.example/reset/pmr_secret\n" };

SQL(notice_test_waiting, SQL_DIRECTORY, "SELECT count(*) FROM outmail");

static int64_t waiting(struct scope *sc)
{
	int64_t n = -1;

	OK(db_int(sc, &notice_test_waiting, BIND_NONE, &n));
	return n;
}

TEST(a_notice_is_sent_once_and_forgotten)
{
	struct server s = { .answer = "250 queued as ABC" };
	int run = 0;

	start(sc, kit, &s);
	CHECK(notice_is_configured(sc));
	OK(notice_send(sc, &greeting));
	CHECK_INT(waiting(sc), 1);
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 1);
	stop(&s);
	CHECK(strstr(s.mail, "To: <ann@example.com>\r\n") != NULL);
	CHECK(strstr(s.mail, "From: PenguinMails <post@hub.example>\r\n") != NULL);
	CHECK(strstr(s.mail, "Subject: =?UTF-8?B?R3LDtsOfZTog") != NULL);
	CHECK(strstr(s.mail, "Auto-Submitted: auto-generated\r\n") != NULL);
	/* base64 of "Follow https://hub.example/reset/pmr_secret" */
	CHECK(strstr(s.mail, "Rm9sbG93IGh0dHBzOi8vaHViLmV4YW1wbGUvcmVzZXQvcG1yX3NlY3JldAo=") !=
		NULL);
	CHECK_INT(waiting(sc), 0);
}

TEST(a_notice_waits_while_its_server_cannot_take_it)
{
	struct server s = { .answer = "451 later" };
	int run = 0;

	start(sc, kit, &s);
	OK(notice_send(sc, &greeting));
	OK(job_once(sc, kinds, &run));
	CHECK_INT(waiting(sc), 1);
	s.answer = "250 ok";
	kit->real_ms += HOUR_MS;
	OK(job_once(sc, kinds, &run));
	stop(&s);
	CHECK_INT(waiting(sc), 0);
}

TEST(a_notice_that_nobody_took_is_forgotten_with_its_last_try)
{
	static const struct job_kind once[] = { { NOTICE_JOB, 0, MINUTE_MS, 1, notice_job, "" },
		{ 0 } };
	struct server s = { .answer = "451 later" };
	int run = 0;

	start(sc, kit, &s);
	OK(notice_send(sc, &greeting));
	OK(job_once(sc, once, &run));
	stop(&s);
	CHECK_INT(run, 1);
	CHECK_INT(waiting(sc), 0);
}

TEST(without_a_server_no_notice_is_taken)
{
	struct server s = { .answer = "250 ok" };
	struct config *c = start(sc, kit, &s);

	stop(&s);
	c->smtp_host = "";
	CHECK(!notice_is_configured(sc));
	CHECK(notice_send(sc, &greeting) == ERR_CONFLICT);
	CHECK_INT(waiting(sc), 0);
}
