/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * libcurl speaks; its callbacks tell which reply belongs to what. The mail counts as possibly
 * accepted from the moment its last byte was handed to libcurl (the final dot follows at once), so
 * that silence after it is "unknown" and silence before it is "does not have it". A server may also
 * refuse while the mail is still being sent, and hang up; libcurl does not read then, so what lies
 * in the socket is read before it is closed.
 */
#include "net/smtp.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/smtp_reply.h"

#define TIMEOUT_S 60

enum phase { PHASE_CONNECT, PHASE_ENVELOPE, PHASE_BODY, PHASE_DOT };

struct talk {
	struct bytes mail;
	size_t given; /* bytes of it that libcurl has */
	enum phase phase;
	bool answered;           /* a whole reply came in this phase */
	struct smtp_reply reply; /* the last */
	bool over;               /* QUIT was said: what comes now is no answer to the mail */
	bool secret;             /* the bytes of the socket are not ours to read */
};

struct smtp {
	CURL *curl;       /* owned */
	struct talk talk; /* libcurl's callbacks write here, also while it says QUIT */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		abort();
}

static void enter(struct talk *t, enum phase phase)
{
	t->phase = phase;
	t->answered = false;
}

static size_t give_mail(char *buf, size_t one, size_t size, void *arg)
{
	struct talk *t = arg;
	size_t left = t->mail.len - t->given, n = left < size ? left : size;

	memcpy(buf, (const char *)t->mail.data + t->given, n);
	t->given += n;
	if (t->given == t->mail.len && t->phase != PHASE_DOT)
		enter(t, PHASE_DOT);
	return n;
}

static size_t take_line(char *line, size_t one, size_t size, void *arg)
{
	struct talk *t = arg;

	if (t->over || !smtp_reply_line(&t->reply, line, size))
		return size;
	t->answered = true;
	if (t->reply.code == 354 && t->phase == PHASE_ENVELOPE)
		enter(t, PHASE_BODY);
	return size;
}

/* Whole lines of what the server said last, while nobody read. */
static void take_rest(struct talk *t, const char *data, size_t len)
{
	const char *end;

	while ((end = memchr(data, '\n', len))) {
		size_t n = (size_t)(end + 1 - data);

		take_line((char *)(uintptr_t)data, 1, n, t);
		data += n;
		len -= n;
	}
}

static int close_socket(void *arg, curl_socket_t fd)
{
	struct talk *t = arg;
	char rest[4096];
	ssize_t n;

	if (!t->secret && t->phase >= PHASE_BODY && !t->answered && !t->over) {
		n = recv(fd, rest, sizeof rest, MSG_DONTWAIT);
		if (n > 0)
			take_rest(t, rest, (size_t)n);
	}
	return close(fd);
}

/* What a server answers to a command of ours is in the headers already. */
static size_t drop_body(char *data, size_t one, size_t size, void *arg)
{
	return size;
}

/* Commands as they leave: the envelope begins with MAIL; libcurl says QUIT after a refusal. */
static int see(CURL *curl, curl_infotype type, char *data, size_t size, void *arg)
{
	struct talk *t = arg;

	if (type == CURLINFO_HEADER_OUT && size >= 5 && t->phase == PHASE_CONNECT &&
		strncasecmp(data, "MAIL ", 5) == 0)
		enter(t, PHASE_ENVELOPE);
	if (type == CURLINFO_HEADER_OUT && size >= 4 && strncasecmp(data, "QUIT", 4) == 0)
		t->over = true;
	return 0;
}

static void set_server(CURL *c, const struct smtp_config *f, const char *url)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)(f->timeout_s ? f->timeout_s : TIMEOUT_S));
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	if (f->starttls)
		curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (f->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, f->ca_file);
	if (f->unverified) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
		/* Else the system's authorities are read all the same, a megabyte for each. */
		curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_body);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, see);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
}

enum err smtp_open(struct scope *sc, const struct smtp_config *c, struct smtp **out)
{
	struct smtp *s;
	const char *url;

	if (str_empty(c->host) || strpbrk(c->host, "/@ \r\n") || c->port < 1 || c->port > 65535)
		return fail(sc, ERR_INPUT, "The mail server's address is not valid");
	if (c->helo && strpbrk(c->helo, "/ \r\n"))
		return fail(sc, ERR_INPUT, "The name for EHLO is not valid");
	url = arena_printf(sc->mem, "%s://%s:%d/%s", c->tls ? "smtps" : "smtp", c->host, c->port,
		c->helo ? c->helo : "");
	pthread_once(&once, init_curl);
	s = calloc(1, sizeof *s);
	if (!s || !(s->curl = curl_easy_init()))
		abort();
	set_server(s->curl, c, url);
	if (c->user)
		smtp_login(s, c->user, c->password ? c->password : "");
	curl_easy_setopt(s->curl, CURLOPT_READDATA, &s->talk);
	curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, &s->talk);
	curl_easy_setopt(s->curl, CURLOPT_DEBUGDATA, &s->talk);
	curl_easy_setopt(s->curl, CURLOPT_CLOSESOCKETDATA, &s->talk);
	s->talk.secret = c->tls || c->starttls;
	*out = s;
	return ERR_NONE;
}

