/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/token.h"

#include <string.h>

#include "base/rand.h"
#include "base/str.h"

#include "crypt/seal.h"
#include "crypt/secret.h"
#include "store/db.h"

#include "hub.h"

/* key number, kind, tenant, message, link, then the first bytes of the HMAC over all of it */
#define BODY_BYTES 20
#define MAC_BYTES  16
#define ALL_BYTES  (BODY_BYTES + MAC_BYTES)
_Static_assert(ALL_BYTES * 4 / 3 == TOKEN_TEXT, "the text is whole groups of base64");

SQL(token_key_list, SQL_DIRECTORY,
	"SELECT name, value FROM setting WHERE name >= 'track.key.' AND name < 'track.key/' "
	"ORDER BY name");
SQL(token_key_add, SQL_DIRECTORY,
	"INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING");

struct setting {
	const char *name, *value;
};
SHAPE(setting_shape, struct setting, COL(struct setting, name), COL(struct setting, value));

#define KEY_NAME "track.key."

static enum err add_first(struct scope *sc, void *arg)
{
	unsigned char key[32];
	struct bytes sealed;
	(void)arg;

	rand_bytes(key, sizeof key);
	seal(sc, &hub_of(sc)->master, "track.key", 0, 1, bytes_of(key, sizeof key), &sealed);
	return db_run(sc, &token_key_add,
		BIND(V(KEY_NAME "001"), V(str_base64url(sc->mem, sealed.data, sealed.len))), NULL);
}

static enum err read_key(
	struct scope *sc, const struct setting *row, struct hmac_key *key, uint8_t *number)
{
	struct bytes sealed, plain;
	int64_t n;
	enum err e;

	if (!str_starts(row->name, KEY_NAME) ||
		!str_int(row->name + strlen(KEY_NAME), 1, 255, &n) ||
		!str_unbase64url(sc->mem, row->value, 1024, &sealed))
		return fail(sc, ERR_INTERNAL, "the key of tracking links is damaged");
	e = seal_open(sc, &hub_of(sc)->master, "track.key", 0, n, sealed, &plain);
	if (e)
		return e;
	if (plain.len != 32)
		return fail(sc, ERR_INTERNAL, "the key of tracking links is damaged");
	hmac_key_ready(plain.data, 32, key);
	*number = (uint8_t)n;
	return ERR_NONE;
}

enum err token_keys_load(struct scope *sc, struct token_keys *keys)
{
	struct token_keys made = { .count = 0 };
	struct setting *rows;
	size_t n;
	enum err e = db_list(sc, &token_key_list, BIND_NONE, &setting_shape, &rows, &n);

	if (!e && n == 0) {
		e = db_write(sc, add_first, NULL);
		if (!e)
			e = db_list(sc, &token_key_list, BIND_NONE, &setting_shape, &rows, &n);
	}
	for (size_t i = n > TOKEN_MAX_KEYS ? n - TOKEN_MAX_KEYS : 0; i < n && !e; i++) {
		e = read_key(
			sc, &rows[i], &made.list[made.count].key, &made.list[made.count].number);
		made.count++;
	}
	if (!e)
		*keys = made;
	return e;
}

static void put64(unsigned char *p, int64_t n)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
}

static int64_t get64(const unsigned char *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return (int64_t)n;
}

const char *token_put(struct scope *sc, const struct token_keys *keys, const struct token *t)
{
	size_t newest = keys->count - 1;
	unsigned char raw[ALL_BYTES], mac[HASH_BYTES];

	raw[0] = keys->list[newest].number;
	raw[1] = (unsigned char)t->kind;
	put64(raw + 2, t->tenant);
	put64(raw + 10, t->message);
	raw[18] = (unsigned char)(t->link >> 8);
	raw[19] = (unsigned char)t->link;
	hmac_sha256_with(&keys->list[newest].key, bytes_of(raw, BODY_BYTES), mac);
	memcpy(raw + BODY_BYTES, mac, MAC_BYTES);
	return str_base64url(sc->mem, raw, sizeof raw);
}

static bool is_kind(int kind)
{
	return kind == TOKEN_OPEN || kind == TOKEN_CLICK || kind == TOKEN_UNSUBSCRIBE;
}

enum err token_get(
	struct scope *sc, const struct token_keys *keys, const char *text, struct token *t)
{
	unsigned char mac[HASH_BYTES];
	const unsigned char *raw;
	struct bytes data;

	if (!text || strlen(text) != TOKEN_TEXT ||
		!str_unbase64url(sc->mem, text, ALL_BYTES, &data) || data.len != ALL_BYTES)
		return ERR_MISSING;
	raw = data.data;
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->list[i].number != raw[0])
			continue;
		hmac_sha256_with(&keys->list[i].key, bytes_of(raw, BODY_BYTES), mac);
		if (!same_bytes(mac, raw + BODY_BYTES, MAC_BYTES) || !is_kind(raw[1]))
			return ERR_MISSING;
		*t = (struct token){ .kind = (enum token_kind)raw[1],
			.tenant = get64(raw + 2),
			.message = get64(raw + 10),
			.link = raw[18] << 8 | raw[19] };
		return ERR_NONE;
	}
	return ERR_MISSING;
}
