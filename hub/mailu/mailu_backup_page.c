/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_backup_page.h"

#include "base/id.h"
#include "mailu/mailu_backup_api.h"
#include "mailu/mailu_html.h"
#include "text/html.h"

#define MACHINES 200 /* that a backup may be released to */

static enum err go(struct scope *sc, struct request *q, int64_t appliance, const char *toast)
{
	reply_go(sc, q,
		arena_printf(sc->mem, "/appliances/%s/mailu#backups",
			id_format(sc->mem, ID_APPLIANCE, appliance)),
		toast, NULL);
	return ERR_NONE;
}

enum err mailu_backup_ask_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t appliance = request_id(q, ID_APPLIANCE), id;
	enum err e = mailu_backup_ask(sc, appliance, &id);

	return e ? e : go(sc, q, appliance, t("The machine is asked for a backup."));
}

enum err mailu_backup_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailu_backup b;
	struct appliance a, *machines;
	struct backup_view v = { .q = q, .b = &b, .a = &a };
	struct out o;
	enum err e = mailu_backup_find(sc, request_id(q, ID_BACKUP), &b);

	if (!e)
		e = appliance_find(sc, b.appliance, &a);
	if (!e)
		e = appliance_list(sc, NULL, MACHINES, &machines, &v.machine_count);
	if (e)
		return e;
	v.machines = machines;
	v.id = id_format(sc->mem, ID_BACKUP, b.id);
	v.path = arena_printf(sc->mem, "/appliances/%s", id_format(sc->mem, ID_APPLIANCE, a.id));
	out_init(&o, sc->mem);
	backup_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Backup"), .nav = "appliances", .body = &o });
	return ERR_NONE;
}

enum err mailu_backup_release_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailu_backup b;
	enum err e = mailu_backup_find(sc, request_id(q, ID_BACKUP), &b);

	if (!e)
		e = mailu_backup_release(sc, b.id, mailu_backup_form_machine(input));
	if (e)
		return e;
	reply_go(sc, q,
		arena_printf(sc->mem, "/mailu-backups/%s", id_format(sc->mem, ID_BACKUP, b.id)),
		t("For a day, that machine may take it."), NULL);
	return ERR_NONE;
}

enum err mailu_backup_remove_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailu_backup b;
	enum err e = mailu_backup_find(sc, request_id(q, ID_BACKUP), &b);

	if (!e)
		e = mailu_backup_remove(sc, b.id);
	return e ? e : go(sc, q, b.appliance, t("The backup is gone."));
}
