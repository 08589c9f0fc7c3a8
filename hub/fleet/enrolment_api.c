/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/enrolment_api.h"

#include "fleet/authority.h"
#include "fleet/enrolment.h"
#include "wire/wire.h"

/* Public: whoever joins compares its key with the token before believing it. */
enum err enrol_ca_api(struct scope *sc, struct request *q, const void *input)
{
	const char *pem;
	enum err e = authority_bundle(sc, AUTHORITY_SERVER, &pem);

	if (!e)
		reply_bytes(q, 200, "application/x-pem-file", bytes_of(pem, strlen(pem)));
	return e;
}

static void reply(struct request *q, struct bytes json)
{
	reply_bytes(q, 200, "application/json", json);
}

enum err enrol_api(struct scope *sc, struct request *q, const void *input)
{
	struct wire_enrolled out;
	struct wire_enrol m;
	enum err e = wire_get_enrol(sc, request_body(q), &m);

	if (!e)
		e = enrolment_use(sc, &m, &out);
	if (!e)
		reply(q, wire_put_enrolled(sc, &out));
	return e;
}

enum err enrol_renew_api(struct scope *sc, struct request *q, const void *input)
{
	unsigned char *sig;
	struct wire_cert out;
	struct wire_renew m;
	size_t len;
	enum err e = wire_get_renew(sc, request_body(q), &m);

	if (e)
		return e;
	len = strlen(m.sig) / 2;
	sig = arena_alloc(sc->mem, len);
	if (!str_unhex(m.sig, sig, len))
		return fail_field(sc, "sig", "This is no signature");
	e = enrolment_renew_expired(sc, m.cert, m.csr, bytes_of(sig, len), &out);
	if (!e)
		reply(q, wire_put_cert(sc, &out));
	return e;
}
