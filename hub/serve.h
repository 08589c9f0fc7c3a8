/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The service itself: all doors open until a signal ends it. */
#ifndef SERVE_H
#define SERVE_H

#include "base/command.h"
#include "open.h"

/* Before any thread is started: the signals serve waits for come to it alone, and commits wake
   loops. */
void serve_prepare(struct engine *g);
/* The command. Logs what it does; ends without error when it was told to stop. */
enum err serve(struct scope *sc, struct command_line *line) MUST;

#endif
