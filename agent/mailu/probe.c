/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/probe.h"

#include <dirent.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "mail/build.h"
#include "mailu/dkim.h"
#include "mailu/token.h"
#include "net/smtp.h"

#define MAX_MAIL  (256 * 1024)
#define LOOK_MS   200
#define AGAIN_MS  2000 /* Rspamd takes its time until it takes mails */
#define TIMEOUT_S 30

struct probe {
	const struct stack *stack; /* borrowed */
	const char *address;       /* of sender and recipient; arena, as all below */
	const char *password, *id, *queue_id;
	int64_t began; /* real ms */
	int64_t end;   /* monotonic ms */
};

/* False when it is time to give up. */
static bool wait_a_little(const struct probe *p, int ms)
{
	usleep((useconds_t)ms * 1000);
	return !*p->stack->stop && clock_mono() < p->end;
}

static enum err give_up(struct scope *sc, const struct probe *p, const char *what)
{
	if (*p->stack->stop)
		return fail(sc, ERR_AWAY, "the agent stops");
	return fail(sc, ERR_UPSTREAM, "a test mail %s", what);
}

/* ---- out ---- */

/* CRLF for LF. */
static struct bytes to_wire(struct scope *sc, const struct out *mail)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < mail->len; i++) {
		if (mail->data[i] == '\n')
			out_char(&o, '\r');
		out_char(&o, mail->data[i]);
	}
	return bytes_of(o.data, o.len);
}

static enum err submit(struct scope *sc, struct probe *p, struct smtp *smtp)
{
	const struct mail_parts parts = { .from = p->address,
		.to = p->address,
		.subject = "PenguinMails: test of a new version",
		.message_id = p->id,
		.date = now_real(sc).ms,
		.text = "This mail is removed when it has arrived.\n" };
	struct smtp_result r = { 0 };
	struct out mail;
	enum err e;

	out_init(&mail, sc->mem);
	e = mail_build(sc, &parts, &mail);
	while (!e) {
		e = smtp_send(sc, smtp, p->address, p->address, to_wire(sc, &mail), &r);
		if (e || r.outcome == SMTP_QUEUED)
			break;
		if (r.outcome != SMTP_DEFERRED || !wait_a_little(p, AGAIN_MS))
			return give_up(sc, p,
				arena_printf(sc->mem, "was not taken: %d %s", r.code, r.text));
	}
	p->queue_id = r.queue_id;
	return e;
}

static enum err hand_over(struct scope *sc, struct probe *p)
{
	const struct smtp_config c = { .host = "127.0.0.1",
		.port = p->stack->site->smtp_port,
		.user = p->address,
		.password = p->password,
		.tls = true,
		.unverified = true,
		.timeout_s = TIMEOUT_S };
	struct smtp *smtp;
	enum err e = smtp_open(sc, &c, &smtp);

	if (e)
		return e;
	e = submit(sc, p, smtp);
	smtp_close(smtp);
	return e;
}

/* ---- and back ---- */

/* What was written before we began is not ours, and there may be much of it. */
static bool is_new(const struct probe *p, const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && ((int64_t)st.st_mtim.tv_sec + 1) * SECOND_MS >= p->began;
}

/* The mail where it is in FOLDER; its file goes. */
static const char *take_from(struct scope *sc, const struct probe *p, const char *folder)
{
	const char *path =
		arena_printf(sc->mem, "%s/mail/%s/%s", p->stack->site->root, p->address, folder);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	const char *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		const char *file = arena_printf(sc->mem, "%s/%s", path, entry->d_name), *text;

		if (entry->d_name[0] == '.' || !is_new(p, file))
			continue;
		if (file_text(sc, file, MAX_MAIL, &text)) {
			scope_clear(sc);
			continue;
		}
		if (!strstr(text, p->id))
			continue;
		found = text;
		unlink(file);
	}
	if (dir)
		closedir(dir);
	return found;
}

static enum err await_mail(struct scope *sc, const struct probe *p, const char **mail)
{
	static const char *const folders[] = { "new", "cur", ".Junk/new", ".Junk/cur" };

	for (;;) {
		for (size_t i = 0; i < COUNT(folders); i++)
			if ((*mail = take_from(sc, p, folders[i])))
				return ERR_NONE;
		if (!wait_a_little(p, LOOK_MS))
			return give_up(sc, p, "did not arrive");
	}
}

/* Its file in any folder of the queue, or one level below. */
static bool is_queued(struct scope *sc, const struct probe *p)
{
	static const char *const depths[] = { "*", "*/*" };
	bool there = false;

	for (size_t i = 0; i < COUNT(depths) && !there; i++) {
		const char *pattern = arena_printf(sc->mem, "%s/mailqueue/%s/%s",
			p->stack->site->root, depths[i], p->queue_id);
		glob_t found = { 0 };

		there = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
		globfree(&found);
	}
	return there;
}

static enum err await_queue(struct scope *sc, const struct probe *p)
{
	while (p->queue_id && is_queued(sc, p))
		if (!wait_a_little(p, LOOK_MS))
			return give_up(sc, p, "stays in the queue");
	return ERR_NONE;
}

static enum err check_signature(
	struct scope *sc, const struct api *api, const char *domain, const char *mail)
{
	const char *record, *key, *trouble;
	const struct json *json;
	enum err e =
		api_call(sc, api, "GET", arena_printf(sc->mem, "/domain/%s", domain), NULL, &json);

	if (e)
		return e;
	record = json_text(json, "dns_dkim");
	key = record ? strstr(record, "p=") : NULL;
	if (!key)
		return fail(sc, ERR_UPSTREAM, "MailU shows no DKIM key of %s", domain);
	key += strlen("p=");
	trouble = dkim_trouble(sc, mail, arena_copy(sc->mem, key, strcspn(key, "\"; ")));
	return trouble ? fail(sc, ERR_UPSTREAM, "a test mail's signature: %s", trouble) : ERR_NONE;
}

enum err probe_mail(struct scope *sc, const struct stack *s, const struct api *api,
	const char *domain, const char *tokens)
{
	struct probe p = { .stack = s,
		.address = arena_printf(sc->mem, MAILU_SENDER "@%s", domain),
		.began = now_real(sc).ms,
		.end = clock_mono() + s->site->patience_s * SECOND_MS };
	unsigned char random[12];
	const char *mail;
	enum err e = token_find(sc, tokens, p.address, &p.password);

	rand_bytes(random, sizeof random);
	p.id = arena_printf(
		sc->mem, "probe.%s@%s", str_hex(sc->mem, random, sizeof random), domain);
	if (!e)
		e = hand_over(sc, &p);
	if (!e)
		e = await_mail(sc, &p, &mail);
	if (!e)
		e = check_signature(sc, api, domain, mail);
	return e ? e : await_queue(sc, &p);
}
