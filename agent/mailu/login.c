/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/login.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/str.h"
#include "mailu/token.h"

struct logins {
	char *file;              /* owned */
	struct arena *mem;       /* owned */
	struct token_book book;  /* in MEM */
	struct timespec changed; /* … as it was then */
	ino_t inode;
};

struct logins *logins_new(const char *file)
{
	struct logins *l = calloc(1, sizeof *l);

	if (!l || !(l->file = strdup(file)))
		abort();
	l->mem = arena_new();
	return l;
}

void logins_free(struct logins *l)
{
	if (!l)
		return;
	arena_free(l->mem);
	free(l->file);
	free(l);
}

const char *login_of(struct scope *sc, const char *sender)
{
	size_t local = strcspn(sender, "+@");
	const char *at = strrchr(sender, '@');

	return arena_printf(sc->mem, "%.*s%s", (int)local, sender, at ? at : "");
}

/* Replaced as a whole by whoever writes it, so a new one has another inode. */
static enum err refresh(struct scope *sc, struct logins *l)
{
	struct token_book now;
	struct stat st;
	enum err e;

	if (stat(l->file, &st) != 0)
		return fail(sc, ERR_MISSING, "there are no application passwords yet");
	if (st.st_ino == l->inode && st.st_mtim.tv_sec == l->changed.tv_sec &&
		st.st_mtim.tv_nsec == l->changed.tv_nsec)
		return ERR_NONE;
	e = token_file_read(sc, l->file, &now);
	if (e)
		return e;
	arena_reset(l->mem);
	l->book = (struct token_book){ .list = arena_array(l->mem, now.count, sizeof *now.list) };
	for (size_t i = 0; i < now.count; i++)
		l->book.list[l->book.count++] = (struct token){
			.address = arena_text(l->mem, now.list[i].address),
			.password = arena_text(l->mem, now.list[i].password),
		};
	l->inode = st.st_ino;
	l->changed = st.st_mtim;
	return ERR_NONE;
}

enum err login_find(struct scope *sc, struct logins *l, const char *sender, const char **user,
	const char **password)
{
	const char *whose = login_of(sc, sender);
	enum err e = refresh(sc, l);

	if (e)
		return e;
	for (size_t i = 0; i < l->book.count; i++) {
		if (!str_eq_nocase(l->book.list[i].address, whose))
			continue;
		*user = l->book.list[i].address;
		*password = l->book.list[i].password;
		return ERR_NONE;
	}
	return fail(sc, ERR_MISSING, "%s has no application password yet", whose);
}
