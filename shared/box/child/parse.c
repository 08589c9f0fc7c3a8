/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A mail is walked once, so deep and so wide as mails of people and machines are; what lies beyond
 * is not looked at. What it is, is decided at the end: a complaint before a bounce, a bounce before
 * a machine's answer, that before a person's.
 */
#include "box/child/parse.h"

#include <gmime/gmime.h>
#include <iconv.h>
#include <string.h>

#include "base/out.h"
#include "box/child/tidy.h"
#include "mail/auto_reply.h"
#include "mail/report.h"

#define MAX_DEPTH  16
#define MAX_PARTS  200
#define MAX_REPORT (256 * 1024) /* bytes of a report's part */

struct reading {
	struct scope *sc;
	struct box_mail *m;
	GMimeMessage *mail;
	int parts;
	GMimeObject *plain, *html; /* of the mail; the first of each */
	bool failed;               /* somebody's mail was given up */
	bool status;               /* it is a delivery status notification */
	const char *feedback;      /* its type, where it is a feedback report */
};

/* The character sets that mails are written in. */
static const char *const charsets[] = { "ISO-8859-1", "ISO-8859-2", "ISO-8859-5", "ISO-8859-9",
	"ISO-8859-15", "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1254", "KOI8-R",
	"UTF-16", "ISO-2022-JP", "SHIFT_JIS", "GB18030", "BIG5", "EUC-KR" };

/* A converter stays loaded while one descriptor of it is open. */
void parse_prepare(void)
{
	static iconv_t kept[COUNT(charsets)];

	g_mime_init();
	for (size_t i = 0; i < COUNT(charsets); i++)
		if (!kept[i])
			kept[i] = iconv_open("UTF-8", charsets[i]);
}

/* ---- what a part holds ---- */

static void unref(GObject **object)
{
	if (*object)
		g_object_unref(*object);
}

static struct bytes content_of(struct reading *r, GMimeObject *part)
{
	GMimeDataWrapper *wrapper =
		GMIME_IS_PART(part) ? g_mime_part_get_content((GMimePart *)part) : NULL;
	CLEANUP(unref) GObject *stream = (GObject *)g_mime_stream_mem_new();
	GByteArray *data;

	if (!wrapper || g_mime_data_wrapper_write_to_stream(wrapper, (GMimeStream *)stream) < 0)
		return bytes_of("", 0);
	data = g_mime_stream_mem_get_byte_array((GMimeStreamMem *)stream);
	if (data->len > MAX_REPORT)
		r->m->cut = true;
	return bytes_of(
		arena_copy(r->sc->mem, data->data, data->len > MAX_REPORT ? MAX_REPORT : data->len),
		data->len > MAX_REPORT ? MAX_REPORT : data->len);
}

static const char *line_of(struct reading *r, const char *text)
{
	return tidy_line(r->sc->mem, text, BOX_MAX_LINE, &r->m->cut);
}

static const char *without_brackets(struct reading *r, const char *text)
{
	const char *line = line_of(r, text);
	size_t n = line ? strlen(line) : 0;

	if (n >= 2 && line[0] == '<' && line[n - 1] == '>')
		return arena_copy(r->sc->mem, line + 1, n - 2);
	return line;
}

/* ---- reports ---- */

static void keep_person(struct reading *r, const struct report_group *g)
{
	const char *whom = report_value(g, "Original-Recipient");
	const char *diagnostic = report_value(g, "Diagnostic-Code");
	const char *status = report_value(g, "Status");
	struct box_recipient *p;

	if (r->m->people_count == BOX_MAX_PEOPLE) {
		r->m->cut = true;
		return;
	}
	if (str_empty(whom))
		whom = report_value(g, "Final-Recipient");
	p = &r->m->people[r->m->people_count++];
	*p = (struct box_recipient){ line_of(r, report_typed(whom)),
		line_of(r, report_value(g, "Action")),
		report_status(r->sc->mem, status ? status : diagnostic), line_of(r, diagnostic) };
	r->failed = r->failed || str_eq_nocase(p->action, "failed");
}

/* RFC 3464: one group about the mail, then one for each recipient. */
static void read_status(struct reading *r, struct bytes text)
{
	struct report_group *g = arena_alloc(r->sc->mem, sizeof *g);
	size_t at = 0;

	r->status = true;
	while (report_next(r->sc->mem, text, &at, g)) {
		const char *envelope = report_value(g, "Original-Envelope-Id");
		const char *sender = report_value(g, "X-Postfix-Sender");

		if (envelope)
			r->m->envelope_id = line_of(r, envelope);
		if (sender)
			r->m->original_sender = without_brackets(r, report_typed(sender));
		if (report_value(g, "Action"))
			keep_person(r, g);
	}
}

static void read_feedback(struct reading *r, struct bytes text)
{
	struct report_group *g = arena_alloc(r->sc->mem, sizeof *g);
	size_t at = 0;
	const char *sender;

	if (!report_next(r->sc->mem, text, &at, g))
		return;
	r->feedback = line_of(r, report_value(g, "Feedback-Type"));
	sender = report_value(g, "Original-Mail-From");
	if (sender)
		r->m->original_sender = without_brackets(r, sender);
	if (report_value(g, "Original-Envelope-Id"))
		r->m->envelope_id = line_of(r, report_value(g, "Original-Envelope-Id"));
}

