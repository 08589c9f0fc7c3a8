/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "notice/notice.h"

#include <sodium.h>
#include <string.h>

#include "base/file.h"
#include "base/id.h"
#include "base/out.h"
#include "config.h"
#include "net/smtp.h"
#include "text/json.h"

#define CONTEXT      "outmail"
#define PASSWORD_MAX 1024
#define JSON_MAX     (64 * 1024)
/* Bytes of a header word and of a body line before base64 makes them four thirds. */
#define WORD_BYTES 42
#define LINE_BYTES 57

SQL(notice_insert, SQL_DIRECTORY, "INSERT INTO outmail (id, sealed, created) VALUES ($1, $2, $3)");
SQL(notice_row, SQL_DIRECTORY, "SELECT sealed FROM outmail WHERE id = $1");
SQL(notice_delete, SQL_DIRECTORY, "DELETE FROM outmail WHERE id = $1");

struct sealed_row {
	struct bytes sealed;
};
SHAPE(sealed_shape, struct sealed_row, COL(struct sealed_row, sealed));

bool notice_is_configured(const struct scope *sc)
{
	const struct config *c = hub_of(sc)->config;

	return c && !str_empty(c->smtp_host) && !str_empty(c->smtp_from);
}

/* ---- the mail's bytes ---- */

static void base64(struct out *o, const char *data, size_t len)
{
	char buf[sodium_base64_ENCODED_LEN(LINE_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(
		buf, sizeof buf, (const unsigned char *)data, len, sodium_base64_VARIANT_ORIGINAL);
	out_text(o, buf);
}

/* A header's text (RFC 2047), cut between characters. */
static void header_text(struct out *o, const char *text)
{
	while (*text) {
		size_t len = strnlen(text, WORD_BYTES);

		while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		out_text(o, "=?UTF-8?B?");
		base64(o, text, len);
		out_text(o, "?=");
		text += len;
		if (*text)
			out_text(o, "\r\n ");
	}
}

static void date(struct out *o, int64_t ms)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAug"
								       "SepOctNovDec";
	time_t at = (time_t)(ms / SECOND_MS);
	struct tm tm;

	gmtime_r(&at, &tm);
	out_printf(o, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * tm.tm_wday,
		tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		tm.tm_sec);
}

static struct bytes compose(struct scope *sc, int64_t id, const struct notice_mail *m)
{
	const char *from = hub_of(sc)->config->smtp_from, *at = strchr(from, '@');
	size_t len = strlen(m->text);
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "From: PenguinMails <%s>\r\nTo: <%s>\r\nSubject: ", from, m->to);
	header_text(&o, m->subject);
	out_text(&o, "\r\n");
	date(&o, now_real(sc).ms);
	out_printf(&o, "Message-ID: <%s@%s>\r\n", id_format(sc->mem, "not", id),
		at ? at + 1 : "localhost");
	out_text(&o, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		     "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n");
	for (size_t i = 0; i < len; i += LINE_BYTES) {
		base64(&o, m->text + i, len - i < LINE_BYTES ? len - i : LINE_BYTES);
		out_text(&o, "\r\n");
	}
	return bytes_of(o.data, o.len);
}

/* ---- taking in ---- */

static struct bytes sealed(struct scope *sc, int64_t id, const struct notice_mail *m)
{
	struct bytes out;
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "to", m->to);
	json_add_text(&o, "subject", m->subject);
	json_add_text(&o, "text", m->text);
	json_close(&o);
	seal(sc, &hub_of(sc)->master, CONTEXT, 0, id, bytes_of(o.data, o.len), &out);
	return out;
}

static enum err write_notice(struct scope *sc, void *arg)
{
	int64_t id = new_id(sc);
	enum err e = db_run(
		sc, &notice_insert, BIND(V(id), V(sealed(sc, id, arg)), V(now_real(sc).ms)), NULL);

