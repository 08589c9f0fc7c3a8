/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the page of an appliance's mail server draws; between mailu_page.c and mailu.tmpl. */
#ifndef MAILU_MAILU_HTML_H
#define MAILU_MAILU_HTML_H

#include "fleet/appliance.h"
#include "fleet/check.h"
#include "fleet/part.h"
#include "mailu/mailu_account.h"
#include "mailu/mailu_backup.h"
#include "mailu/selector.h"
#include "web/door.h"
#include "web/part.h"

struct mailu_view {
	const struct request *q;
	const struct appliance *a;
	const char *path; /* of the appliance */
	const struct mailu *m;
	const struct part_row *parts; /* the two */
	size_t part_count;
	const struct machine_check *checks;
	size_t check_count;
	const struct mailu_account *accounts;
	size_t account_count;
	const struct selector_record *keys; /* of the next selector, while there is one */
	size_t key_count;
	const struct wanted *wanted;
	size_t wanted_count;
	const struct mailu_backup *backups;
	size_t backup_count;
};
void mailu_html(struct scope *sc, struct out *o, const struct mailu_view *v);
/* The card of backups. */
void mailu_backups_html(struct scope *sc, struct out *o, const struct mailu_view *v);

struct backup_view {
	const struct request *q;
	const struct mailu_backup *b;
	const char *id;                   /* written with its prefix */
	const struct appliance *a;        /* whose mail server it is of */
	const char *path;                 /* of that */
	const struct appliance *machines; /* that it may be released to */
	size_t machine_count;
};
void backup_html(struct scope *sc, struct out *o, const struct backup_view *v);

#endif
