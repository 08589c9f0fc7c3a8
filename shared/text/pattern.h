/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Regular expressions that cannot run away: a match takes at most length of the text times length
 * of the pattern, whatever either says, because all ways are followed at once and none is tried
 * again. For expressions from outside (rules about SMTP replies). ASCII letters match both cases.
 *
 * There is: . [a-z] [^a-z] \d \s \w ( ) | * + ? {n} {n,} {n,m} ^ $ and \ before punctuation. There
 * is not, and is refused: references to groups, looking ahead or behind, any other \letter.
 */
#ifndef TEXT_PATTERN_H
#define TEXT_PATTERN_H

#include "base/scope.h"

#define PATTERN_LENGTH 200  /* bytes of an expression */
#define PATTERN_STEPS  1000 /* of the program made of it */

struct pattern;

/* Arena. ERR_INPUT says what is wrong, and at which byte; ERR_LIMIT when it would be too large. */
enum err pattern_compile(struct scope *sc, const char *text, const struct pattern **p) MUST;
/* TEXT contains a match. */
bool pattern_matches(const struct pattern *p, const char *text);

#endif
