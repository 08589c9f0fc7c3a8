/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/str.h"
#include "text/url.h"

/* One segment of a pattern: a word, an id (":cmp") or the rest ("*"). */
struct node {
	const char *text; /* arena; the word, or the id's prefix */
	enum { WORD, ID, REST } is;
	struct node **children; /* arena; words by text, then ids, then the rest */
	size_t child_count;
	const struct route **rows; /* arena; one per method */
	size_t row_count;
};

struct table {
	struct arena *mem; /* owned */
	const struct route *routes;
	struct node root;
};

static int node_order(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

	return x->is != y->is ? (int)x->is - (int)y->is : strcmp(x->text, y->text);
}

static void *grow(struct arena *mem, void *old, size_t count, size_t size)
{
	char *list = arena_array(mem, count + 1, size);

	if (count)
		memcpy(list, old, count * size);
	return list;
}

static struct node *child_for(struct table *t, struct node *parent, const char *text, size_t len)
{
	struct node want = { .is = WORD };
	struct node *node;

	if (text[0] == ':') {
		want.is = ID;
		text++;
		len--;
	} else if (len == 1 && text[0] == '*') {
		want.is = REST;
	}
	want.text = arena_copy(t->mem, text, len);
	for (size_t i = 0; i < parent->child_count; i++)
		if (parent->children[i]->is == want.is &&
			str_eq(parent->children[i]->text, want.text))
			return parent->children[i];
	node = arena_copy(t->mem, &want, sizeof want);
	parent->children = grow(t->mem, parent->children, parent->child_count, sizeof node);
	parent->children[parent->child_count++] = node;
	if (parent->child_count > 1)
		qsort(parent->children, parent->child_count, sizeof node, node_order);
	return node;
}

static void add(struct table *t, const struct route *row)
{
	struct node *node = &t->root;
	const char *at = row->pattern;

	assert(row->need != NEED_UNSET && row->need < NEED_MAX && row->run && at[0] == '/');
	while (*at) {
		size_t len = strcspn(++at, "/");

		if (len)
			node = child_for(t, node, at, len);
		at += len;
	}
	for (size_t i = 0; i < node->row_count; i++)
		assert(!str_eq(node->rows[i]->method, row->method));
	node->rows = grow(t->mem, node->rows, node->row_count, sizeof *node->rows);
	node->rows[node->row_count++] = row;
}

struct table *table_new(const struct route *routes)
{
	struct arena *mem = arena_new();
	struct table *t = arena_alloc(mem, sizeof *t);

	t->mem = mem;
	t->routes = routes;
	for (const struct route *row = routes; row->method; row++)
		add(t, row);
	return t;
}

void table_free(struct table *t)
{
	if (t)
		arena_free(t->mem);
}

static const struct node *word_child(const struct node *parent, const char *text)
{
	size_t low = 0, high = parent->child_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct node *node = parent->children[middle];
		int order = node->is == WORD ? strcmp(text, node->text) : -1;

		if (order == 0)
			return node;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct node *id_child(const struct node *parent, const char *text, struct match *m)
{
	for (size_t i = 0; i < parent->child_count; i++) {
		const struct node *node = parent->children[i];
		int64_t id;

		if (node->is != ID || !id_parse(text, node->text, &id))
			continue;
		assert(m->id_count < TABLE_IDS);
		m->ids[m->id_count].prefix = node->text;
		m->ids[m->id_count++].id = id;
		return node;
	}
	return NULL;
}

static const struct node *rest_child(const struct node *parent)
{
	const struct node *last =
		parent->child_count ? parent->children[parent->child_count - 1] : NULL;

	return last && last->is == REST ? last : NULL;
}

static const struct node *walk(
	const struct table *t, struct scope *sc, const char *path, struct match *m)
{
	const struct node *node = &t->root, *next;
	const char *text;

	if (path[0] != '/')
		return NULL;
	while (*path == '/' && path[1]) {
		size_t len = strcspn(++path, "/");

		if (!url_unescape(sc->mem, path, len, false, &text))
			return NULL;
		next = word_child(node, text);
		if (!next)
			next = id_child(node, text, m);
		if (!next) {
			next = len ? rest_child(node) : NULL;
			return next && url_unescape(sc->mem, path, strlen(path), false, &m->rest)
				       ? next
				       : NULL;
		}
		node = next;
		path += len;
	}
	/* "/campaigns/" is not "/campaigns". */
	return *path == 0 || node == &t->root ? node : NULL;
}

static const char *methods_of(struct scope *sc, const struct node *node)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < node->row_count; i++)
		out_printf(&o, "%s%s", i ? ", " : "", node->rows[i]->method);
	return o.data;
}

bool table_find(const struct table *t, struct scope *sc, const char *method, const char *path,
	struct match *m)
{
	const struct node *node;

	memset(m, 0, sizeof *m);
	node = walk(t, sc, path, m);
	if (!node || node->row_count == 0)
		return false;
	if (str_eq(method, "HEAD"))
		method = "GET";
	for (size_t i = 0; i < node->row_count; i++) {
		const struct route *row = node->rows[i];

		if (str_eq(row->method, method))
			m->route = row;
		m->kinds |= 1U << row->kind;
	}
	if (!m->route)
		m->allow = methods_of(sc, node);
	return true;
}

static const struct route *get_of(const struct table *t, const char *pattern, size_t len)
{
	for (const struct route *row = t->routes; row->method; row++)
		if (str_eq(row->method, "GET") && row->kind != DOOR_API &&
			strlen(row->pattern) == len && memcmp(row->pattern, pattern, len) == 0)
			return row;
	return NULL;
}

const struct route *table_page_of(const struct table *t, const char *pattern)
{
	size_t len = strlen(pattern);
	char below[256];
	int n = snprintf(below, sizeof below, "%s/new", pattern);
	const struct route *row =
		n > 0 && (size_t)n < sizeof below ? get_of(t, below, (size_t)n) : NULL;

	if (!row)
		row = get_of(t, pattern, len);
	while (!row && len > 1) {
		while (len > 1 && pattern[len - 1] != '/')
			len--;
		row = --len > 0 ? get_of(t, pattern, len) : NULL;
	}
	return row;
}
