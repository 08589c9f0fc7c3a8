/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Included before every file: calls that have a safer form do not compile. (rand() is missing only
   because OpenSSL's headers name a parameter so; base/rand.h is what we use.) */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atoll gmtime localtime
#pragma GCC poison ctime asctime tmpnam mktemp srand strncpy strncat

#endif
