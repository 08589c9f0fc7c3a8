/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* MailU's database as a file: copied while others write, set aside before another version may
   change it, and put back. */
#ifndef MAILU_DATABASE_H
#define MAILU_DATABASE_H

#include "base/scope.h"

#define DATABASE_NAME "data/main.db" /* below MailU's folder */

/* As it is at one moment, by SQLite itself. COPY is made with mode 0600. ERR_MISSING where there is
   none. */
enum err database_copy(struct scope *sc, const char *path, const char *copy) MUST;

/*
 * An upgrade changes the database when it starts, and the version before may not understand what it
 * finds then. So it is set aside under the name of the version that comes; one that is there
 * already is from before and stays. *ASIDE is false where there is no database yet.
 */
enum err database_aside(struct scope *sc, const char *root, const char *version, bool *aside) MUST;
/* Nobody has it open: the one set aside for VERSION takes its place, with its owner. */
enum err database_back(struct scope *sc, const char *root, const char *version) MUST;
/* The version works: what was set aside is no longer wanted. */
void database_forget(struct scope *sc, const char *root, const char *version);

#endif
