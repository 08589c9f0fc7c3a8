/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A hub with its authorities, and machines in it. */
#ifndef TESTS_FLEET_KIT_H
#define TESTS_FLEET_KIT_H

#include "crypt/x509.h"
#include "hub_kit.h"
#include "wire/wire.h"

/* kit_hub_store() with a configuration and fleet_start(); SC is a system scope of KIT_TENANT. */
struct hub *fleet_kit_start(struct scope *sc, struct kit *kit);
int64_t fleet_kit_planned(struct scope *sc, const char *name);
int64_t fleet_kit_enrolled(struct scope *sc, const char *name);
/* What a machine with TOKEN sends; *REQUEST gets its key. */
struct wire_enrol fleet_kit_application(
	struct scope *sc, const char *token, struct x509_pair *request);
/* Sends it, in a scope as the agents' door opens one: nobody's. */
enum err fleet_kit_use(struct scope *sc, const struct wire_enrol *m, struct wire_enrolled *out);
/* How many events of KIND there are about SUBJECT. */
int fleet_kit_events(struct scope *sc, int64_t subject, const char *kind);

#endif
