/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "people/account_command.h"

#include "base/file.h"
#include "base/id.h"
#include "people/account.h"
#include "text/json.h"

const struct command_option user_add_options[] = {
	{ "email", "ADDRESS", true, "The address to sign in with; it counts as proved." },
	{ "name", "NAME", true, "The person's name." },
	{ "password-file", "FILE", true, "A file with the password." },
	{ "staff", NULL, false, "The person operates this installation." },
	{ 0 },
};

static enum err read_password(struct scope *sc, const struct command_line *line, const char **text)
{
	return file_text(sc, command_option(line, "password-file"), PASSWORD_MAX + 2, text);
}

enum err user_add(struct scope *sc, struct command_line *line)
{
	struct account_new a = { .email = command_option(line, "email"),
		.name = command_option(line, "name"),
		.staff = command_has(line, "staff"),
		.verified = true };
	int64_t id;
	enum err e = read_password(sc, line, &a.password);

	if (!e)
		e = account_check_password(sc, a.password, a.email);
	if (!e)
		e = account_add(sc, &a, &id);
	if (!e)
		out_printf(&line->out, "%s\n", id_format(sc->mem, ID_ACCOUNT, id));
	return e;
}

const struct command_option user_password_options[] = {
	{ "email", "ADDRESS", true, "Whose." },
	{ "password-file", "FILE", true, "A file with the new password." },
	{ 0 },
};

enum err user_password(struct scope *sc, struct command_line *line)
{
	const char *email = command_option(line, "email"), *password;
	struct account a;
	enum err e = read_password(sc, line, &password);

	if (!e)
		e = account_check_password(sc, password, email);
	if (!e)
		e = account_find_email(sc, email, &a);
	if (e == ERR_MISSING)
		return fail(sc, e, "nobody has the address %s", email);
	return e ? e : account_set_password(sc, a.id, password, 0);
}

const struct command_option user_list_options[] = {
	{ "json", NULL, false, "As JSON." },
	{ 0 },
};

static void put_json(struct out *o, const struct account *a)
{
	json_open(o);
	json_add_id(o, "id", ID_ACCOUNT, a->id);
	json_add_text(o, "email", a->email);
	json_add_text(o, "name", a->name);
	json_add_text(o, "state", a->state);
	json_add_bool(o, "staff", a->staff);
	json_add_time(o, "created", a->created);
	json_close(o);
}

enum err user_list(struct scope *sc, struct command_line *line)
{
	struct out *o = &line->out;
	struct account *rows;
	size_t n;
	enum err e = account_list(sc, &rows, &n);

	if (e)
		return e;
	if (command_has(line, "json")) {
		json_open_list(o);
		for (size_t i = 0; i < n; i++)
			put_json(o, &rows[i]);
		json_close_list(o);
		out_char(o, '\n');
		return ERR_NONE;
	}
	for (size_t i = 0; i < n; i++)
		out_printf(o, "%s\t%s\t%s\t%s%s\n", id_format(sc->mem, ID_ACCOUNT, rows[i].id),
			rows[i].email, rows[i].name, rows[i].state, rows[i].staff ? " staff" : "");
	return ERR_NONE;
}
