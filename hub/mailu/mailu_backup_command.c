/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_backup_command.h"

#include "base/id.h"
#include "fleet/fleet_command.h"
#include "mailu/mailu_backup.h"

/* Prints the id: what becomes of it the list says. */
enum err mailu_backup_command(struct scope *sc, struct command_line *line)
{
	struct appliance a;
	int64_t id;
	enum err e = appliance_chosen(sc, line, &a);

	if (!e)
		e = mailu_backup_ask(sc, a.id, &id);
	if (!e)
		out_printf(&line->out, "%s\n", id_format(sc->mem, ID_BACKUP, id));
	return e;
}

enum err mailu_backups_command(struct scope *sc, struct command_line *line)
{
	struct mailu_backup *rows;
	struct appliance a;
	char at[32];
	size_t n;
	enum err e = appliance_chosen(sc, line, &a);

	if (!e)
		e = mailu_backup_list(sc, a.id, &rows, &n);
	for (size_t i = 0; !e && i < n; i++)
		out_printf(&line->out, "%s  %s  %lld bytes, %lld files  %s%s%s\n",
			id_format(sc->mem, ID_BACKUP, rows[i].id), clock_iso(rows[i].asked_at, at),
			(long long)rows[i].size, (long long)rows[i].files, rows[i].state,
			rows[i].reason ? ": " : "", rows[i].reason ? rows[i].reason : "");
	return e;
}