	return e ? e : job_now(sc, NOTICE_JOB, id, id_format(sc->mem, "not", id));
}

enum err notice_send(struct scope *sc, const struct notice_mail *m)
{
	enum err e;

	if (!notice_is_configured(sc))
		return fail(sc, ERR_CONFLICT,
			"This installation cannot send mail yet: its operator has not set smtp.host.");
	e = db_write(sc, write_notice, (void *)(uintptr_t)m);
	if (!e)
		job_poke(hub_of(sc)->jobs);
	return e;
}

/* ---- sending ---- */

static enum err read_mail(struct scope *sc, int64_t id, struct notice_mail *m)
{
	const struct json *j;
	struct sealed_row row;
	struct bytes plain;
	enum err e = db_one(sc, &notice_row, BIND(V(id)), &sealed_shape, &row);

	if (!e)
		e = seal_open(sc, &hub_of(sc)->master, CONTEXT, 0, id, row.sealed, &plain);
	if (!e)
		e = json_parse(sc, plain, JSON_MAX, &j);
	if (e)
		return e;
	m->to = json_text(j, "to");
	m->subject = json_text(j, "subject");
	m->text = json_text(j, "text");
	return ERR_NONE;
}

static enum err connect_to(struct scope *sc, struct smtp **s)
{
	const struct config *c = hub_of(sc)->config;
	struct smtp_config sm = { .host = c->smtp_host,
		.port = (int)c->smtp_port,
		.starttls = str_eq(c->smtp_security, "starttls"),
		.tls = str_eq(c->smtp_security, "tls") };
	enum err e = ERR_NONE;

	if (!str_empty(c->smtp_user)) {
		struct bytes password;

		sm.user = c->smtp_user;
		e = file_read(sc, c->smtp_password_file, PASSWORD_MAX, &password);
		if (!e)
			sm.password =
				str_trim(sc->mem, arena_copy(sc->mem, password.data, password.len));
	}
	return e ? e : smtp_open(sc, &sm, s);
}

static void close_smtp(struct smtp **s)
{
	if (*s)
		smtp_close(*s);
}

static enum err write_done(struct scope *sc, void *arg)
{
	const struct job *j = arg;
	enum err e = job_hold(sc, j);

	return e ? e : db_run(sc, &notice_delete, BIND(V(j->subject)), NULL);
}

static enum err attempt(struct scope *sc, struct job *j)
{
	struct smtp *smtp CLEANUP(close_smtp) = NULL;
	struct notice_mail m = { 0 };
	struct smtp_result r;
	enum err e = read_mail(sc, j->subject, &m);

	if (e == ERR_MISSING)
		return ERR_NONE;
	if (!e)
		e = connect_to(sc, &smtp);
	if (!e)
		e = smtp_send(sc, smtp, hub_of(sc)->config->smtp_from, m.to,
			compose(sc, j->subject, &m), &r);
	if (e)
		return e;
	/* A second copy of an invitation does no harm, a lost one does: unknown is tried again. */
	if (r.outcome == SMTP_DEFERRED || r.outcome == SMTP_UNKNOWN)
		return fail(sc, ERR_UPSTREAM, "the mail server answered %d %s", r.code, r.text);
	e = db_write(sc, write_done, j);
	if (!e && r.outcome == SMTP_REFUSED)
		return fail(sc, ERR_INPUT, "the mail server refused with %d", r.code);
	return e;
}

/* What a link in it leads to ends soon: a mail that nobody took is not kept for ever. */
enum err notice_job(struct scope *sc, struct job *j)
{
	enum err e = attempt(sc, j), forgot;
	const char *why;

	if (!e || e == ERR_CONFLICT || !j->last_try)
		return e;
	why = arena_text(sc->mem, sc->why);
	scope_clear(sc);
	forgot = db_write(sc, write_done, j);
	return forgot ? forgot : fail(sc, e, "%s", why);
}
