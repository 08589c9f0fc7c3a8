/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The one thread behind all streams of hints. For the files of hub/web alone. */
#ifndef WEB_LIVE_RUN_H
#define WEB_LIVE_RUN_H

#include "web/live.h"
#include "web/request.h"

enum err live_start(struct hub *hub, struct live **out) MUST;
/* Ends every stream and the thread. Accepts NULL. */
void live_stop(struct live *l);
int64_t live_count(struct live *l);
/* The response that streams to Q; NULL when it cannot be made. */
struct MHD_Response *live_response(struct request *q);

#endif