static void keep_original(struct reading *r, const char *id, const char *sender)
{
	if (id && !r->m->original_id)
		r->m->original_id = tidy_one_id(r->sc->mem, id);
	if (sender && !r->m->original_sender)
		r->m->original_sender = without_brackets(r, sender);
}

static void read_headers(struct reading *r, struct bytes text)
{
	struct report_group *g = arena_alloc(r->sc->mem, sizeof *g);
	size_t at = 0;

	if (report_next(r->sc->mem, text, &at, g))
		keep_original(r, report_value(g, "Message-ID"), report_value(g, "Return-Path"));
}

/* ---- the walk ---- */

typedef void read_part(struct reading *r, struct bytes text);
static const struct {
	const char *type, *subtype;
	read_part *read;
} reports[] = {
	{ "message", "delivery-status", read_status },
	{ "message", "global-delivery-status", read_status },
	{ "message", "feedback-report", read_feedback },
	{ "text", "rfc822-headers", read_headers },
	{ "message", "global-headers", read_headers },
};

static bool is_attachment(GMimeObject *part)
{
	GMimeContentDisposition *d = g_mime_object_get_content_disposition(part);

	return d && g_mime_content_disposition_is_attachment(d);
}

static void see_part(struct reading *r, GMimeObject *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);

	for (size_t i = 0; i < COUNT(reports); i++)
		if (g_mime_content_type_is_type(type, reports[i].type, reports[i].subtype)) {
			reports[i].read(r, content_of(r, part));
			return;
		}
	if (is_attachment(part) || !GMIME_IS_TEXT_PART(part))
		return;
	if (!r->plain && g_mime_content_type_is_type(type, "text", "plain"))
		r->plain = part;
	else if (!r->html && g_mime_content_type_is_type(type, "text", "html"))
		r->html = part;
}

static void walk(struct reading *r, GMimeObject *part, int depth);

static void walk_all(struct reading *r, GMimeMultipart *parts, int depth)
{
	int n = g_mime_multipart_get_count(parts);

	for (int i = 0; i < n && r->parts < MAX_PARTS; i++)
		walk(r, g_mime_multipart_get_part(parts, i), depth + 1);
}

/* A mail inside: what it is about, where this is a report. */
static void see_message(struct reading *r, GMimeMessagePart *part)
{
	GMimeMessage *inside = g_mime_message_part_get_message(part);

	if (inside)
		keep_original(r, g_mime_object_get_header((GMimeObject *)inside, "Message-ID"),
			g_mime_object_get_header((GMimeObject *)inside, "Return-Path"));
}

static void walk(struct reading *r, GMimeObject *part, int depth)
{
	if (++r->parts >= MAX_PARTS || depth > MAX_DEPTH) {
		r->m->cut = true;
		return;
	}
	if (GMIME_IS_MULTIPART(part))
		walk_all(r, (GMimeMultipart *)part, depth);
	else if (GMIME_IS_MESSAGE_PART(part))
		see_message(r, (GMimeMessagePart *)part);
	else if (part)
		see_part(r, part);
}

/* ---- what the mail itself says ---- */

static const char *header(void *arg, const char *name)
{
	const struct reading *r = arg;

	return g_mime_object_get_header((GMimeObject *)r->mail, name);
}

static const char *first_address(struct reading *r, InternetAddressList *list)
{
	InternetAddress *a = list && internet_address_list_length(list) > 0
				     ? internet_address_list_get_address(list, 0)
				     : NULL;

	return a && INTERNET_ADDRESS_IS_MAILBOX(a)
		       ? without_brackets(
				 r, internet_address_mailbox_get_addr((InternetAddressMailbox *)a))
		       : NULL;
}

/* The envelope's recipient, by the header that the last server put on top. */
static const char *delivered_to(struct reading *r)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To", "Envelope-To" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!str_empty(header(r, names[i])))
			return without_brackets(r, header(r, names[i]));
	return first_address(r, g_mime_message_get_to(r->mail));
}

static void keep_answers(struct reading *r)
{
	const char *at = header(r, "In-Reply-To"), *id, *refs[BOX_MAX_IDS];
	struct box_mail *m = r->m;
	size_t n = 0;

	m->answers = arena_array(r->sc->mem, BOX_MAX_IDS, sizeof *m->answers);
	while (m->answer_count < 4 && (id = tidy_id(r->sc->mem, &at)))
		m->answers[m->answer_count++] = id;
	at = header(r, "References");
	while ((id = tidy_id(r->sc->mem, &at)))
		refs[n++ % BOX_MAX_IDS] = id;
	for (size_t left = n < BOX_MAX_IDS ? n : BOX_MAX_IDS; left && m->answer_count < BOX_MAX_IDS;
		left--)
		m->answers[m->answer_count++] = refs[--n % BOX_MAX_IDS];
}

