/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "wire/codec.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/id.h"

static atomic_llong unknown_fields;

int64_t wire_unknown_fields(void)
{
	return atomic_load(&unknown_fields);
}

static void *at(const void *m, size_t offset)
{
	return (char *)(uintptr_t)m + offset;
}

static const char *text_at(const void *m, const struct field *f)
{
	return *(const char *const *)at(m, f->offset);
}

static int64_t int_at(const void *m, const struct field *f)
{
	return *(const int64_t *)at(m, f->offset);
}

static size_t count_at(const void *m, const struct field *f)
{
	return *(const size_t *)at(m, f->count_offset);
}

/* ---- writing ---- */

static void put_struct(struct out *o, const struct message *shape, const void *m);

static bool is_absent(const void *m, const struct field *f)
{
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_ID:
	case FIELD_ENUM:
		return int_at(m, f) == 0;
	case FIELD_BOOL:
		return !*(const bool *)at(m, f->offset);
	case FIELD_TEXTS:
	case FIELD_LIST:
		return count_at(m, f) == 0;
	default:
		return !text_at(m, f);
	}
}

static void put_list(struct out *o, const struct field *f, const void *m)
{
	const char *items = *(const char *const *)at(m, f->offset);
	size_t count = count_at(m, f);

	json_open_list(o);
	for (size_t i = 0; i < count; i++) {
		if (f->kind == FIELD_TEXTS)
			json_put_text(o, ((const char *const *)(uintptr_t)items)[i]);
		else
			put_struct(o, f->of, items + i * f->of->size);
	}
	json_close_list(o);
}

static void put_value(struct out *o, const struct field *f, const void *m)
{
	switch (f->kind) {
	case FIELD_INT:
		json_put_int(o, int_at(m, f));
		break;
	case FIELD_BOOL:
		json_put_bool(o, *(const bool *)at(m, f->offset));
		break;
	case FIELD_ID:
		json_put_id(o, f->prefix, int_at(m, f));
		break;
	case FIELD_ENUM:
		assert(int_at(m, f) >= 0 && (size_t)int_at(m, f) < f->name_count);
		json_put_text(o, f->names[int_at(m, f)]);
		break;
	case FIELD_TEXTS:
	case FIELD_LIST:
		put_list(o, f, m);
		break;
	default:
		json_put_text(o, text_at(m, f) ? text_at(m, f) : "");
	}
}

static void put_struct(struct out *o, const struct message *shape, const void *m)
{
	json_open(o);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];

		if (f->optional && is_absent(m, f))
			continue;
		json_name(o, f->name);
		put_value(o, f, m);
	}
	json_close(o);
}

struct bytes codec_put(struct scope *sc, const struct message *shape, const void *m)
{
	struct out o;

	out_init(&o, sc->mem);
	put_struct(&o, shape, m);
	return bytes_of(o.data, o.len);
}

/* ---- reading ---- */

enum err codec_refuse(struct scope *sc, const char *path, const char *name, const char *what)
{
	const char *field = arena_printf(sc->mem, "%s%s%s", path, *path && *name ? "." : "", name);

	return fail_field(sc, field, "%s: %s", field, what);
}

static enum err get_struct(struct scope *sc, const struct message *shape, const char *path,
	const struct json *from, void *m);

static bool is_printable(const char *text, bool ascii)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p <= ' ' || *p == 0x7f || (ascii && *p > 0x7f))
			return false;
	return true;
}

static bool is_hex(const char *text)
{
	return text[strspn(text, "0123456789abcdef")] == 0;
}

static bool is_address(const char *text)
{
	const char *mark = strrchr(text, '@');

	return mark && mark > text && mark[1] && is_printable(text, false) && !strpbrk(text, "<>");
}

/* What is wrong with the text of F, or NULL. */
static const char *text_fault(const struct field *f, const struct json *v)
{
	int64_t len;

	if (v->kind != JSON_TEXT)
		return "must be a text";
	len = (int64_t)strlen(v->text);
	if (len > f->high)
		return "is too long";
	if (len < f->low)
		return "is too short";
	if (f->kind == FIELD_TOKEN && !is_printable(v->text, true))
		return "must be one printable word";
	if (f->kind == FIELD_HEX && !is_hex(v->text))
		return "must be hexadecimal";
	if (f->kind == FIELD_ADDRESS && !is_address(v->text))
		return "must be a mail address";
	return NULL;
}

