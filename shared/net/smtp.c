/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * libcurl speaks; its callbacks tell which reply belongs to what. The mail counts as possibly
 * accepted from the moment its last byte was handed to libcurl (the final dot follows at once), so
 * that silence after it is "unknown" and silence before it is "does not have it".
 */
#include "net/smtp.h"

#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>

#include "base/out.h"

#define TIMEOUT_S 60
#define TEXT_MAX  512

enum phase { PHASE_CONNECT, PHASE_ENVELOPE, PHASE_BODY, PHASE_DOT };

struct talk {
	struct bytes mail;
	size_t given; /* bytes of it that libcurl has */
	enum phase phase;
	bool answered; /* a whole reply came in this phase */
	int code;      /* of the last reply */
	char text[TEXT_MAX + 1];
	size_t text_len;
	bool more; /* the last line said that its reply goes on */
	bool over; /* QUIT was said: what comes now is no answer to the mail */
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

static void keep_text(struct talk *t, const char *line, size_t len)
{
	if (t->text_len && t->text_len < TEXT_MAX)
		t->text[t->text_len++] = ' ';
	for (size_t i = 0; i < len && t->text_len < TEXT_MAX; i++)
		t->text[t->text_len++] = iscntrl((unsigned char)line[i]) ? ' ' : line[i];
	t->text[t->text_len] = 0;
}

/* One line of a reply: "250-text" goes on, "250 text" ends it. */
static size_t take_line(char *line, size_t one, size_t size, void *arg)
{
	struct talk *t = arg;
	size_t len = size;

	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (t->over || len < 3 || !isdigit((unsigned char)line[0]) ||
		!isdigit((unsigned char)line[1]) || !isdigit((unsigned char)line[2]))
		return size;
	if (!t->more)
		t->text_len = 0;
	t->text[t->text_len] = 0;
	if (len > 4)
		keep_text(t, line + 4, len - 4);
	t->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	t->more = len > 3 && line[3] == '-';
	if (t->more)
		return size;
	t->answered = true;
	if (t->code == 354 && t->phase == PHASE_ENVELOPE)
		enter(t, PHASE_BODY);
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
	if (f->user) {
		curl_easy_setopt(c, CURLOPT_USERNAME, f->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, f->password ? f->password : "");
	}
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, see);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
}

enum err smtp_open(struct scope *sc, const struct smtp_config *c, struct smtp **out)
{
	struct smtp *s;
	const char *url;

	if (str_empty(c->host) || strpbrk(c->host, "/@ \r\n") || c->port < 1 || c->port > 65535)
		return fail(sc, ERR_INPUT, "The mail server's address is not valid");
	if (c->helo && strpbrk(c->helo, "/ \r\n"))
		return fail(sc, ERR_INPUT, "The name for EHLO is not valid");
	url = arena_printf(sc->mem, "smtp://%s:%d/%s", c->host, c->port, c->helo ? c->helo : "");
	pthread_once(&once, init_curl);
	s = calloc(1, sizeof *s);
	if (!s || !(s->curl = curl_easy_init()))
		abort();
	set_server(s->curl, c, url);
	curl_easy_setopt(s->curl, CURLOPT_READDATA, &s->talk);
	curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, &s->talk);
	curl_easy_setopt(s->curl, CURLOPT_DEBUGDATA, &s->talk);
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

static CURLcode perform(struct smtp *s, const char *from, struct curl_slist *to, struct bytes mail)
{
	s->talk = (struct talk){ .mail = mail };
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
		return t->code / 100 == 2   ? SMTP_QUEUED
		       : t->code / 100 == 5 ? SMTP_REFUSED
					    : SMTP_DEFERRED;
	}
	/* A refused greeting or sign-in speaks of us, not of the mail. */
	return t->phase == PHASE_ENVELOPE && t->code / 100 == 5 ? SMTP_REFUSED : SMTP_DEFERRED;
}

/* "5.1.1 …" at the start of a reply. */
static const char *status_of(struct scope *sc, const char *text)
{
	int a, b, c, len = 0;

	if (sscanf(text, "%1d.%3d.%3d%n", &a, &b, &c, &len) < 3 || len == 0)
		return "";
	return arena_copy(sc->mem, text, (size_t)len);
}

static const char *queue_id_of(struct scope *sc, const char *text)
{
	static const char mark[] = "queued as ";
	const char *at = strstr(text, mark);
	size_t len = 0;

	if (!at)
		return NULL;
	at += sizeof mark - 1;
	while (len < 32 && isalnum((unsigned char)at[len]))
		len++;
	return len ? arena_copy(sc->mem, at, len) : NULL;
}

/* The last reply belongs to an earlier step, or there was none. */
static bool is_silent(const struct talk *t)
{
	return t->code == 0 || (t->phase == PHASE_DOT && !t->answered);
}

/* The reply as valid UTF-8, or libcurl's reason where there was none. */
static const char *text_of(struct scope *sc, const struct talk *t, CURLcode code)
{
	char *text;

	if (is_silent(t))
		return arena_text(sc->mem, curl_easy_strerror(code));
	text = arena_copy(sc->mem, t->text, t->text_len);
	if (!str_is_utf8(text, t->text_len))
		for (size_t i = 0; i < t->text_len; i++)
			if ((unsigned char)text[i] >= 0x80)
				text[i] = '?';
	return text;
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
	if (fresh == 0 && t->phase < PHASE_BODY && (t->code == 0 || t->code == 421)) {
		curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, 1L);
		code = perform(s, from, rcpt, mail);
		curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, 0L);
	}
	text = text_of(sc, t, code);
	*r = (struct smtp_result){ .outcome = outcome_of(t),
		.code = is_silent(t) ? 0 : t->code,
		.status = status_of(sc, text),
		.text = text };
	if (r->outcome == SMTP_QUEUED)
		r->queue_id = queue_id_of(sc, text);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	s->talk.mail = (struct bytes){ NULL, 0 };
	return ERR_NONE;
}
