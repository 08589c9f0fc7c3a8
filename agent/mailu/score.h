/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What this machine's Rspamd thinks of a mail that is not sent yet. */
#ifndef MAILU_SCORE_H
#define MAILU_SCORE_H

#include "base/scope.h"
#include "base/str.h"
#include "net/http.h"

/* ARGS is the command's: {"user", "mail"}, the mail complete, as its sender will hand it in. PORT
   is Rspamd's on loopback. *BODY is for the result: score, required and each symbol's score in
   thousandths, the action by its name. ERR_INPUT for other arguments, ERR_AWAY where nobody
   answers. */
enum err score_ask(
	struct scope *sc, struct http *http, int port, const char *args, const char **body) MUST;
/* The same of Rspamd's ANSWER. ERR_UPSTREAM where it is none. */
enum err score_read(struct scope *sc, struct bytes answer, const char **body) MUST;

#endif
