/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From facts and a compiled content to the bytes of a mail. */
#include <string.h>

#include "base/str.h"

#include "mail/build.h"
#include "text/html.h"

#include "audience/contact.h"
#include "send/render_priv.h"

/* What one rendering needs beside its facts. */
struct filling {
	const struct template *t;
	const struct token_keys *keys;
	const struct mail_facts *f;
	const char *unsubscribe; /* URL; NULL when nobody can leave (a preview without a host) */
};

static const char *link_url(struct scope *sc, const struct filling *fill, const char *base,
	const char *path, const struct token *t)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, base);
	out_text(&o, path);
	out_text(&o, token_put(sc, fill->keys, t));
	return o.data;
}

static const char *tracked_url(struct scope *sc, const struct filling *fill, int64_t link)
{
	const struct mail_facts *f = fill->f;

	return link_url(sc, fill, f->track_base, "/t/c/",
		&(struct token){ TOKEN_CLICK, f->tenant, f->message, (int)link });
}

/* ---- values ---- */

static struct liquid_value first_word(const char *name)
{
	struct liquid_value v = liquid_text(name);

	if (v.type == LIQUID_TEXT) {
		v.text += strspn(v.text, " ");
		v.len = strcspn(v.text, " ");
	}
	return v;
}

static struct liquid_value last_word(const char *name)
{
	const char *blank = name ? strrchr(name, ' ') : NULL;

	return blank ? liquid_text(blank + 1) : (struct liquid_value){ 0 };
}

static struct liquid_value own_field(const struct mail_facts *f, const char *field)
{
	for (size_t i = 0; i < f->value_count; i++)
		if (str_eq(f->values[i].name, field))
			return liquid_text(f->values[i].text);
	return (struct liquid_value){ 0 };
}

static struct liquid_value year_of(int64_t ms)
{
	char iso[25];

	clock_iso(ms, iso);
	return liquid_int((iso[0] - '0') * 1000 + (iso[1] - '0') * 100 + (iso[2] - '0') * 10 +
			  (iso[3] - '0'));
}

static struct liquid_value value_for(
	struct scope *sc, const struct filling *fill, const struct part_name *n)
{
	const struct mail_facts *f = fill->f;

	switch (n->name) {
	case NAME_EMAIL:
		return liquid_text(f->email);
	case NAME_NAME:
		return liquid_text(f->name);
	case NAME_FIRST_NAME:
		return first_word(f->name);
	case NAME_LAST_NAME:
		return last_word(f->name);
	case NAME_COMPANY:
		return liquid_text(f->company);
	case NAME_COUNTRY:
		return liquid_text(f->country);
	case NAME_LANG:
		return liquid_text(f->lang);
	case NAME_FIELD:
		return own_field(f, n->field);
	case NAME_SENDER_NAME:
		return liquid_text(f->sender_name);
	case NAME_SENDER_FIRST_NAME:
		return first_word(f->sender_name);
	case NAME_SENDER_EMAIL:
		return liquid_text(f->sender_email);
	case NAME_WORKSPACE:
		return liquid_text(f->workspace);
	case NAME_TENANT:
		return liquid_text(f->company_name);
	case NAME_POSTAL:
		return liquid_text(f->postal);
	case NAME_UNSUBSCRIBE:
		return liquid_text(fill->unsubscribe);
	case NAME_YEAR:
		return year_of(f->date);
	case NAME_LINK:
		return f->track_base && fill->t->tracked
			       ? liquid_text(tracked_url(sc, fill, n->link))
			       : (struct liquid_value){ 0 };
	default:
		return (struct liquid_value){ 0 };
	}
}

static enum err fill_part(struct scope *sc, const struct filling *fill,
	const struct part_template *p, bool html, struct out *o)
{
	struct liquid_value *values = arena_array(sc->mem, p->count, sizeof *values);
	struct liquid_env env = { .values = values, .html = html, .now = { fill->f->date } };

	for (size_t i = 0; i < p->count; i++)
		values[i] = value_for(sc, fill, &p->names[i]);
	return liquid_render(sc, p->liquid, &env, o);
}

/* ---- parts ---- */

