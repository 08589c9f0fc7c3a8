/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/id.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTER_BITS 12
#define PLACE_BITS   10 /* cell and process */
#define DIGITS       13

/* An id in a place: the bit that id_derive() leaves clear, which of a thousand places, and its own.
 */
#define PLACED   (INT64_C(1) << 62)
#define OWN_BITS 52
#define OWN      ((INT64_C(1) << OWN_BITS) - 1)

struct id_gen {
	pthread_mutex_t lock;
	int64_t place; /* cell and process, in position */
	int64_t last;  /* milliseconds and counter of the last id, as one number */
};

struct id_gen *id_gen_new(unsigned cell, unsigned process)
{
	struct id_gen *g = calloc(1, sizeof *g);

	assert(cell < 16 && process < 64);
	if (!g)
		abort();
	pthread_mutex_init(&g->lock, NULL);
	g->place = (int64_t)(cell << 6 | process) << COUNTER_BITS;
	return g;
}

void id_gen_free(struct id_gen *g)
{
	if (!g)
		return;
	pthread_mutex_destroy(&g->lock);
	free(g);
}

int64_t id_new(struct id_gen *g, int64_t real_ms)
{
	int64_t tick = real_ms << COUNTER_BITS;
	int64_t time, count;

	pthread_mutex_lock(&g->lock);
	/* A clock that stands or went back only moves the counter; an overflow borrows from time.
	 */
	if (tick <= g->last)
		tick = g->last + 1;
	g->last = tick;
	pthread_mutex_unlock(&g->lock);
	time = tick >> COUNTER_BITS;
	count = tick & ((1 << COUNTER_BITS) - 1);
	return (time & ((INT64_C(1) << 41) - 1)) << (PLACE_BITS + COUNTER_BITS) | g->place | count;
}

int64_t id_derive(int64_t tenant, const char *origin, const char *key)
{
	crypto_generichash_state state;
	unsigned char hash[16];
	uint64_t id = 0;

	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	crypto_generichash_update(&state, (const unsigned char *)&tenant, sizeof tenant);
	crypto_generichash_update(&state, (const unsigned char *)origin, strlen(origin) + 1);
	crypto_generichash_update(&state, (const unsigned char *)key, strlen(key) + 1);
	crypto_generichash_final(&state, hash, sizeof hash);
	for (int i = 0; i < 8; i++)
		id = id << 8 | hash[i];
	/* 62 bits: the value keeps clear of 0 and of the sign. */
	return (int64_t)((id >> 2) | 1);
}

int64_t id_derive_in(int64_t tenant, int64_t whole, const char *origin, const char *key)
{
	char text[24];
	int64_t place;

	snprintf(text, sizeof text, "%lld", (long long)whole);
	place = id_derive(tenant, "place", text);
	return PLACED | (place & ~OWN) | (id_derive(tenant, origin, key) & OWN);
}

int64_t id_derive_beside(int64_t tenant, int64_t other, const char *origin, const char *key)
{
	int64_t id = id_derive(tenant, origin, key);

	return other & PLACED ? (other & ~OWN) | (id & OWN) : id;
}

static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

char *id_format(struct arena *mem, const char *prefix, int64_t id)
{
	char *text = arena_alloc(mem, strlen(prefix) + 1 + DIGITS + 1);
	char *p = text;

	for (; *prefix; prefix++)
		*p++ = *prefix;
	*p++ = '_';
	for (int i = DIGITS - 1; i >= 0; i--)
		*p++ = letters[id >> (5 * i) & 31];
	return text;
}

bool id_parse(const char *text, const char *prefix, int64_t *id)
{
	size_t n = strlen(prefix);
	uint64_t value = 0;

	if (!text || strlen(text) != n + 1 + DIGITS || memcmp(text, prefix, n) != 0 ||
		text[n] != '_')
		return false;
	for (const char *p = text + n + 1; *p; p++) {
		const char *at = strchr(letters, *p);

		if (!at)
			return false;
		value = value << 5 | (uint64_t)(at - letters);
	}
	if (value > INT64_MAX || letters[value >> 60 & 31] != text[n + 1])
		return false;
	*id = (int64_t)value;
	return true;
}
