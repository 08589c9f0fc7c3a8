/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web_kit.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "event/event.h"
#include "web/live.h"

static const struct route live_routes[] = {
	{ "GET", "/live", NEED_VIEW, DOOR_PAGE, NULL, live_page, "Live" },
	{ 0 },
};

struct writer {
	struct web_kit *w;
	int64_t tenant;
	const char *kind;
};

static enum err write_event(struct scope *sc, void *arg)
{
	event_addf(sc, ((const struct writer *)arg)->kind, 7, "{}");
	return ERR_NONE;
}

/* Something happens while the browser listens. */
static void *happen(void *arg)
{
	struct writer *wr = arg;
	struct scope sc;

	for (int i = 0; i < 8; i++) {
		usleep(500 * 1000);
		scope_open(&sc, &wr->w->hub->world, "test");
		sc.tenant = wr->tenant;
		if (db_write(&sc, write_event, wr) != ERR_NONE)
			fprintf(stderr, "cannot write: %s\n", sc.why);
		scope_close(&sc);
	}
	return NULL;
}

static struct reply listen_while(struct web_kit *w, struct writer wr)
{
	pthread_t thread;
	struct reply r;

	wr.w = w;
	if (pthread_create(&thread, NULL, happen, &wr) != 0)
		abort();
	r = web_kit_do(w, "GET", "/live", NULL);
	pthread_join(thread, NULL);
	return r;
}

TEST(a_browser_hears_what_changed_in_its_tenant)
{
	struct web_kit *w = web_kit_start(sc, kit, live_routes);
	struct reply r;

	web_kit_account(w, "a@example.com", "viewer");
	web_kit_signin(w, "a@example.com");
	w->until = "\n\nevent: changed\ndata: campaign message\n\n";
	r = listen_while(w, (struct writer){ .tenant = KIT_TENANT, .kind = "mail.delivered" });
	CHECK_INT(r.status, 200);
	CHECK_TEXT(reply_head(w, &r, "Content-Type"), "text/event-stream");
	CHECK(strstr(r.body, w->until) != NULL);
	web_kit_stop(w);
}

TEST(strangers_hear_nothing)
{
	struct web_kit *w = web_kit_start(sc, kit, live_routes);

	CHECK_INT(web_kit_do(w, "GET", "/live", NULL).status, 303);
	web_kit_stop(w);
}

struct listener {
	struct web_kit kit; /* with cookies of its own: curl writes them back when it ends */
	_Atomic int *ended;
	pthread_t thread;
};

static void *listen_once(void *arg)
{
	struct listener *l = arg;
	struct scope sc;

	/* Arenas are not shared between threads. */
	scope_open(&sc, &l->kit.hub->world, "test");
	l->kit.sc = &sc;
	CHECK_INT(web_kit_do(&l->kit, "GET", "/live", NULL).status, 200);
	++*l->ended;
	scope_close(&sc);
	return NULL;
}

TEST(the_newest_stream_of_an_account_goes_before_its_oldest)
{
	enum { MORE = 3, WAIT_MS = 60000, STEP_MS = 20 };
	struct web_kit *w = web_kit_start(sc, kit, live_routes);
	struct listener all[LIVE_PER_ACCOUNT + MORE];
	struct web_stats stats = { 0 };
	_Atomic int ended = 0;
	struct bytes cookies;

	web_kit_account(w, "a@example.com", "viewer");
	web_kit_signin(w, "a@example.com");
	OK(file_read(sc, w->jar, 4096, &cookies));
	for (size_t i = 0; i < COUNT(all); i++) {
		all[i] = (struct listener){ .kit = *w, .ended = &ended };
		all[i].kit.jar = arena_printf(sc->mem, "%s.%zu", w->jar, i);
		OK(file_write(sc, all[i].kit.jar, 0600, cookies));
	}
	for (size_t i = 0; i < COUNT(all); i++)
		NEED(pthread_create(&all[i].thread, NULL, listen_once, &all[i]) == 0);
	/* All have come when as many have gone as were too many. */
	for (int i = 0; i < WAIT_MS / STEP_MS; i++) {
		web_stats(w->web, &stats);
		if (ended == MORE && stats.live == LIVE_PER_ACCOUNT)
			break;
		usleep(STEP_MS * 1000);
	}
	CHECK_INT(ended, MORE);
	CHECK_INT(stats.live, LIVE_PER_ACCOUNT);
	web_kit_stop(w);
	for (size_t i = 0; i < COUNT(all); i++)
		pthread_join(all[i].thread, NULL);
}

static void *stop_soon(void *arg)
{
	struct web_kit *w = arg;

	usleep(300 * 1000);
	web_kit_stop(w);
	return NULL;
}

TEST(a_stop_ends_the_streams_at_once)
{
	struct web_kit *w = web_kit_start(sc, kit, live_routes);
	pthread_t thread;
	struct reply r;
	int64_t before = clock_mono();

	web_kit_account(w, "a@example.com", "viewer");
	web_kit_signin(w, "a@example.com");
	NEED(pthread_create(&thread, NULL, stop_soon, w) == 0);
	r = web_kit_do(w, "GET", "/live", NULL);
	pthread_join(thread, NULL);
	CHECK_INT(r.status, 200);
	CHECK(strstr(r.body, "changed") == NULL);
	CHECK(clock_mono() - before < 5000);
}
