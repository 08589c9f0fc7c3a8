/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A real DNS server for tests: Debian's nsd, on loopback, with the zones it is given. */
#ifndef TESTS_NSD_H
#define TESTS_NSD_H

#include <sys/types.h>

#include "base/scope.h"

struct nsd_zone {
	const char *name; /* "example.test" */
	const char *text; /* its records; SOA and NS are put before them */
};

struct nsd {
	pid_t pid;
	int said;            /* what it logs, held open for it */
	const char *servers; /* arena; for struct dns_options */
};

/* Answers from now on; the test ends when it cannot. */
void nsd_start(struct scope *sc, struct nsd *n, const struct nsd_zone *zones, size_t count);
void nsd_stop(struct nsd *n);

#endif
