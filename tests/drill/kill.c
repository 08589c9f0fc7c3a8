/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "drill.h"

#define DOWN_MS  400  /* a part stays dead for at most this long */
#define BREAK_MS 1500 /* between two kills, at most */

static enum err postfix_die(struct scope *sc, struct lab *l)
{
	return postfix_do(sc, l, "kill");
}

static enum err hub_die(struct scope *sc, struct lab *l)
{
	lab_kill_part(l, &l->hub);
	return ERR_NONE;
}

static enum err agent_die(struct scope *sc, struct lab *l)
{
	lab_kill_part(l, &l->agent);
	return ERR_NONE;
}

static enum err broker_die(struct scope *sc, struct lab *l)
{
	lab_kill_part(l, &l->broker);
	return ERR_NONE;
}

static enum err database_die(struct scope *sc, struct lab *l)
{
	lab_kill_part(l, &l->postgres);
	return ERR_NONE;
}

static bool hub_lives(struct lab *l)
{
	return proc_is_alive(&l->hub);
}

static bool agent_lives(struct lab *l)
{
	return proc_is_alive(&l->agent);
}

static bool broker_lives(struct lab *l)
{
	return proc_is_alive(&l->broker);
}

static bool postfix_lives(struct lab *l)
{
	return port_answers(l->smtp_port);
}

static bool database_lives(struct lab *l)
{
	return proc_is_alive(&l->postgres);
}

static const struct {
	const char *name;
	bool (*lives)(struct lab *l);
	enum err (*die)(struct scope *sc, struct lab *l);
	enum err (*start)(struct scope *sc, struct lab *l);
} targets[KILL_TARGETS] = {
	[KILL_HUB] = { "hub", hub_lives, hub_die, hub_start },
	[KILL_AGENT] = { "agent", agent_lives, agent_die, agent_start },
	[KILL_BROKER] = { "broker", broker_lives, broker_die, broker_start },
	[KILL_POSTFIX] = { "postfix", postfix_lives, postfix_die, postfix_start },
	[KILL_DATABASE] = { "database", database_lives, database_die, postgres_start },
};

/* xorshift64*: the whole drill repeats from its seed but for the machine's own timing. */
int64_t drill_random(struct drill *d, int64_t bound)
{
	d->random ^= d->random >> 12;
	d->random ^= d->random << 25;
	d->random ^= d->random >> 27;
	return (int64_t)((d->random * UINT64_C(2685821657736338717) >> 33) % (uint64_t)bound);
}

/* Each target equally often, in random order. */
static enum target *kill_list(struct scope *sc, struct drill *d)
{
	enum target *list = arena_array(sc->mem, (size_t)d->kills, sizeof *list);
	int kinds = d->lab->config.db == LAB_POSTGRES ? KILL_TARGETS : KILL_DATABASE;

	for (int i = 0; i < d->kills; i++)
		list[i] = (enum target)(i % kinds);
	for (int i = d->kills - 1; i > 0; i--) {
		int64_t k = drill_random(d, i + 1);
		enum target t = list[i];

		list[i] = list[k];
		list[k] = t;
	}
	return list;
}

static enum err kill_one(struct scope *sc, struct drill *d, int number, enum target t)
{
	int64_t moving = 0, down = drill_random(d, DOWN_MS);
	enum err e;

	sleep_ms(drill_random(d, BREAK_MS));
	e = drill_count(sc, d, "moving", &moving);
	if (e)
		return e;
	if (moving == 0 || !targets[t].lives(d->lab))
		return fail(sc, ERR_CONFLICT, "nothing moved, or the %s was dead, before kill %d",
			targets[t].name, number);
	e = targets[t].die(sc, d->lab);
	if (e)
		return e;
	d->killed[t]++;
	printf("drill: %3d  %6.1f s  kill -9 %-8s  %4lld moving  down %lld ms\n", number,
		(double)(clock_mono() - d->since) / 1000, targets[t].name, (long long)moving,
		(long long)down);
	fflush(stdout);
	sleep_ms(down);
	return targets[t].start(sc, d->lab);
}

enum err drill_kill(struct scope *sc, struct drill *d)
{
	const enum target *list = kill_list(sc, d);
	enum err e = ERR_NONE;

	for (int i = 0; i < d->kills && !e; i++) {
		struct scope own;

		scope_open(&own, sc->world, "drill");
		e = kill_one(&own, d, i + 1, list[i]);
		if (e)
			fail(sc, e, "%s", own.why);
		scope_close(&own);
	}
	return e;
}
