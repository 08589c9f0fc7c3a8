/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * HTTP listeners over libmicrohttpd: a pool of threads, each with its own epoll, connections kept
 * alive. A request is routed and weighed at its first call, answered at a later one (answering at
 * the first closes the connection). Its scope lives until the last byte is out.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "hub.h"
#include "web/door.h"

struct web;
struct shell;

enum web_listener {
	WEB_PUBLIC, /* dashboard, API, tracking: routes of every kind but DOOR_AGENT */
	WEB_AGENTS, /* routes of DOOR_AGENT, and nothing else */
};

struct web_config {
	enum web_listener listener;
	const char *listen; /* "127.0.0.1:8080", "[::1]:8080", "*:443"; port 0 takes a free one */
	const char *cert_file; /* PEM; with KEY_FILE serves TLS; NULL for plain HTTP */
	const char *key_file;
	const char *client_ca;      /* PEM text; client certificates are asked for, not demanded */
	const char *spool_dir;      /* where large bodies wait; NULL: /tmp */
	int threads;                /* 0 takes 4 */
	bool trust_proxy;           /* believe X-Forwarded-For: only behind a proxy that sets it */
	const struct route *routes; /* static; ended by a row without method */
	/* Fills what the frame round pages shows of tenants and workspaces, which this folder
	   stands left of; NULL shows none. */
	void (*shell)(struct scope *sc, const struct request *q, struct shell *s);
};

/* Logs its own failure. ERR_INPUT for an address that does not parse, ERR_UPSTREAM when it is
   taken. The first public listener also starts the live hints (hub->live). */
enum err web_start(struct hub *hub, const struct web_config *c, struct web **out) MUST;
/* The port it listens on. */
int web_port(const struct web *w);
/* New certificate files are read for connections from now on. */
enum err web_reload(struct web *w) MUST;
/* Takes no new connection, lets requests in hand end (at most 10 s), stops. Accepts NULL. */
void web_stop(struct web *w);

struct web_stats {
	int64_t requests, refused, failed, open, live;
	int64_t busy_us; /* spent in handlers, in all */
};
void web_stats(const struct web *w, struct web_stats *out);

#endif
