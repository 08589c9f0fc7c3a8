/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/http.h"

#include <curl/curl.h>
#include <pthread.h>

#include "base/out.h"

#define TIMEOUT_S   30
#define HEADERS_MAX (32 * 1024)

struct http {
	CURL *curl; /* owned */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		abort();
}

struct http *http_new(void)
{
	struct http *h = calloc(1, sizeof *h);

	pthread_once(&once, init_curl);
	if (!h || !(h->curl = curl_easy_init()))
		abort();
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	free(h);
}

static void free_headers(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

/* What libcurl's callbacks write into. */
struct answering {
	struct scope *sc;
	struct out body;
	size_t max;
	bool too_large;
	size_t header_bytes;
	int64_t retry_after_s;
	const char *etag; /* arena */
};

static size_t take_body(char *data, size_t one, size_t len, void *arg)
{
	struct answering *a = arg;

	if (a->body.len + len > a->max) {
		a->too_large = true;
		return 0;
	}
	out_bytes(&a->body, data, len);
	return len;
}

/* The trimmed value of the header NAME ("etag:"), arena; NULL for another line. */
static const char *value_of(struct answering *a, const char *data, size_t len, const char *name)
{
	size_t skip = strlen(name);

	if (len < skip || strncasecmp(data, name, skip) != 0)
		return NULL;
	return str_trim(a->sc->mem, arena_copy(a->sc->mem, data + skip, len - skip));
}

static size_t take_header(char *data, size_t one, size_t len, void *arg)
{
	struct answering *a = arg;
	const char *value;

	a->header_bytes += len;
	if (a->header_bytes > HEADERS_MAX) {
		a->too_large = true;
		return 0;
	}
	value = value_of(a, data, len, "retry-after:");
	if (value)
		(void)str_int(value, 0, DAY_MS / SECOND_MS, &a->retry_after_s);
	value = value_of(a, data, len, "etag:");
	if (value)
		a->etag = value;
	return len;
}

static struct curl_slist *headers_of(const char *const *headers)
{
	/* No "Expect: 100-continue": it costs a round trip and some servers a second. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (; headers && *headers; headers++)
		list = curl_slist_append(list, *headers);
	return list;
}

static void set_tls(CURL *c, const struct http_request *r)
{
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, r->unverified ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, r->unverified ? 0L : 2L);
	if (r->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file);
	if (r->cert_file) {
		curl_easy_setopt(c, CURLOPT_SSLCERT, r->cert_file);
		curl_easy_setopt(c, CURLOPT_SSLKEY, r->key_file);
	}
}

static void set_request(CURL *c, const struct http_request *r, struct curl_slist *headers)
{
	/* Keeps connections, forgets everything else of the request before. */
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)(r->timeout_s ? r->timeout_s : TIMEOUT_S));
	curl_easy_setopt(c, CURLOPT_USERAGENT, "PenguinMails/" VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (r->body.data) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body.data);
	}
	if (str_eq(r->method, "HEAD"))
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->unix_socket)
		curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, r->unix_socket);
	set_tls(c, r);
}

enum err http_do(
	struct scope *sc, struct http *h, const struct http_request *r, struct http_answer *a)
{
	CLEANUP(free_headers) struct curl_slist *headers = headers_of(r->headers);
	struct answering in = { .sc = sc, .max = r->max_answer };
	char reason[CURL_ERROR_SIZE] = "";
	const char *type = NULL;
	CURLcode code;
	curl_off_t length = -1;
	long status = 0;

	out_init(&in.body, sc->mem);
	set_request(h->curl, r, headers);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &in);
	curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, &in);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, reason);
	code = curl_easy_perform(h->curl);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, NULL);
	if (in.too_large)
		return fail(sc, ERR_LIMIT, "%s: the answer is larger than %zu bytes", r->url,
			r->max_answer);
	if (code != CURLE_OK)
		return fail(sc, ERR_UPSTREAM, "%s: %s", r->url,
			reason[0] ? reason : curl_easy_strerror(code));
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(h->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	*a = (struct http_answer){ .status = (int)status,
		.body = bytes_of(in.body.data, in.body.len),
		.content_type = arena_text(sc->mem, type),
		.retry_after_s = in.retry_after_s,
		.etag = in.etag,
		.length = length };
	return ERR_NONE;
}
