/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/str.h"

#include "content/content.h"
#include "content/html.h"

#include "send/render_priv.h"

static enum err compile_part(
	struct scope *sc, struct template *t, const char *text, struct part_template *p)
{
	struct liquid_error error;
	const struct liquid_name *names;
	enum err e = liquid_compile(sc, t->mem, text, &p->liquid, &error);

	if (e)
		return e;
	names = liquid_names(p->liquid, &p->count);
	p->names = arena_array(t->mem, p->count, sizeof *p->names);
	for (size_t i = 0; i < p->count; i++) {
		struct part_name *n = &p->names[i];

		n->name = name_find(t->mem, names[i].name, &n->field, &n->link);
		p->says[n->name] = true;
		t->fields |= n->name == NAME_FIELD;
	}
	return ERR_NONE;
}

enum err template_compile(struct scope *sc, int64_t content, bool tracked, struct template **out)
{
	struct arena *mem;
	struct template *t;
	struct content c;
	const char *text;
	enum err e = content_find(sc, content, &c);

	if (e)
		return e;
	mem = arena_new();
	t = arena_alloc(mem, sizeof *t);
	t->mem = mem;
	t->tenant = sc->tenant;
	t->content = content;
	t->tracked = tracked;
	t->lang = arena_text(mem, c.lang);
	t->own_subject = !str_empty(c.subject);
	e = compile_part(sc, t, c.subject, &t->subject);
	if (!e && !str_empty(c.html))
		e = compile_part(
			sc, t, tracked ? html_with_links(sc->mem, c.html) : c.html, &t->html);
	text = str_empty(c.text) ? html_to_text(sc->mem, c.html) : c.text;
	if (!e)
		e = compile_part(sc, t, text, &t->text);
	if (e)
		template_free(t);
	else
		*out = t;
	return e;
}

void template_free(struct template *t)
{
	if (t)
		arena_free(t->mem);
}
