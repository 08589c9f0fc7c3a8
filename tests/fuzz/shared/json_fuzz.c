/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever parses is written again and parses to the same. */
#include "text/json.h"

#include <assert.h>
#include <string.h>

static void write(struct out *o, const struct json *j)
{
	switch (j->kind) {
	case JSON_TEXT:
		json_put_text(o, j->text);
		break;
	case JSON_LIST:
		json_open_list(o);
		JSON_EACH(item, j)
		write(o, item);
		json_close_list(o);
		break;
	case JSON_OBJECT:
		json_open(o);
		JSON_EACH(item, j)
		{
			json_name(o, item->name);
			write(o, item);
		}
		json_close(o);
		break;
	default:
		json_put_int(o, j->n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	struct scope sc;
	const struct json *j;
	struct out once, twice;

	scope_open(&sc, &world, "fuzz");
	if (json_parse(&sc, bytes_of(data, size), 1 << 16, &j) == ERR_NONE) {
		out_init(&once, sc.mem);
		write(&once, j);
		assert(json_parse(&sc, bytes_of(once.data, once.len), SIZE_MAX, &j) == ERR_NONE);
		out_init(&twice, sc.mem);
		write(&twice, j);
		assert(strcmp(once.data, twice.data) == 0);
	}
	scope_close(&sc);
	return 0;
}
