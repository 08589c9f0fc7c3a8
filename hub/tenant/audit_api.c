/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/audit_api.h"

#include "base/id.h"
#include "tenant/audit_html.h"
#include "text/json.h"

struct audit_in {
	int64_t before, who, limit;
	const char *what;
};
FORM(audit_api_form, struct audit_in, 0,
	FIELD(struct audit_in, before, FIELD_INT, 0, INT64_MAX, false, NULL, "Before"),
	FIELD(struct audit_in, who, FIELD_ID, 0, 0, false, ID_ACCOUNT, "Who"),
	FIELD(struct audit_in, what, FIELD_TEXT, 0, 40, false, NULL, "What actions begin with"),
	FIELD(struct audit_in, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));

static const char *actor_name(int64_t kind)
{
	static const char *const names[] = { "none", "account", "key", "staff", "appliance",
		"recipient", "system" };

	return kind >= 0 && kind < (int64_t)COUNT(names) ? names[kind] : "none";
}

static void put(struct out *o, const struct audit *a)
{
	bool person = a->actor_kind == ACTOR_ACCOUNT;

	json_open(o);
	json_add_time(o, "at", a->at);
	json_add_text(o, "action", a->action);
	json_add_text(o, "actor", actor_name(a->actor_kind));
	json_add_id(o, "account", ID_ACCOUNT, person ? a->actor : a->via);
	json_add_text(o, "name", a->name);
	json_close(o);
}

enum err audit_api(struct scope *sc, struct request *q, const void *input)
{
	const struct audit_in *in = input;
	struct audit_filter f = { in->before, in->who, in->what, in->limit ? (int)in->limit : 50 };
	struct audit *rows;
	struct out *o;
	size_t n;
	enum err e = audit_list(sc, &f, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		put(o, &rows[i]);
	json_close_list(o);
	/* As text: ids do not fit a JSON number. */
	json_add_text(o, "before",
		n == (size_t)f.limit ? arena_printf(sc->mem, "%lld", (long long)rows[n - 1].id)
				     : NULL);
	return reply_close(sc, q, 200, o);
}
