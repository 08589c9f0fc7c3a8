/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "garble.h"

#include <stdio.h>
#include <string.h>

#include "wire/codec.h"

TEST(each_way_a_message_can_be_wrong_is_refused_and_changes_nothing)
{
	size_t all = 0;

	for (int t = 0; t < WIRE_TYPES; t++) {
		const struct message *shape = wire_shape((enum wire_type)t);
		struct garbled *list;
		unsigned char *m;
		size_t n;

		garble(sc, (enum wire_type)t, &list, &n);
		m = arena_alloc(sc->mem, shape->size);
		OK(codec_get(sc, shape, garble_good(sc, (enum wire_type)t), WIRE_MAX_PACKET, m));
		for (size_t i = 0; i < n; i++) {
			enum err e;

			memset(m, 0x5a, shape->size);
			e = codec_get(sc, shape, list[i].payload, WIRE_MAX_PACKET, m);
			if (e != ERR_INPUT)
				fprintf(stderr, "%s, %s: accepted\n", shape->name, list[i].what);
			CHECK_INT(e, ERR_INPUT);
			for (size_t k = 0; k < shape->size; k++)
				NEED(m[k] == 0x5a);
		}
		all += n;
	}
	/* Each type has a dozen at least, and as many again for its fields. */
	CHECK(all > WIRE_TYPES * (size_t)20);
}

TEST(no_beginning_of_a_message_is_one)
{
	for (int t = 0; t < WIRE_TYPES; t++) {
		const struct message *shape = wire_shape((enum wire_type)t);
		struct bytes good = garble_good(sc, (enum wire_type)t);
		void *m = arena_alloc(sc->mem, shape->size);

		for (size_t len = 0; len < good.len; len++)
			CHECK_INT(
				codec_get(sc, shape, bytes_of(good.data, len), WIRE_MAX_PACKET, m),
				ERR_INPUT);
	}
}
