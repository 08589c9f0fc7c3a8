/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Regular expressions that cannot run away: a match takes at most length of the text times length
 * of the pattern, whatever either says, because all ways are followed at once and none is tried
 * again. For expressions from outside (rules about SMTP replies). ASCII letters match both cases.
 *
 * There is: . [a-z] [^a-z] \d \s \w ( ) | * + ? {n} {n,} {n,m} ^ $ and \ before punctuation. There
 * is not, and is refused: references to groups, looking ahead or behind, any other \letter.
 *
 * Why none of Debian's libraries (each tried on 512 bytes of text): TRE 0.8.0 matches in time that
 * grows as ours, but compiles (((a{1,100}){1,100}){1,100}) in no 20 s, and ([a-z]{1,90}){90}x in
 * 126 MiB; both are refused here. The DFA matcher of PCRE2 10.42 keeps to the memory it is given,
 * but begins anew at every byte: 1.3 s for (.*){50}b, no end within 20 s for
 * (a?){100}(a?){100}(a?){100}b. Here the same take 0.6 ms and 2 ms. RE2 would bring in C++.
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
