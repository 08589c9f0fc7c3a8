/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One request from its first line to its last byte. For the files of hub/web alone. */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#include "web/request.h"

/* URI is the raw target of the request line. */
struct request *request_new(struct web *w, struct hub *hub, const char *spool_dir,
	struct MHD_Connection *conn, const char *uri);
void request_free(struct request *q);

/* Headers are here: finds the row and weighs the body. Answers only what must not be read. */
enum MHD_Result serve_start(struct request *q, const char *method);
enum MHD_Result serve_body(struct request *q, const char *data, size_t len);
/* All is here: checks, runs the handler, answers. */
enum MHD_Result serve_finish(struct request *q);

/* server.c */
bool web_is_agents(const struct web *w);
void web_count(struct web *w, int status, int64_t us);

#endif
