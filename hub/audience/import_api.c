/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/audience_api.h"
#include "audience/import.h"
#include "base/id.h"
#include "text/json.h"

struct import_list_input {
	int64_t after, limit;
};
FORM(import_list_api_form, struct import_list_input, 0,
	FIELD(struct import_list_input, after, FIELD_ID, 0, 0, false, ID_IMPORT, "After"),
	FIELD(struct import_list_input, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));
struct import_errors_input {
	int64_t after, limit;
};
FORM(import_errors_api_form, struct import_errors_input, 0,
	FIELD(struct import_errors_input, after, FIELD_INT, 0, INT64_MAX, false, NULL,
		"After (line)"),
	FIELD(struct import_errors_input, limit, FIELD_INT, 1, 1000, false, NULL, "Limit"));
struct import_add_input {
	struct upload file;
};
FORM(import_add_api_form, struct import_add_input, IMPORT_MAX + 64 * 1024,
	FIELD(struct import_add_input, file, FIELD_FILE, 0, IMPORT_MAX, true, NULL, "CSV file"));

static void put_import(struct out *o, const struct import *im)
{
	json_open(o);
	json_add_id(o, "id", ID_IMPORT, im->id);
	json_add_text(o, "name", im->name);
	json_add_text(o, "state", im->state);
	json_add_int(o, "rows", im->rows);
	json_add_int(o, "added", im->added);
	json_add_int(o, "updated", im->updated);
	json_add_int(o, "repeated", im->repeated);
	json_add_int(o, "broken", im->broken);
	json_add_int(o, "offset_bytes", im->offset_bytes);
	json_add_int(o, "size_bytes", im->size_bytes);
	json_add_text(o, "reason", im->reason);
	json_add_time(o, "created", im->created);
	json_add_time(o, "done_at", im->done_at);
	json_close(o);
}

enum err import_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct import_list_input *in = input;
	int limit = in->limit ? (int)in->limit : 50;
	struct out *o = reply_open_list(sc);
	struct import *list;
	size_t n;
	enum err e = import_list(sc, in->after, limit, &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		put_import(o, &list[i]);
	return reply_close_list(sc, q, o,
		n == (size_t)limit ? id_format(sc->mem, ID_IMPORT, list[n - 1].id) : NULL);
}

enum err import_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct import_add_input *in = input;
	int64_t id;
	enum err e = import_start(sc, in->file.name, in->file.data, &id);

	return e ? e : reply_added(sc, q, ID_IMPORT, id);
}

enum err import_find_api(struct scope *sc, struct request *q, const void *input)
{
	struct import im;
	struct out o;
	enum err e = import_find(sc, request_id(q, ID_IMPORT), &im);

	if (e)
		return e;
	out_init(&o, sc->mem);
	put_import(&o, &im);
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}

enum err import_errors_api(struct scope *sc, struct request *q, const void *input)
{
	const struct import_errors_input *in = input;
	int limit = in->limit ? (int)in->limit : 100;
	struct out *o = reply_open_list(sc);
	struct import_error *list;
	size_t n;
	enum err e = import_errors(sc, request_id(q, ID_IMPORT), in->after, limit, &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_int(o, "line", list[i].line);
		json_add_text(o, "reason", tr(sc, list[i].reason));
		json_close(o);
	}
	json_close_list(o);
	json_add_known(o, "after", n == (size_t)limit ? list[n - 1].line : -1);
	return reply_close(sc, q, 200, o);
}
