/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Random bytes from the kernel. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *data, size_t len);
/* Even over 0..BOUND-1; BOUND at least 1. */
int64_t rand_below(int64_t bound);

#endif
