/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What strangers wrote is taken apart in a child of its own, the program penguin-box beside this
 * one: it gets one mail on its standard input and gives one answer on its standard output. It has
 * no network, no files, no secrets of its parent and little memory and time, so that a hostile mail
 * costs that child and nothing else.
 */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "box/mail.h"

#define BOX_MAX_MAIL (2 * 1024 * 1024) /* a longer one is read this far */
#define BOX_CPU_S    5
#define BOX_WALL_MS  (15 * SECOND_MS)
#define BOX_MEMORY   (256 * 1024 * 1024)

/* The child's exit status for bytes that are no mail at all. */
#define BOX_NO_MAIL 3

/* ERR_INPUT for a mail that the child did not survive, ran out of its limits over, or called none;
   the reason says how it ended. ERR_AWAY when no child can be started: try again. */
enum err box_read_mail(struct scope *sc, struct bytes mail, struct box_mail *m) MUST;

#endif
