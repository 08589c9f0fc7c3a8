/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/imap.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>

#include "base/out.h"
#include "net/imap_reply.h"

#define TIMEOUT_S  30
#define MAX_FOLDER 100

struct imap {
	CURL *curl;        /* owned */
	struct arena *mem; /* owned; of what came and was not taken yet */
	struct out in;
	int timeout_s, tags;
	char tag[16];
	bool news; /* something came into the folder since it was looked into */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		abort();
}

static void set_server(CURL *c, const struct imap_config *f, const char *url)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "imap,imaps");
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)(f->timeout_s ? f->timeout_s : TIMEOUT_S));
	curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(c, CURLOPT_USERNAME, f->user);
	curl_easy_setopt(c, CURLOPT_PASSWORD, f->password);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, f->unverified ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, f->unverified ? 0L : 2L);
	/* Unasked, the system's authorities are read for an unverified server too: a megabyte. */
	if (f->ca_file || f->unverified)
		curl_easy_setopt(c, CURLOPT_CAINFO, f->ca_file);
	if (f->unverified)
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
}

enum err imap_open(struct scope *sc, const struct imap_config *c, struct imap **out)
{
	struct imap *m;
	CURLcode code;

	if (str_empty(c->host) || strpbrk(c->host, "/@ \r\n") || c->port < 1 || c->port > 65535)
		return fail(sc, ERR_INPUT, "The mail server's address is not valid");
	pthread_once(&once, init_curl);
	m = calloc(1, sizeof *m);
	if (!m || !(m->curl = curl_easy_init()))
		abort();
	m->mem = arena_new();
	out_init(&m->in, m->mem);
	m->timeout_s = c->timeout_s ? c->timeout_s : TIMEOUT_S;
	set_server(m->curl, c,
		arena_printf(sc->mem, "%s://%s:%d/", c->tls ? "imaps" : "imap", c->host, c->port));
	code = curl_easy_perform(m->curl);
	if (code == CURLE_OK) {
		*out = m;
		return ERR_NONE;
	}
	imap_close(m);
	return fail(sc, code == CURLE_LOGIN_DENIED ? ERR_AUTH : ERR_UPSTREAM, "%s:%d: %s", c->host,
		c->port, curl_easy_strerror(code));
}

void imap_close(struct imap *m)
{
	if (!m)
		return;
	curl_easy_cleanup(m->curl);
	arena_free(m->mem);
	free(m);
}

/* ---- bytes ---- */

int imap_socket(const struct imap *m)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(m->curl, CURLINFO_ACTIVESOCKET, &fd);
	return fd;
}

static enum err wait_for(struct scope *sc, struct imap *m, short what)
{
	struct pollfd p = { .fd = imap_socket(m), .events = what };

	return poll(&p, 1, m->timeout_s * 1000) > 0
		       ? ERR_NONE
		       : fail(sc, ERR_UPSTREAM, "the IMAP server does not answer");
}

static enum err send_line(struct scope *sc, struct imap *m, const char *line)
{
	size_t len = strlen(line), at = 0, n;
	enum err e = ERR_NONE;

	while (at < len && !e) {
		CURLcode code = curl_easy_send(m->curl, line + at, len - at, &n);

		if (code == CURLE_OK)
			at += n;
		else if (code == CURLE_AGAIN)
			e = wait_for(sc, m, POLLOUT);
		else
			e = fail(sc, ERR_UPSTREAM, "IMAP: %s", curl_easy_strerror(code));
	}
	return e;
}

/* What is there; *N is 0 where nothing is yet. */
static enum err receive_some(struct scope *sc, struct imap *m, size_t *n)
{
	char buf[4096];
	CURLcode code = curl_easy_recv(m->curl, buf, sizeof buf, n);

