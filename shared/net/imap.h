/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reading mailboxes over IMAP: libcurl connects, makes TLS and signs in; the few commands after
 * that are ours, because libcurl's own FETCH would mark mail as read. Nothing here can change a
 * mailbox: it is opened by EXAMINE.
 */
#ifndef NET_IMAP_H
#define NET_IMAP_H

#include "base/scope.h"
#include "base/str.h"

struct imap; /* one connection; not shared between threads */

struct imap_config {
	const char *host;
	int port;
	bool tls;        /* from the first byte (port 993) */
	bool unverified; /* on loopback, where the certificate is for another name */
	const char *ca_file;
	const char *user, *password;
	int timeout_s; /* for each answer; 0 means 30 */
};

struct imap_folder {
	int64_t validity; /* UIDs mean the same while this stays the same */
	int64_t next;     /* no mail has this UID or a higher one yet; 0 where nobody says */
};

/* ERR_AUTH when the server refuses the password, ERR_UPSTREAM when it cannot be reached. */
enum err imap_open(struct scope *sc, const struct imap_config *c, struct imap **out) MUST;
/* Accepts NULL. */
void imap_close(struct imap *m);
/* Looks into a folder. ERR_MISSING when there is none of this name. */
enum err imap_examine(
	struct scope *sc, struct imap *m, const char *folder, struct imap_folder *out) MUST;
/* UIDs of the folder from LEAST on, ascending, at most MOST. */
enum err imap_list(struct scope *sc, struct imap *m, int64_t least, size_t most, int64_t *uids,
	size_t *n) MUST;
/* The first MAX bytes of a mail, arena. ERR_MISSING when it is gone. */
enum err imap_fetch(
	struct scope *sc, struct imap *m, int64_t uid, size_t max, struct bytes *mail) MUST;

/* ---- new mail is told of (RFC 2177) ---- */

/* Whether the server offers it. */
enum err imap_can_idle(struct scope *sc, struct imap *m, bool *can) MUST;
/* From here on the server says what comes into the folder that was looked into last; nothing else
   may be asked until imap_idle_end(). Servers hang up after half an hour of it. */
enum err imap_idle(struct scope *sc, struct imap *m) MUST;
/* To poll for what it says. */
int imap_socket(const struct imap *m);
/* Takes what it has said, without waiting: *NEWS where something came since the folder was looked
   into. ERR_UPSTREAM when it has hung up. */
enum err imap_idle_look(struct scope *sc, struct imap *m, bool *news) MUST;
enum err imap_idle_end(struct scope *sc, struct imap *m) MUST;

#endif
