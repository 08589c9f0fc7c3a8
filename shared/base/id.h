/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Ids: 63 bits that grow with time: 41 of milliseconds, 4 of cell, 6 of process, 12 of counter.
 * They never go back within a generator, whatever the clock does. Outside the program they are
 * written with a three-letter prefix and base32 ("cmp_01h2…"), so that no JSON number carries one.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct id_gen;

/* CELL 0..15, PROCESS 0..63. Safe to share between threads. */
struct id_gen *id_gen_new(unsigned cell, unsigned process);
void id_gen_free(struct id_gen *g);
int64_t id_new(struct id_gen *g, int64_t real_ms);
/* The id a thing named by (TENANT, ORIGIN, KEY) always gets, so that a restored hub makes the same
   again. The top bit pattern keeps it apart from no other id: uniqueness is the table's to hold. */
int64_t id_derive(int64_t tenant, const char *origin, const char *key);
/* The same in a place that all parts of WHOLE share: their ids lie side by side in every index, so
   that what is reported of them touches few pages, however much else is stored. */
int64_t id_derive_in(int64_t tenant, int64_t whole, const char *origin, const char *key);
/* In the place of OTHER; as id_derive() where OTHER was made by that. */
int64_t id_derive_beside(int64_t tenant, int64_t other, const char *origin, const char *key);

/* The three letters, without the underscore. One row per kind of thing that is ever shown. */
#define ID_ACCOUNT    "acc"
#define ID_ADDRESS    "adr"
#define ID_APPLIANCE  "app"
#define ID_BACKUP     "bkp"
#define ID_CAMPAIGN   "cmp"
#define ID_COMMAND    "cmd"
#define ID_CONTACT    "con"
#define ID_CONTENT    "cnt"
#define ID_CREDENTIAL "crd"
#define ID_DOMAIN     "dom"
#define ID_ENROLMENT  "enr"
#define ID_EPOCH      "epo"
#define ID_IMPORT     "imp"
#define ID_JOB        "job"
#define ID_LETTER     "let"
#define ID_MAILBOX    "mbx"
#define ID_MESSAGE    "msg"
#define ID_NODE       "nod"
#define ID_OBJECT     "obj"
#define ID_RAMP       "rmp"
#define ID_ROLE       "rol"
#define ID_TENANT     "ten"
#define ID_WORKSPACE  "wsp"

/* PREFIX, underscore and 13 characters of lower-case base32 (Crockford's letters). */
char *id_format(struct arena *mem, const char *prefix, int64_t id);
/* False unless TEXT is exactly what id_format writes for PREFIX. */
bool id_parse(const char *text, const char *prefix, int64_t *id);

#endif
