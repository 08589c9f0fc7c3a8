/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a process may no longer do before it reads what strangers wrote. First cage_limit(): little
 * memory and time, no descriptors but the first three, no other processes, death with its parent.
 * Then, when libraries have read what they need, cage_lock(): from there on the kernel lets it
 * compute, read, write and end. Both are for good.
 */
#ifndef BOX_CAGE_H
#define BOX_CAGE_H

#include <stdbool.h>

/* False where the kernel refuses, with errno. */
bool cage_limit(void);
bool cage_lock(void);

#endif
