/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Postfix's socketmap look-ups, turned into questions to admin. A process for each connection. */
#include <curl/curl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "double.h"

#define MAX_ASK 4096

static size_t take(char *data, size_t one, size_t len, void *arg)
{
	out_bytes(arg, data, len);
	return len;
}

static const char *table_path(const char *name)
{
	static const struct {
		const char *name, *path;
	} tables[] = { { "transport", "transport" }, { "alias", "alias" }, { "domain", "domain" },
		{ "mailbox", "mailbox" }, { "senderlogin", "sender/login" },
		{ "senderrate", "sender/rate" } };

	for (size_t i = 0; i < COUNT(tables); i++)
		if (str_eq(tables[i].name, name))
			return tables[i].path;
	return "unknown";
}

/* "table key" becomes "OK value", "NOTFOUND " or "TEMP reason". */
static const char *look_up(struct scope *sc, char *ask)
{
	char *key = strchr(ask, ' ');
	CURL *c = curl_easy_init();
	char *escaped;
	struct out body;
	const struct json *value;
	long status = 0;

	if (!key || !c)
		return "PERM malformed";
	*key++ = 0;
	escaped = curl_easy_escape(c, key, 0);
	out_init(&body, sc->mem);
	curl_easy_setopt(c, CURLOPT_URL,
		arena_printf(sc->mem, "http://admin:8080/internal/postfix/%s/%s", table_path(ask),
			escaped));
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &body);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L);
	if (curl_easy_perform(c) == CURLE_OK)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_free(escaped);
	curl_easy_cleanup(c);
	if (status == 404)
		return "NOTFOUND ";
	if (status != 200 ||
		json_parse(sc, bytes_of(body.data, body.len), MAX_ASK, &value) != ERR_NONE ||
		!value->text)
		return "TEMP admin does not answer";
	return arena_printf(sc->mem, "OK %s", value->text);
}

static void converse(int fd)
{
	const struct clock clock = { .rate = 1 };
	const struct world world = { .clock = &clock };
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char ask[MAX_ASK + 1];
	unsigned len;

	while (in && out && fscanf(in, "%u:", &len) == 1 && len <= MAX_ASK &&
		fread(ask, 1, len, in) == len && fgetc(in) == ',') {
		struct scope sc;
		const char *answer;

		ask[len] = 0;
		scope_open(&sc, &world, "podop");
		answer = look_up(&sc, ask);
		fprintf(out, "%zu:%s,", strlen(answer), answer);
		fflush(out);
		scope_close(&sc);
	}
}

int podop(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), one;

	signal(SIGCHLD, SIG_IGN);
	unlink(path);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0)
		return 1;
	while ((one = accept(fd, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			converse(one);
			_exit(0);
		}
		close(one);
	}
	return 1;
}
