/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Backups on the page of an appliance's mail server. */
#ifndef MAILU_MAILU_BACKUP_PAGE_H
#define MAILU_MAILU_BACKUP_PAGE_H

#include "web/door.h"

route_fn mailu_backup_page, mailu_backup_ask_page, mailu_backup_release_page,
	mailu_backup_remove_page;

#endif
