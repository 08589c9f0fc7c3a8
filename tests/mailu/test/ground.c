/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/test/ground.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

static struct part_served domains[] = { { "acme.example" } };
static struct part_account boxes[] = { { "postmaster@acme.example", NULL, NULL, 0 },
	{ "news@acme.example", "News", NULL, 0 } };

static const struct part_mailu the_part = { .version = "2024.06.57",
	.host = "mail.acme.example",
	.domain = "acme.example",
	.postmaster = "postmaster",
	.subnet = "192.168.203.0/24",
	.address = OUR_ADDRESS,
	.tls = "cert",
	.selector = "k1" };

void ground_open(struct scope *sc, struct ground *g)
{
	memset(g, 0, sizeof *g);
	g->clock.rate = 1;
	g->world.clock = &g->clock;
	g->site = (struct mailu_site){ .root = arena_printf(sc->mem, "%s/mailu", kit_folder(sc)),
		.project = "mailu",
		.org = "ghcr.io/mailu",
		.prefix = "",
		.redis = "redis:alpine",
		.docker = "/run/docker.sock",
		.admin_port = 8880,
		.smtp_port = 465,
		.imap_port = 993,
		.scan_port = 11334,
		.patience_s = 60 };
	g->secrets = (struct mailu_secrets){ "0123456789abcdef0123456789abcdef", "api-token-of-tests" };
	g->part = the_part;
	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	g->engine = engine_new(g->site.docker);
	g->stack = (struct stack){ &g->site, g->engine, &g->stop };
	scope_open(&g->scope, &g->world, "mailu");
}

void ground_close(struct ground *g)
{
	struct scope *sc = &g->scope;

	if (access(ground_path(sc, g, MAILU_COMPOSE_FILE), F_OK) == 0)
		OK(stack_down(sc, &g->stack));
	engine_free(TAKE(g->engine));
	scope_close(sc);
}

struct mailu_spec ground_spec(struct scope *sc, struct ground *g)
{
	return mailu_spec(sc, &g->site, &g->secrets, &g->part, &g->accounts);
}

struct box ground_box(struct scope *sc, struct ground *g, const char *service)
{
	struct box *list;
	size_t n = 0;

	OK(engine_boxes(sc, g->engine, g->site.project, &list, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].service, service))
			return list[i];
	fprintf(stderr, "%s does not run\n", service);
	NEED(false);
	abort();
}

const char *ground_path(struct scope *sc, struct ground *g, const char *path)
{
	return arena_printf(sc->mem, "%s/%s", g->site.root, path);
}

const char *ground_text(struct scope *sc, struct ground *g, const char *path)
{
	struct bytes data;

	OK(file_read(sc, ground_path(sc, g, path), 1 << 20, &data));
	return data.data;
}
