/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* drill [--messages N] [--kills N] [--seed N]; DB=postgres in the environment for PostgreSQL. */
#include <signal.h>

#include "base/id.h"
#include "base/rand.h"

#include "drill.h"

#define RATE     19200
#define STALL_MS (90 * 1000) /* nothing moved for so long: it never will */

static const char rules[] = "*@closed.test   550 5.1.1 No such user here\n"
			    "*@greylist.test defer 1 451 4.7.1 Greylisted, come back later\n";

static enum err start(struct scope *sc, struct drill *d)
{
	enum err e = lab_start_base(sc, d->lab);

	return e ? e : drill_set_up(sc, d);
}

static enum err look(struct scope *sc, struct drill *d, int64_t *under_way, int64_t *moving)
{
	struct scope own;
	enum err e;

	scope_open(&own, sc->world, "drill");
	e = drill_count(&own, d, "under_way", under_way);
	if (!e)
		e = drill_count(&own, d, "moving", moving);
	if (e)
		fail(sc, e, "%s", own.why);
	scope_close(&own);
	return e;
}

static enum err wait_for_end(struct scope *sc, struct drill *d)
{
	int64_t changed = clock_mono(), last = -1, under_way = 1, moving = 1;

	while (under_way > 0 || moving > 0) {
		enum err e = look(sc, d, &under_way, &moving);

		if (e)
			return e;
		if (under_way + moving != last)
			changed = clock_mono();
		last = under_way + moving;
		if (clock_mono() - changed > STALL_MS)
			return fail(sc, ERR_UPSTREAM,
				"%lld people under way and %lld mails moving stand still",
				(long long)under_way, (long long)moving);
		sleep_ms(250);
	}
	printf("drill: all at an end after %.1f s\n", (double)(clock_mono() - d->since) / 1000);
	sleep_ms(2000); /* for a delivery that must not come */
	return ERR_NONE;
}

/* Exit 0 only with nothing lost or duplicated, and at most one unknown per kill of the two parts
   between which a mail can be in nobody's record. Whose first mail is unknown gets no second. */
static bool tell(const struct drill *d, const struct drill_verdict *v)
{
	int kills = 0, allowed = d->killed[KILL_POSTFIX] + d->killed[KILL_AGENT];

	for (int i = 0; i < KILL_TARGETS; i++)
		kills += d->killed[i];
	printf("drill: messages=%lld delivered=%lld bounced=%lld unknown=%lld lost=%lld "
	       "duplicated=%lld redelivered=%lld kills=%d seed=%llu\n",
		(long long)v->messages, (long long)v->delivered, (long long)v->bounced,
		(long long)v->unknown, (long long)v->lost, (long long)v->duplicated,
		(long long)v->redelivered, kills, (unsigned long long)d->seed);
	if (v->stray)
		fprintf(stderr, "drill: %lld mails arrived that the ledger says did not\n",
			(long long)v->stray);
	return v->lost == 0 && v->duplicated == 0 && v->stray == 0 && v->unknown <= allowed &&
	       v->messages <= d->mails && v->messages + v->unknown >= d->mails && kills == d->kills;
}

static bool read_args(int argc, char **argv, struct drill *d)
{
	int64_t n;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 >= argc || !str_int(argv[i + 1], 1, INT64_C(1) << 40, &n))
			return false;
		if (str_eq(argv[i], "--messages"))
			d->mails = n;
		else if (str_eq(argv[i], "--kills"))
			d->kills = (int)n;
		else if (str_eq(argv[i], "--seed"))
			d->seed = (uint64_t)n;
		else
			return false;
	}
	return true;
}

static enum err run(struct scope *sc, struct drill *d, bool *good)
{
	struct drill_verdict v;
	enum err e = start(sc, d);

	if (!e)
		e = drill_kill(sc, d);
	if (!e)
		e = wait_for_end(sc, d);
	if (!e)
		e = drill_judge(sc, d, &v);
	*good = !e && tell(d, &v);
	return e;
}

static void tell_failure(struct scope *sc, struct drill *d)
{
	static const char *const parts[] = { "hub", "agent", "broker" };

	fprintf(stderr, "drill: seed %llu: %s\n", (unsigned long long)d->seed,
		sc->why ? sc->why : "failed");
	for (size_t i = 0; d->lab && i < COUNT(parts); i++)
		fprintf(stderr, "---- %s ----\n%s\n", parts[i], lab_log_tail(sc, d->lab, parts[i]));
}

int main(int argc, char **argv)
{
	const struct lab_config config = { .db = str_eq(getenv("DB"), "postgres") ? LAB_POSTGRES
										  : LAB_SQLITE,
		.rate = RATE,
		.rules = rules,
		.keep = getenv("KEEP") != NULL };
	const struct clock clock = { .rate = 1 };
	struct world world = { .clock = &clock, .ids = id_gen_new(0, 63) };
	struct drill d = { .mails = 5000, .kills = 60, .seed = (uint64_t)rand_below(1000000) + 1 };
	struct scope sc;
	bool good = false;
	enum err e;

	signal(SIGPIPE, SIG_IGN);
	if (!read_args(argc, argv, &d)) {
		fprintf(stderr, "usage: drill [--messages N] [--kills N] [--seed N]\n");
		return 2;
	}
	d.random = d.seed * UINT64_C(0x9e3779b97f4a7c15);
	printf("drill: seed %llu, %s\n", (unsigned long long)d.seed,
		config.db == LAB_POSTGRES ? "PostgreSQL" : "SQLite");
	scope_open(&sc, &world, "drill");
	e = lab_open(&sc, &config, &d.lab);
	if (!e)
		e = run(&sc, &d, &good);
	if (e)
		tell_failure(&sc, &d);
	company_close(&d.company);
	lab_close(d.lab);
	scope_close(&sc);
	id_gen_free(world.ids);
	return good ? 0 : 1;
}