enum err render_subject(struct scope *sc, const struct template *t, const struct mail_facts *f,
	const char **subject)
{
	struct filling fill = { .t = t, .f = f };
	struct out o;
	enum err e;

	out_init(&o, sc->mem);
	if (!t->own_subject && !str_empty(f->first_subject)) {
		if (strncasecmp(f->first_subject, "re:", 3) != 0)
			out_text(&o, "Re: ");
		out_text(&o, f->first_subject);
		*subject = o.data;
		return ERR_NONE;
	}
	e = fill_part(sc, &fill, &t->subject, false, &o);
	if (e)
		return e;
	/* A value may hold line breaks; a subject may not. */
	for (char *p = o.data; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	*subject = str_trim(sc->mem, o.data);
	return ERR_NONE;
}

/* Who sends this and how to make it stop, where the words do not say so themselves. */
static void text_footer(struct scope *sc, const struct filling *fill, struct out *o)
{
	bool postal = !fill->t->text.says[NAME_POSTAL] && !str_empty(fill->f->postal);
	bool leave = !fill->t->text.says[NAME_UNSUBSCRIBE] && fill->unsubscribe;

	if (!postal && !leave)
		return;
	out_text(o, o->len && o->data[o->len - 1] == '\n' ? "\n-- \n" : "\n\n-- \n");
	if (postal)
		out_printf(o, "%s\n", fill->f->postal);
	if (leave)
		out_printf(o, "%s: %s\n", tr(sc, "Unsubscribe"), fill->unsubscribe);
}

static void html_lines(struct out *o, const char *text)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");
		char *line = arena_copy(o->mem, p, n);

		html_text(o, line);
		if (p[n])
			out_text(o, "<br>");
		p += n + (p[n] == '\n');
	}
}

static void html_footer(struct scope *sc, const struct filling *fill, struct out *o)
{
	const struct mail_facts *f = fill->f;
	bool postal = !fill->t->html.says[NAME_POSTAL] && !str_empty(f->postal);
	bool leave = !fill->t->html.says[NAME_UNSUBSCRIBE] && fill->unsubscribe;

	if (postal || leave) {
		out_text(o, "<p style=\"color:#6b7280;font-size:12px;line-height:18px\">");
		if (postal)
			html_lines(o, f->postal);
		if (postal && leave)
			out_text(o, "<br>");
		if (leave) {
			out_text(o, "<a href=\"");
			html_text(o, fill->unsubscribe);
			out_text(o, "\" style=\"color:#6b7280\">");
			html_text(o, tr(sc, "Unsubscribe"));
			out_text(o, "</a>");
		}
		out_text(o, "</p>\n");
	}
	if (f->track_base && f->track_opens)
		out_printf(o, "<img src=\"%s.gif\" width=\"1\" height=\"1\" alt=\"\">\n",
			link_url(sc, fill, f->track_base, "/t/o/",
				&(struct token){ TOKEN_OPEN, f->tenant, f->message, 0 }));
}

/* The last </body>, whatever its case; the end where there is none. */
static size_t body_end(const struct out *o)
{
	for (size_t i = o->len; i >= 7; i--)
		if (o->data[i - 1] == '>' && o->data[i - 7] == '<' &&
			strncasecmp(o->data + i - 7, "</body>", 7) == 0)
			return i - 7;
	return o->len;
}

static enum err fill_html(struct scope *sc, const struct filling *fill, const char **html)
{
	struct out o;
	const char *tail;
	size_t end;
	enum err e;

	out_init(&o, sc->mem);
	e = fill_part(sc, fill, &fill->t->html, true, &o);
	if (e)
		return e;
	end = body_end(&o);
	tail = end < o.len ? arena_text(sc->mem, o.data + end) : "";
	out_cut(&o, end);
	if (o.len && o.data[o.len - 1] != '\n')
		out_char(&o, '\n');
	html_footer(sc, fill, &o);
	out_text(&o, tail);
	*html = o.data;
	return ERR_NONE;
}

static enum err fill_text(struct scope *sc, const struct filling *fill, const char **text)
{
	struct out o;
	enum err e;

	out_init(&o, sc->mem);
	e = fill_part(sc, fill, &fill->t->text, false, &o);
	if (e)
		return e;
	text_footer(sc, fill, &o);
	*text = o.data;
	return ERR_NONE;
}

enum err render_mail(struct scope *sc, const struct template *t, const struct token_keys *keys,
	const struct mail_facts *f, struct rendered *out)
{
	struct filling fill = { .t = t, .keys = keys, .f = f };
	struct rendered r = { .from = f->sender_email, .to = f->to };
	struct mail_parts parts;
	struct out o;
	enum err e;

	if (f->link_base)
		fill.unsubscribe = link_url(sc, &fill, f->link_base, "/u/",
			&(struct token){ TOKEN_UNSUBSCRIBE, f->tenant, f->message, 0 });
	e = render_subject(sc, t, f, &r.subject);
	if (!e && t->html.liquid)
		e = fill_html(sc, &fill, &r.html);
	if (!e)
		e = fill_text(sc, &fill, &r.text);
	if (e)
		return e;
	parts = (struct mail_parts){ .from_name = f->sender_name,
		.from = f->sender_email,
		.to_name = f->to_name,
		.to = f->to,
		.subject = r.subject,
		.message_id = message_rfc_id(sc, f->message, f->domain),
		.in_reply_to = f->thread,
		.date = f->date,
		.unsubscribe = fill.unsubscribe,
		.feedback_id = f->feedback_id,
		.text = r.text,
		.html = r.html };
	out_init(&o, sc->mem);
	e = mail_build(sc, &parts, &o);
	if (e)
		return e;
	r.mail = o.data;
	r.mail_len = o.len;
	*out = r;
	return ERR_NONE;
}
