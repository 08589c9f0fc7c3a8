/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "double.h"

#define DATABASE "/data/main.db"

static int admin(void)
{
	static const struct clock clock = { .rate = 1 };
	struct double_world w = { .world = { .clock = &clock } };
	struct scope sc;

	if (sqlite3_open(DATABASE, &w.db) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", DATABASE, sqlite3_errmsg(w.db));
		return 1;
	}
	sqlite3_busy_timeout(w.db, 5000);
	scope_open(&sc, &w.world, "double");
	things_open(&sc);
	scope_close(&sc);
	return serve(&w, 8080);
}

int main(int argc, char **argv)
{
	if (argc == 2 && str_eq(argv[1], "admin"))
		return admin();
	if (argc == 3 && str_eq(argv[1], "podop"))
		return podop(argv[2]);
	fputs("usage: double admin | double podop SOCKET\n", stderr);
	return 2;
}
