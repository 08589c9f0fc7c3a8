/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One SMTP conversation, without the socket: bytes in, replies out. It reads pipelined commands in
 * order and stops where it must wait: for a delay of the rules, or for the record to be on the disk
 * before the final dot is answered.
 */
#ifndef SINK_SESSION_H
#define SINK_SESSION_H

#include "base/out.h"
#include "base/scope.h"
#include "record.h"
#include "rules.h"

struct session;

/* Both borrowed for the session's life. The greeting is in the output at once. */
struct session *session_new(struct rules *rules, struct record *record);
void session_free(struct session *s);

/* What came from the peer. */
void session_feed(struct session *s, struct bytes data);
/* Works through what was fed until it must wait. NOW is monotonic milliseconds. */
void session_step(struct session *s, int64_t now);
/* Entries were added whose answer waits for record_sync(); session_synced() releases it. */
bool session_waits_for_sync(const struct session *s);
void session_synced(struct session *s);
/* When a delay ends, or 0. */
int64_t session_wakes_at(const struct session *s);

/* Replies not yet sent; session_sent() takes the first LEN away. */
struct bytes session_output(const struct session *s);
void session_sent(struct session *s, size_t len);
/* The connection ends once the output is sent. */
bool session_is_over(const struct session *s);

#endif
