/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The sink's loop: one thread, epoll, as many connections as there are descriptors. */
#ifndef SINK_SERVE_H
#define SINK_SERVE_H

#include "base/scope.h"

struct sink;

struct sink_config {
	const char *host;   /* an IPv4 address */
	int port;           /* 0 takes a free one */
	const char *rules;  /* file; NULL accepts everybody */
	const char *record; /* file */
	const char *mails;  /* folder that keeps each mail, or NULL */
};

/* Listens when it returns. Paths are kept as given: they are read again by sink_reload(). */
enum err sink_open(struct scope *sc, const struct sink_config *c, struct sink **out) MUST;
void sink_close(struct sink *s);
int sink_port(const struct sink *s);
/* Serves until sink_stop(). */
enum err sink_run(struct scope *sc, struct sink *s) MUST;
/* Both may be called from a signal handler or another thread. */
void sink_stop(struct sink *s);
void sink_reload(struct sink *s);

#endif
