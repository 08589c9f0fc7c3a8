/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The files of a MailU, as pure functions of what it shall be: environment, Compose project and
 * overrides. A container is made anew exactly when something it reads has changed: its own
 * variables stand in a file of their own, and a label carries the hash of its overrides, so Compose
 * alone decides what a change touches.
 */
#ifndef MAILU_RENDER_H
#define MAILU_RENDER_H

#include "mailu/spec.h"

#define MAILU_COMPOSE_FILE "compose.json"

struct mailu_file {
	const char *path; /* below the site's root */
	mode_t mode;
	const char *text; /* arena; NULL: the file is not there */
};

/* All files, the project itself last; the same list of paths for every spec. Arena. */
size_t mailu_files(struct scope *sc, const struct mailu_spec *spec, struct mailu_file **out);

/* The parts of it, for tests. */
const char *mailu_env(struct scope *sc, const struct mailu_spec *spec);
const char *mailu_admin_env(struct scope *sc, const struct mailu_spec *spec);
const char *mailu_compose(struct scope *sc, const struct mailu_spec *spec);
const char *mailu_postfix_cf(struct scope *sc, const struct mailu_spec *spec);
const char *mailu_postfix_master(struct scope *sc, const struct mailu_spec *spec);
const char *mailu_transport_map(struct scope *sc, const struct mailu_spec *spec);

/* Postfix's parameters as they must stand after the start: what an override could not say is only a
   line in a log there. Arena. */
size_t mailu_postfix_wants(
	struct scope *sc, const struct mailu_spec *spec, struct part_setting **out);

#endif
