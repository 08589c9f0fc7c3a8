/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "box/mail.h"

#include <stddef.h>
#include <string.h>

#include "text/json.h"

static const char *const kinds[BOX_KINDS] = {
	[BOX_MESSAGE] = "message",
	[BOX_REPLY] = "reply",
	[BOX_AUTO_REPLY] = "auto_reply",
	[BOX_BOUNCE] = "bounce",
	[BOX_COMPLAINT] = "complaint",
};

struct text_field {
	const char *name;
	size_t offset, max;
};

#define TEXT(type, member, max)                                                                    \
	{                                                                                          \
#member, offsetof(struct type, member), max                                        \
	}
static const struct text_field texts[] = {
	TEXT(box_mail, message_id, BOX_MAX_LINE),
	TEXT(box_mail, from, BOX_MAX_LINE),
	TEXT(box_mail, to, BOX_MAX_LINE),
	TEXT(box_mail, subject, BOX_MAX_LINE),
	TEXT(box_mail, sign, BOX_MAX_LINE),
	TEXT(box_mail, original_id, BOX_MAX_LINE),
	TEXT(box_mail, original_sender, BOX_MAX_LINE),
	TEXT(box_mail, envelope_id, BOX_MAX_LINE),
	TEXT(box_mail, text, BOX_MAX_TEXT),
};
static const struct text_field person_texts[] = {
	TEXT(box_recipient, address, BOX_MAX_LINE),
	TEXT(box_recipient, action, BOX_MAX_LINE),
	TEXT(box_recipient, status, BOX_MAX_LINE),
	TEXT(box_recipient, diagnostic, BOX_MAX_LINE),
};

const char *box_kind_name(enum box_kind k)
{
	return (size_t)k < COUNT(kinds) ? kinds[k] : "?";
}

/* ---- writing ---- */

static void put_texts(struct out *o, const struct text_field *list, size_t n, const void *m)
{
	for (size_t i = 0; i < n; i++) {
		const char *text;

		memcpy(&text, (const char *)m + list[i].offset, sizeof text);
		if (text)
			json_add_text(o, list[i].name, text);
	}
}

struct bytes box_mail_put(struct scope *sc, const struct box_mail *m)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "kind", box_kind_name((enum box_kind)m->kind));
	put_texts(&o, texts, COUNT(texts), m);
	json_add_int(&o, "date", m->date);
	json_add_bool(&o, "cut", m->cut);
	json_name(&o, "answers");
	json_open_list(&o);
	for (size_t i = 0; i < m->answer_count; i++)
		json_put_text(&o, m->answers[i]);
	json_close_list(&o);
	json_name(&o, "people");
	json_open_list(&o);
	for (size_t i = 0; i < m->people_count; i++) {
		json_open(&o);
		put_texts(&o, person_texts, COUNT(person_texts), &m->people[i]);
		json_close(&o);
	}
	json_close_list(&o);
	json_close(&o);
	return bytes_of(o.data, o.len);
}

/* ---- reading ---- */

static enum err get_texts(
	struct scope *sc, const struct text_field *list, size_t n, const struct json *json, void *m)
{
	for (size_t i = 0; i < n; i++) {
		const struct json *j = json_get(json, list[i].name);

		if (!j)
			continue;
		if (j->kind != JSON_TEXT || strlen(j->text) > list[i].max)
			return fail_field(sc, list[i].name, "is no text or too long a one");
		memcpy((char *)m + list[i].offset, &j->text, sizeof j->text);
	}
	return ERR_NONE;
}

static enum err get_kind(struct scope *sc, const struct json *json, int64_t *kind)
{
	const char *word = json_text(json, "kind");

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(word, kinds[i])) {
			*kind = (int64_t)i;
			return ERR_NONE;
		}
	return fail_field(sc, "kind", "is none of the known words");
}

static enum err get_answers(struct scope *sc, const struct json *json, struct box_mail *m)
{
	const struct json *list = json_get(json, "answers");

	if (!list || list->kind != JSON_LIST || list->count > BOX_MAX_IDS)
		return fail_field(sc, "answers", "is no list or too long a one");
	m->answers = arena_array(sc->mem, list->count, sizeof *m->answers);
	JSON_EACH(id, list)
	{
		if (id->kind != JSON_TEXT || strlen(id->text) > BOX_MAX_LINE)
			return fail_field(sc, "answers", "holds what is no id");
		m->answers[m->answer_count++] = id->text;
	}
	return ERR_NONE;
}

static enum err get_people(struct scope *sc, const struct json *json, struct box_mail *m)
{
	const struct json *list = json_get(json, "people");
	enum err e = ERR_NONE;

	if (!list || list->kind != JSON_LIST || list->count > BOX_MAX_PEOPLE)
		return fail_field(sc, "people", "is no list or too long a one");
	m->people = arena_array(sc->mem, list->count, sizeof *m->people);
	for (const struct json *p = list->first; p && !e; p = p->next)
		e = p->kind == JSON_OBJECT ? get_texts(sc, person_texts, COUNT(person_texts), p,
						     &m->people[m->people_count++])
					   : fail_field(sc, "people", "holds what is no recipient");
	return e;
}

enum err box_mail_get(struct scope *sc, struct bytes answer, struct box_mail *m)
{
	static const int64_t dates[] = { 0, JSON_WHOLE };
	struct box_mail got = { 0 };
	const struct json *json;
	enum err e = json_parse(sc, answer, BOX_MAX_ANSWER, &json);

	/* A limit is no reason to try again: the child never comes near one. */
	if (e == ERR_LIMIT)
		e = fail(sc, ERR_INPUT, "the child's answer is too long");
	if (!e && json->kind != JSON_OBJECT)
		e = fail(sc, ERR_INPUT, "the answer is no object");
	if (!e)
		e = get_kind(sc, json, &got.kind);
	if (!e)
		e = get_texts(sc, texts, COUNT(texts), json, &got);
	if (!e)
		e = json_need_int(sc, json, "date", dates, &got.date);
	if (!e)
		e = get_answers(sc, json, &got);
	if (!e)
		e = get_people(sc, json, &got);
	if (e)
		return e;
	got.cut = json_bool(json, "cut", false);
	*m = got;
	return ERR_NONE;
}
