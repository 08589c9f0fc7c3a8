/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "bench.h"
enum err bench_http(struct scope *sc, struct bench *b)
{
	(void)sc;
	(void)b;
	return ERR_NONE;
}
int bare_http(char **argv) { (void)argv; return 0; }
