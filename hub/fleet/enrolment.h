/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How a planned machine becomes an appliance: a one-time token of 24 hours, bound to it, kept as a
 * hash; and how its certificate is renewed.
 */
#ifndef FLEET_ENROLMENT_H
#define FLEET_ENROLMENT_H

#include "hub.h"
#include "store/db.h"
#include "wire/wire.h"

#define ENROL_TOKEN_MS (24 * HOUR_MS)
#define AGENT_CERT_MS  (90 * DAY_MS)
/* An expired certificate still proves its key this long. */
#define AGENT_GRACE_MS (180 * DAY_MS)

/* Makes the text to paste (enrol_token_put); earlier tokens of this appliance are spent.
   ERR_CONFLICT when it is lost or retired. Shown once. */
enum err enrolment_token(struct scope *sc, int64_t appliance, const char **token) MUST;
/*
 * POST /enrol, in a scope without tenant. Spends the token, signs the CSR, makes or renews the
 * uplink row and the parts link and control. ERR_DENIED for a spent, expired or foreign token,
 * which is logged as enrolment.refused where its appliance is known; ERR_INPUT for a bad CSR, and
 * then the token is not spent.
 */
enum err enrolment_use(
	struct scope *sc, const struct wire_enrol *m, struct wire_enrolled *out) MUST;
/* A new certificate for a living, unrevoked appliance that proved itself to the broker. */
enum err enrolment_renew(
	struct scope *sc, int64_t appliance, const char *csr, struct wire_cert *out) MUST;
/* POST /renew: CERT is the old certificate, expired at most AGENT_GRACE_MS ago and not replaced
   since; SIG its key's signature over the CSR's text. */
enum err enrolment_renew_expired(struct scope *sc, const char *cert, const char *csr,
	struct bytes sig, struct wire_cert *out) MUST;
/* Sets SC's tenant and actor to those of APPLIANCE. ERR_DENIED when it is unknown or revoked. */
enum err enrolment_admit(struct scope *sc, int64_t appliance) MUST;
/* The same for whoever showed CERT (PEM, or NULL) at the agents' door, whose handshake has proved
   its key. ERR_AUTH where there is none, ERR_DENIED where it is foreign, run out or revoked. That
   somebody asks here does not make the appliance heard of: work goes by the broker. */
enum err enrolment_admit_shown(struct scope *sc, const char *cert, int64_t *appliance) MUST;

#endif