static void keep_headers(struct reading *r)
{
	struct box_mail *m = r->m;
	GDateTime *date = g_mime_message_get_date(r->mail);
	int64_t at = date ? g_date_time_to_unix(date) : 0;

	m->message_id = tidy_one_id(r->sc->mem, header(r, "Message-ID"));
	m->from = first_address(r, g_mime_message_get_from(r->mail));
	m->to = delivered_to(r);
	m->subject = line_of(r, g_mime_message_get_subject(r->mail));
	m->date = at > 0 && at < INT32_MAX ? at * SECOND_MS : 0;
	keep_answers(r);
}

static const char *words_of(struct reading *r, GMimeObject *part)
{
	char *text = part ? g_mime_text_part_get_text((GMimeTextPart *)part) : NULL;
	const char *copy = arena_text(r->sc->mem, text);

	g_free(text);
	return copy;
}

static void keep_text(struct reading *r)
{
	const char *words = words_of(r, r->plain);

	if (str_empty(words) && r->html) {
		words = words_of(r, r->html);
		words = tidy_html(r->sc->mem, words ? words : "", 4 * BOX_MAX_TEXT);
	}
	r->m->text = tidy_text(r->sc->mem, words, BOX_MAX_TEXT, &r->m->cut);
}

/* ---- what it is ---- */

/* Bounces from before there were reports, and of those that never learnt them. */
static bool is_old_bounce(struct reading *r)
{
	static const char *const subjects[] = { "undeliver", "delivery status notification",
		"failure notice", "returned mail", "mail delivery failed", "delivery failure",
		"unzustellbar", "nicht zustellbar" };
	const char *path = header(r, "Return-Path"), *from = r->m->from;
	bool machine = str_eq(path ? str_trim(r->sc->mem, path) : NULL, "<>") ||
		       (from && (strncasecmp(from, "mailer-daemon@", 14) == 0 ||
					strncasecmp(from, "postmaster@", 11) == 0));

	for (size_t i = 0; machine && r->m->subject && i < COUNT(subjects); i++)
		if (strcasestr(r->m->subject, subjects[i]))
			return true;
	return false;
}

/* The line of the text that says why: the first with a status of a final failure. */
static void read_old_bounce(struct reading *r)
{
	const char *line = r->m->text,
		   *id = r->m->text ? strcasestr(r->m->text, "message-id:") : NULL;

	for (size_t n; line && *line; line += n + (line[n] == '\n')) {
		const char *one, *status;

		n = strcspn(line, "\n");
		one = arena_copy(r->sc->mem, line, n);
		status = report_status(r->sc->mem, one);
		if (!status || status[0] != '5')
			continue;
		r->m->people[r->m->people_count++] = (struct box_recipient){
			.action = "failed", .status = status, .diagnostic = line_of(r, one)
		};
		break;
	}
	if (id)
		keep_original(r,
			arena_copy(r->sc->mem, id + strlen("message-id:"),
				strcspn(id + strlen("message-id:"), "\n")),
			NULL);
}

static void decide(struct reading *r)
{
	struct box_mail *m = r->m;

	if (r->feedback && !str_eq_nocase(r->feedback, "not-spam")) {
		m->kind = BOX_COMPLAINT;
		m->sign = r->feedback;
	} else if (r->failed) {
		m->kind = BOX_BOUNCE;
	} else if (!r->status && is_old_bounce(r)) {
		read_old_bounce(r);
		m->kind = m->people_count ? BOX_BOUNCE : BOX_AUTO_REPLY;
		m->sign = m->people_count ? NULL : "subject";
	} else {
		m->sign = r->status || r->feedback ? "report"
						   : line_of(r, auto_reply_sign(r->sc->mem, header,
									r, m->subject, m->text));
		m->kind = m->sign ? BOX_AUTO_REPLY : m->answer_count ? BOX_REPLY : BOX_MESSAGE;
	}
}

/* ---- all of it ---- */

static void read_mail(struct reading *r)
{
	keep_headers(r);
	walk(r, g_mime_message_get_mime_part(r->mail), 0);
	keep_text(r);
	decide(r);
}

enum err parse_mail(struct scope *sc, struct bytes mail, struct box_mail *m)
{
	CLEANUP(unref)
	GObject *stream = (GObject *)g_mime_stream_mem_new_with_buffer(mail.data, mail.len);
	CLEANUP(unref)
	GObject *parser = (GObject *)g_mime_parser_new_with_stream((GMimeStream *)stream);
	CLEANUP(unref)
	GObject *message = (GObject *)g_mime_parser_construct_message((GMimeParser *)parser, NULL);
	struct box_mail got = { 0 };
	struct reading r = { .sc = sc, .m = &got, .mail = (GMimeMessage *)message };

	if (!message || !g_mime_message_get_mime_part(r.mail))
		return fail(sc, ERR_INPUT, "these bytes are no mail");
	got.people = arena_array(sc->mem, BOX_MAX_PEOPLE, sizeof *got.people);
	read_mail(&r);
	*m = got;
	return ERR_NONE;
}
