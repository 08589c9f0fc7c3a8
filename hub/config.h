/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the operator sets; the table with meaning and limits of each key is config.c. Texts are
   never NULL: "" is not set. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/config.h"

struct config {
	const char *database, *database_owner;
	int64_t database_connections, database_cache_kib;
	const char *master_key_file, *state_dir, *objects_dir;
	const char *listen_http, *listen_cert, *listen_key;
	bool listen_trust_proxy;
	const char *listen_agents, *listen_metrics;
	int64_t threads;
	const char *app_url, *link_url, *agents_url;
	const char *broker_host, *broker_agent_host;
	int64_t broker_port, broker_agent_port;
	const char *dns_servers, *lists_file;
	int64_t clock_rate;
	const char *signup; /* "invite" or "open" */
	const char *smtp_host, *smtp_security, *smtp_user, *smtp_password_file, *smtp_from;
	int64_t smtp_port;
	const char *s3_endpoint, *s3_region, *s3_bucket, *s3_key_id, *s3_secret_file, *s3_ca_file;
	int64_t cell;
	const char *log_level;
};

extern const struct config_table hub_config;

/* Reads PATH and fills in what follows from other keys. */
enum err hub_config_read(struct scope *sc, const char *path, struct config *c) MUST;

#endif
