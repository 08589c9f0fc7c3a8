/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Addresses of the internet as text: one form for each, and which of them the world can reach. */
#ifndef NET_IP_H
#define NET_IP_H

#include <stdbool.h>

#include "base/arena.h"

/* TEXT in the usual form ("2001:db8::1", never with a mapped IPv4 address); NULL when it is none.
 */
const char *ip_parse(struct arena *mem, const char *text);
/* Not private, local, shared by a carrier, multicast or reserved. IP is any text. */
bool ip_is_public(const char *ip);
bool ip_is_v4(const char *ip);

#endif
