/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef REPUTE_WEATHER_HTML_H
#define REPUTE_WEATHER_HTML_H

#include "pace/provider.h"
#include "repute/weather.h"
#include "web/door.h"

struct weather_view {
	const struct providers *providers;
	const struct weather_row *rows;
	size_t n;
	const struct weather_own *own;
	size_t own_count;
};
void weather_html(struct scope *sc, struct out *o, const struct weather_view *v);

#endif
