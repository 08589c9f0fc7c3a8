/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_backup_page.h"

#include "base/id.h"
#include "mailu/mailu_backup.h"
#include "mailu/mailu_backup_api.h"
#include "text/html.h"

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

enum err mailu_backup_release_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailu_backup b;
	enum err e = mailu_backup_find(sc, request_id(q, ID_BACKUP), &b);

	if (!e)
		e = mailu_backup_release(sc, b.id, mailu_backup_form_machine(input));
	return e ? e : go(sc, q, b.appliance, t("For a day, that machine may take it."));
}

enum err mailu_backup_remove_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailu_backup b;
	enum err e = mailu_backup_find(sc, request_id(q, ID_BACKUP), &b);

	if (!e)
		e = mailu_backup_remove(sc, b.id);
	return e ? e : go(sc, q, b.appliance, t("The backup is gone."));
}
