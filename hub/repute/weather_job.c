/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/weather_job.h"

#include "repute/weather.h"

enum err weather_look_run(struct scope *sc, struct job *j)
{
	return weather_look(sc, j);
}
