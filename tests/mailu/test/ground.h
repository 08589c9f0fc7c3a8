/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A MailU of the tests: its site in a folder, the desired parts, and questions to what runs. */
#ifndef TESTS_MAILU_GROUND_H
#define TESTS_MAILU_GROUND_H

#include <stdatomic.h>

#include "kit.h"
#include "mailu/stack.h"

#define OUR_ADDRESS  "198.51.100.10" /* of this machine in its little world */
#define SINK_ADDRESS "198.51.100.25" /* dest.example and other.example */

struct ground {
	struct mailu_site site;
	struct mailu_secrets secrets;
	struct part_mailu part;
	struct part_accounts accounts;
	struct engine *engine; /* owned */
	atomic_bool stop;
	struct stack stack;
	struct scope scope; /* for what reaches into the real clock's world */
	struct clock clock;
	struct world world;
};

/* Nothing runs, nothing is kept from the test before. */
void ground_open(struct scope *sc, struct ground *g);
/* Takes the containers away. */
void ground_close(struct ground *g);
struct mailu_spec ground_spec(struct scope *sc, struct ground *g);
/* The container of SERVICE; fails the test where there is none. */
struct box ground_box(struct scope *sc, struct ground *g, const char *service);
/* FOLDER/PATH of the site. */
const char *ground_path(struct scope *sc, struct ground *g, const char *path);
const char *ground_text(struct scope *sc, struct ground *g, const char *path);

#endif
