/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * CSV as people's programs write it (RFC 4180 and its neighbours): separator comma, semicolon or
 * tab, quotes with doubled quotes and line breaks inside, LF, CRLF or CR, a byte order mark. Reads
 * a buffer row by row, so that a reader can stop at any row and go on from its offset later.
 */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "base/arena.h"
#include "base/str.h"

#define CSV_MAX_FIELDS 200
#define CSV_MAX_FIELD  4096
#define CSV_MAX_ROW    (64 * 1024)

enum csv_fault {
	CSV_FINE,
	CSV_QUOTE,  /* a quote in the middle of a field, or text after a closing quote */
	CSV_OPEN,   /* a quoted field that never ends */
	CSV_FIELDS, /* more than CSV_MAX_FIELDS */
	CSV_LONG,   /* a field or row beyond its limit */
	CSV_UTF8,   /* not UTF-8, or a NUL */
};
/* English, for reports. */
const char *csv_fault_text(enum csv_fault f);

struct csv {
	struct bytes data; /* borrowed */
	size_t at;         /* offset of the next row */
	int64_t line;      /* number of the line it starts on, from 1 */
	char separator;
};

struct csv_row {
	int64_t line;         /* where it starts */
	enum csv_fault fault; /* not CSV_FINE: fields are not to be used, the next row can be */
	const char **fields;  /* arena of the call */
	size_t count;
};

/* At the first row, behind a byte order mark; the separator is the one the first line has most of.
 */
void csv_open(struct csv *c, struct bytes data);
/* False at the end. Empty lines are skipped. After a fault the reader stands at the next line. */
bool csv_next(struct csv *c, struct arena *mem, struct csv_row *row);

#endif
