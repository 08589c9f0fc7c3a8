/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "config.h"

#include "base/str.h"

#define ROW(key_, type_, member_, def_, min_, max_, words_, help_)                                 \
	{                                                                                          \
		.key = key_, .type = type_, .offset = offsetof(struct agent_config, member_),      \
		.def = def_, .min = min_, .max = max_, .words = words_, .help = help_              \
	}
#define TEXT(key, member, def, help)   ROW(key, CONFIG_TEXT, member, def, 1, 255, NULL, help)
#define PATH(key, member, def, help)   ROW(key, CONFIG_PATH, member, def, 0, 0, NULL, help)
#define LISTEN(key, member, def, help) ROW(key, CONFIG_LISTEN, member, def, 0, 0, NULL, help)
#define FLAG(key, member, def, help)   ROW(key, CONFIG_FLAG, member, def, 0, 0, NULL, help)
#define INT(key, member, def, min, max, help)                                                      \
	ROW(key, CONFIG_INT, member, def, min, max, NULL, help)
#define CHOICE(key, member, def, words, help)                                                      \
	ROW(key, CONFIG_CHOICE, member, def, 0, 0, words, help)

/* clang-format off */
static const struct config_row rows[] = {
	PATH("state_dir", state_dir, "/var/lib/penguin-agent",
		"Folder of the spool, the outbox and this machine's certificate. Never copy it to a second machine."),
	TEXT("smtp.host", smtp_host, "127.0.0.1",
		"The mail server that mails are handed to."),
	INT("smtp.port", smtp_port, "25", 1, 65535,
		"Its port. It must take mail from here without a password."),
	PATH("log.file", log_file, "",
		"Postfix's log. Rotated files are looked for beside it. Where it is not set, the journal is read."),
	TEXT("log.unit", log_unit, "postfix@-.service",
		"The systemd unit whose journal is read when log.file is not set."),
	PATH("log.journal", log_journal, "",
		"Folder of the journal's files; this machine's own where it is not set."),
	PATH("queue_dir", queue_dir, "/var/spool/postfix",
		"Postfix's queue_directory. The agent reads it after a crash, to learn what Postfix already has."),
	ROW("hold.command", CONFIG_TEXT, hold_command, "/usr/sbin/postsuper", 0, 255, NULL,
		"Program that holds and releases mails in Postfix's queue, with its first words: it is given -h or -H, and - for ids on its standard input. Where it is not set, a stop does not reach mails that Postfix has."),
	PATH("hold.sockets", hold_sockets, "/run/penguin-queue",
		"Folder of the sockets hold and release, behind which somebody with the right to it runs that program. Used where they are there, instead of hold.command."),
	TEXT("addresses", addresses, "",
		"Public addresses that mail leaves from, blanks between them; the hub enters them in its inventory. Empty: the one from which the machine reaches the world over IPv4; none: it names none."),
	INT("injectors", injectors, "4", 1, 32,
		"Mails handed over at the same time."),
	INT("retry.seconds", retry_s, "30", 1, 3600,
		"How long a mail waits that the mail server put off."),
	INT("recover.seconds", recover_s, "5", 1, 600,
		"How long a mail whose hand-over broke off is looked for before it is decided."),
	INT("metric.seconds", metric_s, "30", 1, 300,
		"Time between two reports of load, memory and disk."),
	INT("disk.min_mib", disk_min_mib, "64", 1, 1048576,
		"Free space in state_dir below which no work is taken."),
	FLAG("clock.check", clock_check, "yes",
		"Take no work while the kernel says that the clock is not synchronised."),
	TEXT("broker.host", broker_host, "",
		"Use this broker instead of the one the hub named."),
	INT("broker.port", broker_port, "0", 0, 65535,
		"Use this port of the broker instead of the one the hub named; 0 does not."),
	LISTEN("listen.metrics", listen_metrics, "",
		"Plain HTTP for /metrics; off where it is not set."),
	PATH("docker.socket", docker_socket, "/var/run/docker.sock",
		"Where the Docker engine listens. Who may write to it rules the machine."),
	ROW("docker.unit", CONFIG_TEXT, docker_unit, "docker.service", 0, 255, NULL,
		"The engine's unit of systemd: started where it has ended. Where it is not set, or systemd is not there, the engine is only waited for."),
	PATH("mailu.root", mailu_root, "/mailu",
		"Folder of MailU: its configuration, mail, queue and keys. Its parent must exist."),
	TEXT("mailu.project", mailu_project, "mailu",
		"Name of the Compose project, by which its containers are found."),
	TEXT("mailu.org", mailu_org, "ghcr.io/mailu",
		"Registry and organisation of MailU's images."),
	TEXT("mailu.prefix", mailu_prefix, "",
		"Stands before the name of each of MailU's images."),
	TEXT("mailu.redis", mailu_redis, "redis:alpine",
		"Image of Redis."),
	INT("mailu.admin_port", mailu_admin_port, "8880", 1, 65535,
		"Port on loopback of MailU's API. Whoever reaches it can read every private key of MailU."),
	INT("mailu.smtp_port", mailu_smtp_port, "465", 1, 65535,
		"Port on loopback where MailU takes mail."),
	INT("mailu.imap_port", mailu_imap_port, "993", 1, 65535,
		"Port on loopback where mailboxes are read."),
	INT("mailu.scan_port", mailu_scan_port, "11334", 1, 65535,
		"Port on loopback of Rspamd."),
	INT("mailu.patience_seconds", mailu_patience_s, "420", 10, 3600,
		"How long a MailU that was started may take until all of it is healthy."),
	INT("mailu.check_seconds", mailu_check_s, "300", 10, 3600,
		"Time between two looks at MailU's domains and mailboxes, to put right what was changed."),
	INT("mailu.watch_seconds", mailu_watch_s, "10", 1, 300,
		"Time between two looks at MailU's containers; the rest is looked at less often."),
	TEXT("inbox.host", inbox_host, "",
		"The IMAP server whose mailboxes are read for answers and bounces. Where it is not set, MailU's on this machine."),
	INT("inbox.port", inbox_port, "993", 1, 65535,
		"Its port."),
	FLAG("inbox.tls", inbox_tls, "yes",
		"It speaks TLS from the first byte, with a certificate that is checked."),
	PATH("inbox.passwords", inbox_passwords, "",
		"File with the mailboxes: a JSON list of {\"address\", \"password\"}. Where it is not set, those of MailU."),
	TEXT("inbox.folders", inbox_folders, "INBOX Junk",
		"Folders that are read, parted by blanks. Nothing in them is changed."),
	INT("inbox.seconds", inbox_s, "60", 1, 3600,
		"Time between two looks into the mailboxes."),
	INT("inbox.idle", inbox_idle, "4", 0, 64,
		"Mailboxes whose connection stays open between two looks, so that the server tells at once what comes into the first folder, where it can (IDLE). Each costs memory; the others are only looked into."),
	CHOICE("log.level", log_level, "info", "error warning info debug",
		"The least important lines that are logged."),
};
/* clang-format on */

const struct config_table agent_config_table = { rows, COUNT(rows), sizeof(struct agent_config) };

enum err agent_config_read(struct scope *sc, const char *path, struct agent_config *c)
{
	return config_read(sc, &agent_config_table, path, c);
}