	if (code == CURLE_AGAIN) {
		*n = 0;
		return ERR_NONE;
	}
	if (code != CURLE_OK || *n == 0)
		return fail(sc, ERR_UPSTREAM, "the IMAP server hung up");
	out_bytes(&m->in, buf, *n);
	return ERR_NONE;
}

static enum err receive(struct scope *sc, struct imap *m)
{
	size_t n = 0;
	enum err e = receive_some(sc, m, &n);

	return e || n ? e : wait_for(sc, m, POLLIN);
}

/* ---- responses ---- */

/* Everything up to here was understood. */
static void drop(struct imap *m, size_t len)
{
	memmove(m->in.data, m->in.data + len, m->in.len - len);
	out_cut(&m->in, m->in.len - len);
	if (m->in.len == 0) {
		arena_reset(m->mem);
		out_init(&m->in, m->mem);
	}
}

static enum err begin(struct scope *sc, struct imap *m, const char *command)
{
	snprintf(m->tag, sizeof m->tag, "P%d", ++m->tags);
	return send_line(sc, m, arena_printf(sc->mem, "%s %s\r\n", m->tag, command));
}

/* What an untagged response means to whoever asked. */
typedef void see_reply(struct scope *sc, const struct imap_reply *r, void *arg);

/* One response, if it is there; its literal is copied for whoever sees it. *END is its letter when
   it is ours, '+' when the server waits for more. */
static enum err take(struct scope *sc, struct imap *m, size_t max, see_reply *see, void *arg,
	char *end, bool *whole)
{
	struct imap_reply r;
	enum imap_take t = imap_reply_take(sc->mem, bytes_of(m->in.data, m->in.len), max, &r);

	*whole = t == IMAP_WHOLE;
	if (t == IMAP_BROKEN)
		return fail(sc, ERR_UPSTREAM, "the IMAP server says what cannot be understood");
	if (t == IMAP_MORE)
		return ERR_NONE;
	*end = imap_is_go_on(&r) ? '+' : imap_tagged(&r, m->tag);
	m->news = m->news || imap_is_exists(&r);
	if (imap_is_untagged(&r) && see)
		see(sc, &r, arg);
	drop(m, r.len);
	return ERR_NONE;
}

static enum err next(
	struct scope *sc, struct imap *m, size_t max, see_reply *see, void *arg, char *end)
{
	bool whole = false;
	enum err e = take(sc, m, max, see, arg, end, &whole);

	while (!e && !whole) {
		e = receive(sc, m);
		if (!e)
			e = take(sc, m, max, see, arg, end, &whole);
	}
	return e;
}

static enum err command(
	struct scope *sc, struct imap *m, const char *what, see_reply *see, void *arg, size_t max)
{
	enum err e = begin(sc, m, what);
	char end = 0;

	while (!e && !end)
		e = next(sc, m, max, see, arg, &end);
	if (!e && end != 'O')
		e = fail(sc, end == 'N' ? ERR_MISSING : ERR_UPSTREAM, "the IMAP server refuses %s",
			what);
	return e;
}

/* ---- commands ---- */

static void see_folder(struct scope *sc, const struct imap_reply *r, void *arg)
{
	struct imap_folder *f = arg;
	int64_t validity = imap_code(r, "UIDVALIDITY"), uid = imap_code(r, "UIDNEXT");

	f->validity = validity ? validity : f->validity;
	f->next = uid ? uid : f->next;
}

enum err imap_examine(struct scope *sc, struct imap *m, const char *folder, struct imap_folder *out)
{
	struct imap_folder f = { 0 };
	enum err e;

	if (str_empty(folder) || strlen(folder) > MAX_FOLDER || strpbrk(folder, "\"\\\r\n"))
		return fail(sc, ERR_INPUT, "no folder has this name");
	e = command(sc, m, arena_printf(sc->mem, "EXAMINE \"%s\"", folder), see_folder, &f, 0);
	/* What it says here is what there is. */
	m->news = false;
	if (!e && !f.validity)
		e = fail(sc, ERR_UPSTREAM, "the IMAP server does not say UIDVALIDITY");
	if (!e)
		*out = f;
	return e;
}

