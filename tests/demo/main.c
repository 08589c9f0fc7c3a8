/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* make demo: starts everything, shows what happens, and with --once judges and ends. With --ready
   the campaign waits for somebody to launch it. */
#include <signal.h>
#include <unistd.h>

#include "demo.h"

#include "base/id.h"
#include "base/words.h"

#define ONCE_MS      120000
#define STEP_MS      250
#define SETTLE_MS    1500 /* for a second delivery that must not come */
#define CONTACTS     "tests/demo/contacts.csv"
#define DEFAULT_PORT 8080

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static int64_t whole(const struct json *p, const char *name)
{
	return json_int(p, name, 0);
}

/* One line that draws over itself on a terminal. */
static void show_progress(const struct json *p, int64_t since, bool terminal)
{
	double days = (double)(clock_mono() - since) / DEMO_DAY_MS;

	printf("%sday %4.1f  people %3lld under way, %3lld finished, %2lld stopped  "
	       "mails %3lld delivered, %2lld bounced, %2lld moving, %lld deferrals%s",
		terminal ? "\r" : "", days, (long long)whole(p, "under_way"),
		(long long)whole(p, "finished"), (long long)whole(p, "stopped"),
		(long long)whole(p, "delivered"), (long long)whole(p, "bounced"),
		(long long)whole(p, "moving"), (long long)whole(p, "deferrals"),
		terminal ? "   " : "\n");
	fflush(stdout);
}

static enum err watch(struct scope *sc, struct demo *d, bool once, int64_t since)
{
	int64_t until = clock_mono() + ONCE_MS, shown = 0;
	bool terminal = isatty(1);

	while (!stopped) {
		const struct json *progress = NULL;
		const char *state = NULL;
		struct scope turn;
		enum err e;
		bool over;

		scope_open(&turn, sc->world, "demo");
		e = company_progress(&turn, &d->company, d->campaign, &progress, &state);
		if (e) {
			fail(sc, e, "%s", turn.why);
			scope_close(&turn);
			return e;
		}
		over = str_eq(state, "finished");
		if (terminal || over || clock_mono() - shown >= 2000) {
			show_progress(progress, since, terminal);
			shown = clock_mono();
		}
		scope_close(&turn);
		if (once && over)
			break;
		if (once && clock_mono() > until)
			return fail(sc, ERR_UPSTREAM, "the campaign did not finish");
		sleep_ms(STEP_MS);
	}
	return ERR_NONE;
}

/* The line of the issue; true when all of it is as promised. */
static bool tell_verdict(const struct json *p, const struct verdict *v, int64_t seconds)
{
	int64_t ended = whole(p, "delivered") + whole(p, "bounced") + whole(p, "expired") +
			whole(p, "skipped") + whole(p, "failed") + whole(p, "unknown");
	bool people = whole(p, "audience") == v->people &&
		      whole(p, "finished") + whole(p, "stopped") == v->people &&
		      json_bool(p, "people_hold", false);
	bool mails = whole(p, "created") == ended && whole(p, "moving") == 0 &&
		     whole(p, "delivered") == v->accepted && json_bool(p, "mails_hold", false);

	printf("demo: people=%lld finished=%lld stopped=%lld mails=%lld delivered=%lld "
	       "bounced=%lld expired=%lld skipped=%lld failed=%lld unknown=%lld lost=%lld "
	       "duplicated=%lld seconds=%lld\n",
		(long long)whole(p, "audience"), (long long)whole(p, "finished"),
		(long long)whole(p, "stopped"), (long long)whole(p, "created"),
		(long long)whole(p, "delivered"), (long long)whole(p, "bounced"),
		(long long)whole(p, "expired"), (long long)whole(p, "skipped"),
		(long long)whole(p, "failed"), (long long)whole(p, "unknown"), (long long)v->lost,
		(long long)v->duplicated, (long long)seconds);
	if (!people || !mails)
		fprintf(stderr, "demo: %s do not add up\n", people ? "mails" : "people");
	return people && mails && v->lost == 0 && v->duplicated == 0 && whole(p, "unknown") == 0;
}

static enum err judge(struct scope *sc, struct demo *d, struct bytes contacts, int64_t since)
{
	const struct json *progress = NULL;
	struct verdict v;
	enum err e;

	sleep_ms(SETTLE_MS);
	e = company_progress(sc, &d->company, d->campaign, &progress, NULL);
	if (!e)
		e = demo_judge(sc, d, contacts, &v);
	if (e)
		return e;
	return tell_verdict(progress, &v, (clock_mono() - since) / 1000)
		       ? ERR_NONE
		       : fail(sc, ERR_INTERNAL, "the verdict is bad");
}

static enum err run(struct scope *sc, struct demo *d, bool once, int64_t since)
{
	struct bytes contacts;
	enum err e = lab_read(sc, CONTACTS, &contacts);

	if (!e)
		e = lab_start_base(sc, d->lab);
	if (!e)
		e = demo_set_up(sc, d, contacts);
	if (e)
		return e;
	printf("demo: the dashboard is at %s\n"
	       "demo: sign in as %s with %s\n"
	       "demo: a day of the plan takes %.1f seconds; everything lies in %s\n",
		d->lab->app_url, DEMO_EMAIL, d->company.password, DEMO_DAY_MS / 1000.0,
		d->lab->folder);
	e = watch(sc, d, once, clock_mono());
	if (isatty(1))
		putchar('\n');
	if (!e && once && !stopped)
		e = judge(sc, d, contacts, since);
	return e;
}

static void tell_failure(struct scope *sc, struct demo *d)
{
	static const char *const parts[] = { "hub", "agent", "broker", "postfix" };
	const char *why = sc->why;

	fprintf(stderr, "\ndemo: %s\n", why ? why : "failed");
	for (size_t i = 0; d->lab && i < COUNT(parts); i++)
		fprintf(stderr, "---- %s ----\n%s\n", parts[i], lab_log_tail(sc, d->lab, parts[i]));
}

/* The usual port when nobody has it, so that the address is easy to remember. */
static int port_of_choice(void)
{
	return port_answers(DEFAULT_PORT) ? 0 : DEFAULT_PORT;
}

int main(int argc, char **argv)
{
	const bool once = argc > 1 && str_eq(argv[1], "--once");
	const struct lab_config config = { .rate = DEMO_RATE,
		.rules = demo_rules,
		.port = once ? 0 : port_of_choice(),
		.keep = getenv("KEEP") != NULL };
	const struct clock clock = { .rate = 1 };
	struct world world = { .clock = &clock, .ids = id_gen_new(0, 63) };
	struct demo d = { .ready = argc > 1 && str_eq(argv[1], "--ready") };
	struct scope sc;
	int64_t since = clock_mono();
	enum err e;

	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	scope_open(&sc, &world, "demo");
	e = lab_open(&sc, &config, &d.lab);
	if (!e)
		e = run(&sc, &d, once, since);
	if (e && !stopped)
		tell_failure(&sc, &d);
	company_close(&d.company);
	lab_close(d.lab);
	scope_close(&sc);
	id_gen_free(world.ids);
	return e || (once && stopped) ? 1 : 0;
}
