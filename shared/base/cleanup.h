/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an arena cannot own (descriptors, library handles) is released when its local leaves scope.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

/* Put on a local: FN gets the address of the variable when it leaves scope. FN accepts NULL inside.
 */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* The value of a pointer variable, which is NULL afterwards: ownership leaves the local. */
#define TAKE(p)                                                                                    \
	__extension__({                                                                            \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

/* The compiler warns when a result that says whether a call worked is dropped. */
#define MUST __attribute__((warn_unused_result))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
