/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Certificates and requests as strangers send them: judged, and never more than refused. */
#include "base/clock.h"
#include "crypt/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct clock clock = { 0, 0, 1, NULL, NULL };
	static const struct world world = { .clock = &clock };
	static struct x509_pair ca;
	static struct scope forever;
	struct x509_info info;
	struct scope sc;
	const char *text, *cert;

	if (!ca.cert) {
		scope_open(&forever, &world, "fuzz");
		if (x509_authority(&forever, "fuzz", 0, DAY_MS, &ca))
			return 0;
	}
	scope_open(&sc, &world, "fuzz");
	text = arena_copy(sc.mem, data, size);
	if (x509_sign(&sc, &ca, text, "app_x", 0, DAY_MS, &cert) == ERR_NONE &&
		x509_check(&sc, ca.cert, cert) != ERR_NONE)
		abort();
	if (x509_read(&sc, text, &info) == ERR_NONE)
		(void)x509_names(&sc, text, info.cn);
	if (x509_check(&sc, text, ca.cert) == ERR_NONE)
		(void)x509_verify(&sc, text, bytes_of("x", 1), bytes_of(data, size));
	scope_close(&sc);
	return 0;
}
