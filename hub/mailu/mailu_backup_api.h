/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Backups of mail servers: the API, and the doors that machines bring and take them through. */
#ifndef MAILU_MAILU_BACKUP_API_H
#define MAILU_MAILU_BACKUP_API_H

#include "web/door.h"

extern const struct form mailu_backup_release_form, mailu_backup_part_form;

/* The machine that the form names. */
int64_t mailu_backup_form_machine(const void *input);

route_fn mailu_backups_api, mailu_backup_ask_api, mailu_backup_find_api, mailu_backup_release_api,
	mailu_backup_remove_api;

/* ---- machines ---- */

route_fn mailu_backup_part_put_api, mailu_backup_stored_api, mailu_backup_offer_api,
	mailu_backup_part_get_api;

#endif
