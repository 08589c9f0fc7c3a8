/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The agent's configuration: one table, from which come parser, reference and sample. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/config.h"

#define AGENT_CONFIG_FILE "/etc/penguin-agent/agent.conf"

struct agent_config {
	const char *state_dir;
	const char *smtp_host;
	int64_t smtp_port;
	const char *log_file, *log_unit, *log_journal;
	const char *queue_dir;
	const char *addresses;
	const char *hold_command, *hold_sockets;
	int64_t injectors;
	int64_t retry_s, recover_s;
	int64_t metric_s;
	int64_t disk_min_mib;
	bool clock_check;
	const char *broker_host;
	int64_t broker_port;
	const char *listen_metrics;
	const char *log_level;
	const char *docker_socket, *docker_unit;
	const char *mailu_root, *mailu_project, *mailu_org, *mailu_prefix, *mailu_redis;
	int64_t mailu_admin_port, mailu_smtp_port, mailu_imap_port, mailu_scan_port;
	int64_t mailu_patience_s, mailu_check_s, mailu_watch_s;
	const char *inbox_host, *inbox_passwords, *inbox_folders;
	int64_t inbox_port, inbox_s, inbox_idle;
	bool inbox_tls;
};

extern const struct config_table agent_config_table;

/* ERR_INPUT with file:line; texts live in SC's arena. */
enum err agent_config_read(struct scope *sc, const char *path, struct agent_config *c) MUST;

#endif
