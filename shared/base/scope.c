/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/scope.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/id.h"
#include "base/words.h"

void scope_open(struct scope *sc, const struct world *w, const char *kind)
{
	memset(sc, 0, sizeof *sc);
	sc->mem = arena_new();
	sc->world = w;
	sc->kind = kind;
}

void scope_open_for(struct scope *sc, const struct scope *parent, int64_t tenant)
{
	scope_open(sc, parent->world, parent->kind);
	sc->tenant = tenant;
	sc->actor = parent->actor;
	sc->number = parent->number;
}

void scope_close(struct scope *sc)
{
	assert(!sc->writing);
	assert(!sc->db);
	arena_free(TAKE(sc->mem));
}

void scope_system(struct scope *sc)
{
	sc->system = true;
}

static bool is_private(enum err e)
{
	return e == ERR_INTERNAL || e == ERR_UPSTREAM || e == ERR_AWAY;
}

static const char *general_text(const struct scope *sc, enum err e)
{
	if (e == ERR_AWAY)
		return tr(
			sc, "The service cannot do this right now. Please try again in a moment.");
	if (e == ERR_UPSTREAM)
		return tr(
			sc, "Another system did not answer as it should. Please try again later.");
	return tr(sc, "Something went wrong on our side.");
}

__attribute__((format(printf, 4, 0))) static enum err record(
	struct scope *sc, enum err e, const char *field, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	sc->err = e;
	sc->field = arena_text(sc->mem, field);
	sc->why = arena_vprintf(sc->mem, fmt, args);
	if (is_private(e))
		sc->tell = general_text(sc, e);
	else if (sc->lang)
		sc->tell = arena_vprintf(sc->mem, tr(sc, fmt), again);
	else
		sc->tell = sc->why;
	va_end(again);
	return e;
}

enum err fail(struct scope *sc, enum err e, const char *fmt, ...)
{
	va_list args;

	assert(e != ERR_NONE);
	va_start(args, fmt);
	record(sc, e, NULL, fmt, args);
	va_end(args);
	return e;
}

enum err fail_field(struct scope *sc, const char *field, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record(sc, ERR_INPUT, field, fmt, args);
	va_end(args);
	return ERR_INPUT;
}

void scope_clear(struct scope *sc)
{
	sc->err = ERR_NONE;
	sc->why = NULL;
	sc->tell = NULL;
	sc->field = NULL;
}

const char *tr(const struct scope *sc, const char *english)
{
	return words_find(sc->world ? sc->world->words : NULL, sc->lang, english);
}

const char *trn(const struct scope *sc, const char *one, const char *many, int64_t n)
{
	return words_plural(sc->world ? sc->world->words : NULL, sc->lang, one, many, n);
}

struct real now_real(const struct scope *sc)
{
	return clock_real(sc->world->clock);
}

struct plan now_plan(const struct scope *sc)
{
	return clock_plan(sc->world->clock);
}

int64_t new_id(const struct scope *sc)
{
	return id_new(sc->world->ids, now_real(sc).ms);
}
