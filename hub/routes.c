/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that an HTTP request can start. Reading this page is the security review of the hub:
 * a row without a need does not start, an id of another tenant answers 404, unsafe requests of a
 * session need its CSRF token. Sorted by door and pattern.
 */
#include "routes.h"

#include "web/live.h"

/* clang-format off */
const struct route routes[] = {
	/* ---- pages ---- */
	{ "GET", "/live", NEED_VIEW, DOOR_PAGE, NULL, live_page, "Hints of what changed" },

	/* ---- pages without a session ---- */

	/* ---- API ---- */

	/* ---- tracking and unsubscribing ---- */

	/* ---- agents ---- */

	{ 0 },
};
/* clang-format on */
