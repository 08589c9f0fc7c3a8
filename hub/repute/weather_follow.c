/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/weather_follow.h"

#include <string.h>

#include "base/id.h"
#include "pace/provider.h"
#include "repute/weather.h"
#include "text/json.h"

#define DATA_MAX (64 * 1024)
/* What was said long ago is no weather any more: reports of a machine that was away. */
#define OLD_MS HOUR_MS

const char *const weather_follow_kinds[] = { "mail.deferred", NULL };

SQL(weather_provider, SQL_TENANT, "SELECT provider FROM message WHERE tenant = $1 AND id = $2");

static enum err follow(struct scope *sc, const struct event_row *row)
{
	const char *provider, *class;
	const struct json *data;
	int64_t appliance;
	enum err e;

	if (row->at < now_real(sc).ms - OLD_MS || !row->data)
		return ERR_NONE;
	if (json_parse(sc, bytes_of(row->data, strlen(row->data)), DATA_MAX, &data)) {
		scope_clear(sc);
		return ERR_NONE;
	}
	class = json_text(data, "reason");
	appliance = json_id(data, "appliance", ID_APPLIANCE);
	if (!class || !appliance)
		return ERR_NONE;
	e = db_text(sc, &weather_provider, BIND(V(row->subject)), &provider);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	/* Everybody's small servers are no one provider. */
	if (e || str_empty(provider) || str_eq(provider, PROVIDER_NOBODY) ||
		str_eq(provider, PROVIDER_UNKNOWN))
		return e;
	return weather_hit(sc, provider, class, appliance, row->at, 1);
}

enum err weather_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++)
		e = follow(sc, &rows[i]);
	return e;
}
