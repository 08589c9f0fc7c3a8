/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/apikey_api.h"

#include "base/id.h"
#include "guard/principal.h"
#include "tenant/apikey.h"
#include "tenant/workspace.h"
#include "text/json.h"

struct key_in {
	const char *name, *rights;
	int64_t workspace;
};
FORM(apikey_add_api_form, struct key_in, 0,
	FIELD(struct key_in, name, FIELD_TEXT, 1, 60, true, NULL, "Name"),
	FIELD(struct key_in, rights, FIELD_TEXT, 1, 200, true, NULL, "Rights, with blanks between"),
	FIELD(struct key_in, workspace, FIELD_ID, 0, 0, false, ID_WORKSPACE, "Workspace"));

static void put(struct out *o, const struct credential *c)
{
	json_open(o);
	json_add_id(o, "id", ID_CREDENTIAL, c->id);
	json_add_text(o, "name", c->label);
	json_add_text(o, "rights", c->scopes);
	json_add_id(o, "account", ID_ACCOUNT, c->account);
	json_add_id(o, "workspace", ID_WORKSPACE, c->workspace);
	json_add_time(o, "created", c->created);
	json_add_time(o, "expires", c->expires);
	json_add_time(o, "used", c->used_at);
	json_close(o);
}

enum err apikeys_api(struct scope *sc, struct request *q, const void *input)
{
	struct credential *rows;
	struct out *o;
	size_t n;
	enum err e = apikey_list(sc, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		put(o, &rows[i]);
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

/* A key that makes a key gives no more than it has itself. */
static enum err check_rights(struct scope *sc, const struct request *q, const char *rights)
{
	const char *held = request_principal(q)->rights;

	if (str_eq(rights_common(sc, rights, held), rights_common(sc, rights, rights)))
		return ERR_NONE;
	return fail_field(sc, "rights", "A key cannot have rights that its creator does not have.");
}

enum err apikey_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct key_in *in = input;
	struct apikey_new k = { .name = in->name,
		.rights = in->rights,
		.account = request_principal(q)->account,
		.workspace = in->workspace ? in->workspace : sc->workspace };
	struct workspace w;
	const char *token;
	struct out *o;
	enum err e = check_rights(sc, q, in->rights);

	if (!e)
		e = workspace_find(sc, k.workspace, &w);
	if (!e)
		e = apikey_add(sc, &k, &token);
	if (e)
		return e;
	o = reply_open(sc);
	json_add_text(o, "token", token);
	return reply_close(sc, q, 201, o);
}

enum err apikey_revoke_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = apikey_revoke(sc, request_id(q, ID_CREDENTIAL));

	if (!e)
		reply_none(q, 204);
	return e;
}