struct listing {
	int64_t least;
	int64_t *uids; /* arena */
	size_t n;
};

static void see_search(struct scope *sc, const struct imap_reply *r, void *arg)
{
	struct listing *l = arg;
	size_t most = strlen(r->line) / 2;
	int64_t *uids = arena_array(sc->mem, most, sizeof *uids);
	size_t n = 0;

	if (!imap_search(r, l->least, most, uids, &n))
		return;
	l->uids = uids;
	l->n = n;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

enum err imap_list(
	struct scope *sc, struct imap *m, int64_t least, size_t most, int64_t *uids, size_t *n)
{
	struct listing l = { .least = least };
	enum err e =
		command(sc, m, arena_printf(sc->mem, "UID SEARCH UID %lld:*", (long long)least),
			see_search, &l, 0);

	if (e)
		return e;
	if (l.n)
		qsort(l.uids, l.n, sizeof *l.uids, by_number);
	*n = l.n < most ? l.n : most;
	for (size_t i = 0; i < *n; i++)
		uids[i] = l.uids[i];
	return ERR_NONE;
}

struct fetching {
	int64_t uid;
	struct bytes mail; /* arena; data NULL until it came */
};

static void see_fetch(struct scope *sc, const struct imap_reply *r, void *arg)
{
	struct fetching *f = arg;

	if (r->literal.data && imap_is_fetch(r, f->uid))
		f->mail = bytes_of(
			arena_copy(sc->mem, r->literal.data, r->literal.len), r->literal.len);
}

enum err imap_fetch(struct scope *sc, struct imap *m, int64_t uid, size_t max, struct bytes *mail)
{
	struct fetching f = { .uid = uid };
	enum err e = command(sc, m,
		arena_printf(
			sc->mem, "UID FETCH %lld (UID BODY.PEEK[]<0.%zu>)", (long long)uid, max),
		see_fetch, &f, max);

	if (!e && !f.mail.data)
		e = fail(sc, ERR_MISSING, "the mail is gone");
	if (!e)
		*mail = f.mail;
	return e;
}

/* ---- new mail is told of ---- */

static void see_capability(struct scope *sc, const struct imap_reply *r, void *arg)
{
	bool *can = arg;

	*can = *can || imap_is_capable(r, "IDLE");
}

enum err imap_can_idle(struct scope *sc, struct imap *m, bool *can)
{
	*can = false;
	return command(sc, m, "CAPABILITY", see_capability, can, 0);
}

enum err imap_idle(struct scope *sc, struct imap *m)
{
	enum err e = begin(sc, m, "IDLE");
	char end = 0;

	while (!e && !end)
		e = next(sc, m, 0, NULL, NULL, &end);
	if (!e && end != '+')
		e = fail(sc, ERR_UPSTREAM, "the IMAP server refuses IDLE");
	return e;
}

enum err imap_idle_look(struct scope *sc, struct imap *m, bool *news)
{
	bool whole = true;
	size_t n = 0;
	char end = 0;
	enum err e;

	do
		e = receive_some(sc, m, &n);
	while (!e && n);
	while (!e && whole && !end)
		e = take(sc, m, 0, NULL, NULL, &end, &whole);
	if (!e && end)
		e = fail(sc, ERR_UPSTREAM, "the IMAP server ended IDLE by itself");
	*news = m->news;
	m->news = false;
	return e;
}

enum err imap_idle_end(struct scope *sc, struct imap *m)
{
	enum err e = send_line(sc, m, "DONE\r\n");
	char end = 0;

	while (!e && !end)
		e = next(sc, m, 0, NULL, NULL, &end);
	if (!e && end != 'O')
		e = fail(sc, ERR_UPSTREAM, "the IMAP server refuses to end IDLE");
	return e;
}
