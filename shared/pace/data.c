/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/data.h"

#include <stdlib.h>

#include "base/embedded.h"

/* Made by shared/tool/embed.c. */
extern const struct embedded pace_files[];
extern const size_t pace_files_count;

struct bytes pace_data(const char *name)
{
	for (size_t i = 0; i < pace_files_count; i++)
		if (str_eq(pace_files[i].name, name))
			return bytes_of(pace_files[i].data, pace_files[i].size);
	abort();
}
