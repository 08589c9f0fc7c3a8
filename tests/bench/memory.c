/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "bench.h"
enum err bench_memory(struct scope *sc, struct bench *b)
{
	(void)sc;
	(void)b;
	return ERR_NONE;
}
