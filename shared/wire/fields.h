/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How the tables of message.c are spelled. Private to shared/wire. */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include "wire/codec.h"

/* The member's place; a member of another C type than its field's kind does not compile. */
#define PLACE(t, m, ctype)                                                                         \
	(offsetof(struct t, m) + 0 * sizeof(char[__builtin_types_compatible_p(                     \
							 __typeof__(((struct t *)0)->m), ctype)    \
							 ? 1                                       \
							 : -1]))

/* clang-format off */
#define FIELD(t, m, k, ctype) .name = #m, .kind = k, .offset = PLACE(t, m, ctype)
#define STRING(t, m, k, l, h) FIELD(t, m, k, const char *), .low = (l), .high = (h)

#define INT(t, m, l, h)       { FIELD(t, m, FIELD_INT, int64_t), .low = (l), .high = (h) }
#define INT_OPT(t, m, l, h)   { FIELD(t, m, FIELD_INT, int64_t), .low = (l), .high = (h), .optional = true }
/* A time in milliseconds, a version, a sequence number, an amount. */
#define COUNT_(t, m)          INT(t, m, 0, JSON_WHOLE)
#define COUNT_OPT(t, m)       INT_OPT(t, m, 0, JSON_WHOLE)
#define BOOL(t, m)            { FIELD(t, m, FIELD_BOOL, bool), .optional = true }
#define TEXT(t, m, h)         { STRING(t, m, FIELD_TEXT, 1, h) }
#define TEXT_OPT(t, m, h)     { STRING(t, m, FIELD_TEXT, 0, h), .optional = true }
#define TOKEN(t, m, h)        { STRING(t, m, FIELD_TOKEN, 1, h) }
#define TOKEN_OPT(t, m, h)    { STRING(t, m, FIELD_TOKEN, 1, h), .optional = true }
#define ADDRESS(t, m)         { STRING(t, m, FIELD_ADDRESS, 3, 320) }
#define ADDRESS_OPT(t, m)     { STRING(t, m, FIELD_ADDRESS, 3, 320), .optional = true }
#define HEX(t, m, l, h)       { STRING(t, m, FIELD_HEX, l, h) }
#define HEX_OPT(t, m, l, h)   { STRING(t, m, FIELD_HEX, l, h), .optional = true }
#define IDENT(t, m, p)        { FIELD(t, m, FIELD_ID, int64_t), .prefix = p }
#define IDENT_OPT(t, m, p)    { FIELD(t, m, FIELD_ID, int64_t), .prefix = p, .optional = true }
#define WORD(t, m, words)     { FIELD(t, m, FIELD_ENUM, int64_t), .names = words, .name_count = COUNT(words) }
#define LIST(t, wire, m, n, shape, most) \
	{ .name = wire, .kind = FIELD_LIST, .offset = offsetof(struct t, m), \
	  .count_offset = PLACE(t, n, size_t), .high = (most), .of = &shape }
#define LIST_OPT(t, wire, m, n, shape, most) \
	{ .name = wire, .kind = FIELD_LIST, .offset = offsetof(struct t, m), \
	  .count_offset = PLACE(t, n, size_t), .high = (most), .optional = true, .of = &shape }
#define HASHES(t, m, n, chars, most) \
	{ FIELD(t, m, FIELD_TEXTS, const char **), .count_offset = PLACE(t, n, size_t), \
	  .low = (chars), .high = (most) }

#define MESSAGE_CHECKED(var, t, checker, ...) \
	static const struct field var##_fields[] = { __VA_ARGS__ }; \
	static const struct message var = { #var, sizeof(struct t), var##_fields, COUNT(var##_fields), checker }
#define MESSAGE(var, t, ...) MESSAGE_CHECKED(var, t, NULL, __VA_ARGS__)

/* The pair of functions that wire.h promises; MAX bytes are read. */
#define CODEC(var, t, max) \
	struct bytes wire_put_##var(struct scope *sc, const struct t *m) \
	{ return codec_put(sc, &var, m); } \
	enum err wire_get_##var(struct scope *sc, struct bytes payload, struct t *m) \
	{ return codec_get(sc, &var, payload, max, m); } \
	_Static_assert(sizeof(struct t) > 0, #var)
/* clang-format on */

#endif
