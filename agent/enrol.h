/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How this machine joins its hub, and keeps its certificate fresh. Files in state_dir, 0600, each
 * replaced whole: agent.pem (certificate and key in one, so that they always fit), ca.pem, seal.key
 * (hex of the X25519 pair), link.json (the part `link`), appliance (its id as text, written last:
 * without it the machine is not enrolled), next.key (a key waiting for its certificate).
 */
#ifndef ENROL_H
#define ENROL_H

#include "base/scope.h"
#include "base/str.h"
#include "wire/wire.h"

struct identity {
	int64_t appliance;
	const char *id; /* arena; "app_…": topic level and client id */
	const char *ca_file, *cert_file, *key_file; /* arena; paths; the last two are one file */
	int64_t cert_from, cert_until;              /* real ms */
	unsigned char seal_public[32], seal_secret[32];
	struct part_link link; /* as enrolled, or as the newest part said */
};

/* `penguin-agent enrol TOKEN`: checks the hub's authority against the token before anything is
   sent, makes the keys, and stores what comes back. ERR_CONFLICT when STATE_DIR already belongs to
   another appliance and FORCE is not set. *OUT is what the files now say. */
enum err enrol(struct scope *sc, const char *state_dir, const char *token, bool force,
	struct identity *out) MUST;
/* Reads the files. ERR_MISSING when this machine is not enrolled. */
enum err enrol_load(struct scope *sc, const char *state_dir, struct identity *out) MUST;
/* The part `link` changed: keep it, and its ca, for the next start. */
enum err enrol_keep_link(
	struct scope *sc, const char *state_dir, const struct part_link *link) MUST;

/* Its certificate has lived through a third of its time. */
bool renew_is_due(const struct scope *sc, const struct identity *id);
/* A new key, kept beside the old one until its certificate comes, and the CSR to publish. */
enum err renew_ask(struct scope *sc, const char *state_dir, struct wire_csr *out) MUST;
/* The answer over MQTT: checks that it fits the waiting key, then replaces key and certificate. */
enum err renew_take(struct scope *sc, const char *state_dir, const struct wire_cert *m,
	struct identity *out) MUST;
/* Over HTTPS, with proof of the old key, when the certificate has run out. */
enum err renew_expired(struct scope *sc, const char *state_dir, struct identity *out) MUST;

#endif