void smtp_close(struct smtp *s)
{
	if (!s)
		return;
	curl_easy_cleanup(s->curl);
	free(s);
}

/* libcurl keeps a connection for each user. */
void smtp_login(struct smtp *s, const char *user, const char *password)
{
	curl_easy_setopt(s->curl, CURLOPT_USERNAME, user);
	curl_easy_setopt(s->curl, CURLOPT_PASSWORD, password);
}

static CURLcode perform(struct smtp *s, const char *from, struct curl_slist *to, struct bytes mail)
{
	s->talk = (struct talk){ .mail = mail, .secret = s->talk.secret };
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail.len);
	return curl_easy_perform(s->curl);
}

static enum smtp_outcome outcome_of(const struct talk *t)
{
	if (t->phase == PHASE_DOT) {
		if (!t->answered)
			return SMTP_UNKNOWN;
		return t->reply.code / 100 == 2   ? SMTP_QUEUED
		       : t->reply.code / 100 == 5 ? SMTP_REFUSED
						  : SMTP_DEFERRED;
	}
	if (t->phase == PHASE_BODY)
		return t->answered && t->reply.code / 100 == 5 ? SMTP_REFUSED : SMTP_DEFERRED;
	/* A refused greeting or sign-in speaks of us, not of the mail. */
	return t->phase == PHASE_ENVELOPE && t->reply.code / 100 == 5 ? SMTP_REFUSED
								      : SMTP_DEFERRED;
}

/* The last reply belongs to an earlier step, or there was none. */
static bool is_silent(const struct talk *t)
{
	return t->reply.code == 0 || (t->phase >= PHASE_BODY && !t->answered);
}

/* The reply as valid UTF-8, or libcurl's reason where there was none. */
static const char *text_of(struct scope *sc, const struct talk *t, CURLcode code)
{
	if (is_silent(t))
		return arena_text(sc->mem, curl_easy_strerror(code));
	return smtp_reply_text(sc, &t->reply);
}

static bool is_address(const char *text)
{
	return text && strlen(text) <= 320 && !strpbrk(text, "<> \t\r\n");
}

static void free_list(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

enum err smtp_send(struct scope *sc, struct smtp *s, const char *from, const char *to,
	struct bytes mail, struct smtp_result *r)
{
	CLEANUP(free_list) struct curl_slist *rcpt = NULL;
	const struct talk *t = &s->talk;
	const char *text;
	CURLcode code;
	long fresh = 0;

	if (!is_address(from) || !is_address(to) || str_empty(to) || mail.len == 0)
		return fail(sc, ERR_INPUT, "The envelope is not valid");
	from = arena_printf(sc->mem, "<%s>", from);
	rcpt = curl_slist_append(NULL, arena_printf(sc->mem, "<%s>", to));
	code = perform(s, from, rcpt, mail);
	curl_easy_getinfo(s->curl, CURLINFO_NUM_CONNECTS, &fresh);
	/* A kept connection that the server had given up: nothing was said about this mail yet. */
	if (fresh == 0 && t->phase < PHASE_BODY && (t->reply.code == 0 || t->reply.code == 421)) {
		curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, 1L);
		code = perform(s, from, rcpt, mail);
		curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, 0L);
	}
	text = text_of(sc, t, code);
	*r = (struct smtp_result){ .outcome = outcome_of(t),
		.code = is_silent(t) ? 0 : t->reply.code,
		.status = smtp_reply_status(sc, text),
		.text = text };
	if (r->outcome == SMTP_QUEUED)
		r->queue_id = smtp_reply_queue_id(sc, text);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	s->talk.mail = (struct bytes){ NULL, 0 };
	return ERR_NONE;
}

enum err smtp_knock(struct scope *sc, struct smtp *s)
{
	CURLcode code;

	s->talk = (struct talk){ .secret = s->talk.secret };
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 0L);
	curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	code = curl_easy_perform(s->curl);
	curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, 0L);
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
	if (code == CURLE_OK)
		return ERR_NONE;
	return fail(sc, s->talk.reply.code == 535 ? ERR_AUTH : ERR_AWAY, "%s",
		text_of(sc, &s->talk, code));
}
