/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/ip.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* What nobody outside can answer to (RFC 6890). */
static const struct {
	uint32_t net;
	int bits;
} inner[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* shared by a carrier */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa9fe0000, 16 }, /* of one link */
	{ 0xac100000, 12 }, /* private */
	{ 0xc0a80000, 16 }, /* private */
	{ 0xe0000000, 3 },  /* multicast and reserved */
};

const char *ip_parse(struct arena *mem, const char *text)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char b[16];
	char out[INET6_ADDRSTRLEN];
	int family = AF_INET;

	if (!text || inet_pton(AF_INET, text, b) != 1) {
		if (!text || inet_pton(AF_INET6, text, b) != 1)
			return NULL;
		family = memcmp(b, mapped, sizeof mapped) == 0 ? AF_INET : AF_INET6;
		if (family == AF_INET)
			memmove(b, b + sizeof mapped, 4);
	}
	return arena_text(mem, inet_ntop(family, b, out, sizeof out));
}

bool ip_is_v4(const char *ip)
{
	unsigned char b[4];

	return ip && inet_pton(AF_INET, ip, b) == 1;
}

static bool is_inner(uint32_t host)
{
	for (size_t i = 0; i < COUNT(inner); i++)
		if (host >> (32 - inner[i].bits) == inner[i].net >> (32 - inner[i].bits))
			return true;
	return false;
}

bool ip_is_public(const char *ip)
{
	unsigned char b[16];
	uint32_t host;

	if (ip && inet_pton(AF_INET, ip, &host) == 1)
		return !is_inner(ntohl(host));
	/* Global unicast is all of 2000::/3 (RFC 4291 §2.4). */
	return ip && inet_pton(AF_INET6, ip, b) == 1 && (b[0] & 0xe0) == 0x20;
}
