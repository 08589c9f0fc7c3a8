/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "track/track_api.h"

#include "text/json.h"
#include "track/track_host.h"

struct name_input {
	const char *name;
};
FORM(track_host_api_form, struct name_input, 0,
	FIELD(struct name_input, name, FIELD_TEXT, 3, 253, true, NULL, "Host"));

static enum err answer(struct scope *sc, struct request *q, int status)
{
	struct track_host *rows;
	struct out *o;
	size_t n;
	enum err e = track_host_list(sc, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "name", rows[i].name);
		json_add_text(o, "scheme", rows[i].scheme);
		json_add_text(o, "state", rows[i].state);
		json_add_text(o, "target", rows[i].target);
		json_add_text(o, "found", rows[i].found);
		json_add_text(o, "reason", rows[i].reason);
		json_add_time(o, "checked_at", rows[i].checked_at);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, status, o);
}

enum err track_host_list_api(struct scope *sc, struct request *q, const void *input)
{
	return answer(sc, q, 200);
}

enum err track_host_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct name_input *in = input;
	enum err e = track_host_add(sc, in->name);

	return e ? e : answer(sc, q, 201);
}

enum err track_host_check_api(struct scope *sc, struct request *q, const void *input)
{
	const struct name_input *in = input;
	enum err e = track_host_check(sc, in->name);

	return e ? e : answer(sc, q, 200);
}

enum err track_host_remove_api(struct scope *sc, struct request *q, const void *input)
{
	const struct name_input *in = input;
	enum err e = track_host_remove(sc, in->name);

	return e ? e : answer(sc, q, 200);
}
