/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

/* Says ANSWER to whatever it is asked, once per connection, and keeps what it was asked. */
struct server {
	const char *answer;
	char asked[4096];
	int listener, port;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		ssize_t got = read(fd, s->asked, sizeof s->asked - 1);

		s->asked[got > 0 ? got : 0] = 0;
		if (write(fd, s->answer, strlen(s->answer)) < 0)
			perror("write");
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static void start(struct server *s, const char *answer)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	s->answer = answer;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	NEED(bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0);
	NEED(listen(s->listener, 5) == 0);
	NEED(getsockname(s->listener, (struct sockaddr *)&at, &len) == 0);
	s->port = ntohs(at.sin_port);
	NEED(pthread_create(&s->thread, NULL, serve, s) == 0);
}

static void stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static enum err ask(
	struct scope *sc, const char *answer, struct http_request r, struct http_answer *a)
{
	struct server s = { 0 };
	struct http *h = http_new();
	enum err e;

	start(&s, answer);
	r.url = arena_printf(sc->mem, "http://127.0.0.1:%d/x", s.port);
	if (!r.method)
		r.method = "GET";
	if (!r.max_answer)
		r.max_answer = 100;
	e = http_do(sc, h, &r, a);
	stop(&s);
	http_free(h);
	return e;
}

TEST(an_answer_comes_back_with_its_status_type_and_body)
{
	struct http_answer a;

	OK(ask(sc,
		"HTTP/1.1 429 Slow down\r\nContent-Type: text/plain\r\nRetry-After: 17\r\n"
		"Content-Length: 4\r\n\r\nwait",
		(struct http_request){ 0 }, &a));
	CHECK_INT(a.status, 429);
	CHECK_TEXT(a.content_type, "text/plain");
	CHECK_TEXT((const char *)a.body.data, "wait");
	CHECK_INT(a.retry_after_s, 17);
}

TEST(an_answer_larger_than_asked_for_is_refused)
{
	struct http_answer a;

	CHECK_INT(ask(sc, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
			  (struct http_request){ .max_answer = 4 }, &a),
		ERR_LIMIT);
	CHECK_INT(ask(sc,
			  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
			  "0\r\n\r\n",
			  (struct http_request){ .max_answer = 4 }, &a),
		ERR_LIMIT);
}

TEST(a_redirect_is_an_answer_and_not_followed)
{
	struct http_answer a;

	OK(ask(sc,
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		(struct http_request){ 0 }, &a));
	CHECK_INT(a.status, 302);
}

TEST(nonsense_and_nobody_are_upstreams_fault)
{
	struct http *h = http_new();
	struct http_request r = { .method = "GET", .url = "http://127.0.0.1:1/", .max_answer = 10 };
	struct http_answer a;

	CHECK_INT(http_do(sc, h, &r, &a), ERR_UPSTREAM);
	r.url = "file:///etc/passwd";
	CHECK_INT(http_do(sc, h, &r, &a), ERR_UPSTREAM);
	CHECK_INT(ask(sc, "220 mail.example ESMTP\r\n", (struct http_request){ 0 }, &a),
		ERR_UPSTREAM);
	http_free(h);
}

TEST(a_body_goes_out_with_its_headers)
{
	static const char *const headers[] = { "X-Test: yes", NULL };
	struct server s = { 0 };
	struct http *h = http_new();
	struct http_answer a;

	start(&s, "HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n");
	OK(http_do(sc, h,
		&(struct http_request){ .method = "POST",
			.url = arena_printf(sc->mem, "http://127.0.0.1:%d/p", s.port),
			.headers = headers,
			.body = bytes_of("hello", 5),
			.max_answer = 10 },
		&a));
	stop(&s);
	http_free(h);
	CHECK_INT(a.status, 204);
	CHECK(str_starts(s.asked, "POST /p HTTP/1.1\r\n"));
	CHECK(strstr(s.asked, "X-Test: yes\r\n") != NULL);
	CHECK(str_ends(s.asked, "\r\n\r\nhello"));
	CHECK(strstr(s.asked, "Expect:") == NULL);
}
