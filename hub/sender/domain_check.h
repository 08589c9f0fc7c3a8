/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Looks a domain's records up and keeps what was found. A domain whose token stands in its DNS is
 * verified, and is nobody else's as long as it stands there. What nobody answered changes nothing.
 */
#ifndef SENDER_DOMAIN_CHECK_H
#define SENDER_DOMAIN_CHECK_H

#include "job/job.h"

/* Calls db_write(): one of the chosen workspace is looked up soon; a stopped one may be used again
   once it has proved itself. */
enum err domain_check_ask(struct scope *sc, int64_t id) MUST;
/* Inside db_write(). */
enum err domain_check_soon(struct scope *sc, int64_t id) MUST;
/* The same for the company's domain NAME, where it has one that is not stopped. */
enum err domain_check_name_soon(struct scope *sc, const char *name) MUST;
/* Looks it up now. J is the job it is a part of, NULL for none. */
enum err domain_check(struct scope *sc, const struct job *j, int64_t id) MUST;

#endif
