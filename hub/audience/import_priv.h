/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the columns of a file are. */
#ifndef AUDIENCE_IMPORT_PRIV_H
#define AUDIENCE_IMPORT_PRIV_H

#include "audience/import.h"
#include "text/csv.h"

enum import_column {
	COLUMN_EMAIL,
	COLUMN_NAME,
	COLUMN_COMPANY,
	COLUMN_COUNTRY,
	COLUMN_ZONE,
	COLUMN_LANG,
	COLUMN_FIXED, /* how many of them there are */
};

struct import_map {
	int fixed[COLUMN_FIXED]; /* place in the row; -1: not there */
	int first, last;         /* parts of a name, where there is no whole one; -1: not there */
	const char **own;        /* arena; per place: name of the workspace's own field, or NULL */
	size_t count;            /* columns */
};

/* ERR_INPUT about field "file" without an address column, or with one thing twice. */
enum err import_map_read(
	struct scope *sc, const struct csv_row *header, struct import_map *map) MUST;

#endif
