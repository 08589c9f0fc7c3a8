/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "garble.h"

#include <stdio.h>
#include <string.h>

#include "base/out.h"
#include "wire/codec.h"

#define RECORDED "tests/unit/shared/wire-1/%s.json"
#define MOST     1000

enum wrong { WRONG_KIND, WRONG_VALUE, WRONG_ABSENT, WRONGS };

struct walk {
	struct out o;
	size_t at, target; /* fields are counted; the one that TARGET names is put wrongly */
	enum wrong wrong;
	bool counts; /* only within the first entry of a list */
	const char *what;
};

struct bytes garble_good(struct scope *sc, enum wire_type type)
{
	FILE *f = fopen(arena_printf(sc->mem, RECORDED, wire_type_name(type)), "r");
	char *data = arena_alloc(sc->mem, 65536);
	size_t n;

	NEED(f != NULL);
	n = fread(data, 1, 65536, f);
	fclose(f);
	while (n && data[n - 1] == '\n')
		n--;
	return bytes_of(data, n);
}

/* ---- a message with one field wrong ---- */

static void put_value(struct out *o, const struct json *v)
{
	switch (v->kind) {
	case JSON_BOOL:
		json_put_bool(o, v->n);
		break;
	case JSON_WHOLE_NUMBER:
		json_put_int(o, v->n);
		break;
	case JSON_TEXT:
		json_put_text(o, v->text);
		break;
	case JSON_LIST:
		json_open_list(o);
		JSON_EACH(item, v)
		put_value(o, item);
		json_close_list(o);
		break;
	case JSON_OBJECT:
		json_open(o);
		JSON_EACH(item, v)
		{
			json_name(o, item->name);
			put_value(o, item);
		}
		json_close(o);
		break;
	default:
		json_put_null(o);
	}
}

/* Of another kind than the field is. */
static void put_other_kind(struct out *o, const struct field *f)
{
	if (f->kind == FIELD_INT)
		json_put_text(o, "7");
	else
		json_put_int(o, 7);
}

static void put_entries(struct out *o, int64_t n)
{
	json_open_list(o);
	for (int64_t i = 0; i < n; i++) {
		json_open(o);
		json_close(o);
	}
	json_close_list(o);
}

static const char *repeat(struct out *o, char c, int64_t n)
{
	char *text = arena_alloc(o->mem, (size_t)n + 1);

	memset(text, c, (size_t)n);
	return text;
}

/* Of its kind, and beyond its limits. False where it has none. */
static bool put_beyond(struct out *o, const struct field *f)
{
	switch (f->kind) {
	case FIELD_BOOL:
		return false;
	case FIELD_INT:
		out_printf(
			o, "%lld", (long long)(f->high < JSON_WHOLE ? f->high + 1 : -1 - f->low));
		return f->high < JSON_WHOLE || f->low >= 0;
	case FIELD_TEXT:
		json_put_text(o, repeat(o, 'a', f->high + 1));
		return true;
	case FIELD_TOKEN:
		json_put_text(o, "two words");
		return true;
	case FIELD_TEXTS:
		json_open_list(o);
		json_put_text(o, "zz");
		json_close_list(o);
		return true;
	case FIELD_LIST:
		put_entries(o, f->high + 1);
		return true;
	default:
		json_put_text(o, "none of these");
		return true;
	}
}

/* False where the field cannot be wrong in this way. */
static bool put_wrong(struct walk *w, const struct field *f)
{
	static const char *const words[] = { "of another kind", "beyond its limits", "missing" };

	w->what = arena_printf(w->o.mem, "%s %s", f->name, words[w->wrong]);
	if (w->wrong == WRONG_ABSENT)
		return !f->optional;
	json_name(&w->o, f->name);
	if (w->wrong == WRONG_VALUE)
		return put_beyond(&w->o, f);
	put_other_kind(&w->o, f);
	return true;
}

static bool put_struct(struct walk *w, const struct message *shape, const struct json *from);

static bool put_list(struct walk *w, const struct field *f, const struct json *v)
{
	bool counted = w->counts, good = true;

	json_open_list(&w->o);
	JSON_EACH(item, v)
	{
		good = put_struct(w, f->of, item) && good;
		w->counts = false;
	}
	json_close_list(&w->o);
	w->counts = counted;
	return good;
}

static bool put_struct(struct walk *w, const struct message *shape, const struct json *from)
{
	bool good = true;

	json_open(&w->o);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		const struct json *v = json_get(from, f->name);

		if (w->counts && w->at++ == w->target) {
			good = put_wrong(w, f);
			continue;
		}
		if (!v)
			continue;
		json_name(&w->o, f->name);
		if (f->kind == FIELD_LIST)
			good = put_list(w, f, v) && good;
		else
			put_value(&w->o, v);
	}
	json_close(&w->o);
	return good;
}

/* ---- all of them ---- */

struct heap {
	struct garbled *list;
	size_t n;
};

static void add(struct heap *h, const char *what, struct bytes payload)
{
	NEED(h->n < MOST);
	h->list[h->n++] = (struct garbled){ what, payload };
}

static void add_text(struct heap *h, const char *what, const char *text)
{
	add(h, what, bytes_of(text, strlen(text)));
}

static void add_broken(struct scope *sc, struct heap *h, struct bytes good)
{
	struct out o;

	add_text(h, "nothing", "");
	add_text(h, "a bracket", "{");
	add_text(h, "null", "null");
	add_text(h, "a list", "[]");
	add_text(h, "no UTF-8", "{\"\xff\xfe\":1}");
	for (size_t part = 1; part < 8; part++)
		add(h, "cut off", bytes_of(good.data, good.len * part / 8));
	add(h, "cut off at its end", bytes_of(good.data, good.len - 1));
	out_init(&o, sc->mem);
	out_bytes(&o, good.data, good.len);
	out_text(&o, "{}");
	add(h, "more behind it", bytes_of(o.data, o.len));
	out_init(&o, sc->mem);
	out_text(&o, "{\"x\":1,\"x\":2,");
	out_bytes(&o, (const char *)good.data + 1, good.len - 1);
	add(h, "a member named twice", bytes_of(o.data, o.len));
	out_init(&o, sc->mem);
	for (int i = 0; i <= JSON_DEPTH; i++)
		out_text(&o, "{\"a\":");
	add(h, "too deep", bytes_of(o.data, o.len));
	out_init(&o, sc->mem);
	out_bytes(&o, good.data, good.len);
	while (o.len <= WIRE_MAX_PACKET)
		out_text(&o, "                                                                ");
	add(h, "too large", bytes_of(o.data, o.len));
}

void garble(struct scope *sc, enum wire_type type, struct garbled **list, size_t *n)
{
	const struct message *shape = wire_shape(type);
	struct bytes good = garble_good(sc, type);
	struct heap h = { arena_array(sc->mem, MOST, sizeof *h.list), 0 };
	const struct json *root;
	size_t fields = 0;

	NEED(shape != NULL);
	OK(json_parse(sc, good, WIRE_MAX_PACKET, &root));
	add_broken(sc, &h, good);
	for (size_t target = 0; target == 0 || target < fields; target++) {
		for (int wrong = 0; wrong < WRONGS; wrong++) {
			struct walk w = {
				.target = target, .wrong = (enum wrong)wrong, .counts = true
			};

			out_init(&w.o, sc->mem);
			if (put_struct(&w, shape, root))
				add(&h, w.what, bytes_of(w.o.data, w.o.len));
			fields = w.at > fields ? w.at : fields;
		}
	}
	*list = h.list;
	*n = h.n;
}