static const char *get_number(const struct field *f, const struct json *v, int64_t *n)
{
	if (f->kind == FIELD_INT) {
		if (v->kind != JSON_WHOLE_NUMBER || v->n < f->low || v->n > f->high)
			return "must be a whole number within its limits";
		*n = v->n;
		return NULL;
	}
	if (f->kind == FIELD_ID)
		return id_parse(v->text, f->prefix, n) && *n > 0 ? NULL : "must be an id";
	for (size_t i = 0; i < f->name_count; i++) {
		if (f->names[i] && str_eq(f->names[i], v->text)) {
			*n = (int64_t)i;
			return NULL;
		}
	}
	return "is none of the known words";
}

static enum err get_texts(struct scope *sc, const struct field *f, const char *path,
	const struct json *v, const char ***items)
{
	const struct field each = { .kind = FIELD_HEX, .low = f->low, .high = f->low };
	size_t i = 0;

	*items = arena_array(sc->mem, v->count, sizeof **items);
	for (const struct json *item = v->first; item; item = item->next, i++) {
		const char *fault = text_fault(&each, item);

		if (fault)
			return codec_refuse(
				sc, path, arena_printf(sc->mem, "%s[%zu]", f->name, i), fault);
		(*items)[i] = item->text;
	}
	return ERR_NONE;
}

static enum err get_list(
	struct scope *sc, const struct field *f, const char *path, const struct json *v, void *m)
{
	enum err e = ERR_NONE;
	char *items = NULL;
	size_t i = 0;

	if (v->kind != JSON_LIST)
		return codec_refuse(sc, path, f->name, "must be a list");
	if ((int64_t)v->count > f->high)
		return codec_refuse(sc, path, f->name, "has too many entries");
	*(size_t *)at(m, f->count_offset) = v->count;
	if (f->kind == FIELD_TEXTS)
		return get_texts(sc, f, path, v, at(m, f->offset));
	if (v->count)
		items = arena_array(sc->mem, v->count, f->of->size);
	for (const struct json *item = v->first; item && !e; item = item->next, i++)
		e = get_struct(sc, f->of,
			arena_printf(sc->mem, "%s%s%s[%zu]", path, *path ? "." : "", f->name, i),
			item, items + i * f->of->size);
	*(void **)at(m, f->offset) = items;
	return e;
}

static enum err get_value(
	struct scope *sc, const struct field *f, const char *path, const struct json *v, void *m)
{
	const char *fault = NULL;

	switch (f->kind) {
	case FIELD_INT:
	case FIELD_ID:
	case FIELD_ENUM:
		fault = get_number(f, v, at(m, f->offset));
		break;
	case FIELD_BOOL:
		if (v->kind != JSON_BOOL)
			fault = "must be true or false";
		else
			*(bool *)at(m, f->offset) = v->n;
		break;
	case FIELD_TEXTS:
	case FIELD_LIST:
		return get_list(sc, f, path, v, m);
	default:
		fault = text_fault(f, v);
		if (!fault)
			*(const char **)at(m, f->offset) = v->text;
	}
	return fault ? codec_refuse(sc, path, f->name, fault) : ERR_NONE;
}

static void count_unknown(const struct message *shape, const struct json *from)
{
	for (const struct json *v = from->first; v; v = v->next) {
		size_t i = 0;

		while (i < shape->count && !str_eq(shape->fields[i].name, v->name))
			i++;
		if (i == shape->count)
			atomic_fetch_add(&unknown_fields, 1);
	}
}

static enum err get_struct(struct scope *sc, const struct message *shape, const char *path,
	const struct json *from, void *m)
{
	if (from->kind != JSON_OBJECT)
		return codec_refuse(sc, path, "", "must be an object");
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		const struct json *v = json_get(from, f->name);
		enum err e;

		if (!v || v->kind == JSON_NULL) {
			if (f->optional)
				continue;
			return codec_refuse(sc, path, f->name, "is missing");
		}
		e = get_value(sc, f, path, v, m);
		if (e)
			return e;
	}
	count_unknown(shape, from);
	return shape->check ? shape->check(sc, path, m) : ERR_NONE;
}

enum err codec_get(
	struct scope *sc, const struct message *shape, struct bytes payload, size_t max, void *m)
{
	const struct json *root;
	void *copy;
	enum err e;

	if (payload.len > max)
		return fail(
			sc, ERR_INPUT, "a %s of %zu bytes is too large", shape->name, payload.len);
	e = json_parse(sc, payload, max, &root);
	if (e)
		return fail(sc, ERR_INPUT, "%s", sc->why);
	copy = arena_alloc(sc->mem, shape->size);
	e = get_struct(sc, shape, "", root, copy);
	if (!e)
		memcpy(m, copy, shape->size);
	return e;
}
