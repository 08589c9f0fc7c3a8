/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Batches of facts as they come over the wire: twice, overlapping, with holes, malformed. */
#include "send/send_bus.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fleet/fleet_bus.h"
#include "fleet_kit.h"
#include "send/message.h"
#include "store/db.h"

#define EPOCH    INT64_C(77)
#define CAMPAIGN 5

struct mails {
	int64_t appliance, id[3];
};

static enum err write_mails(struct scope *sc, void *arg)
{
	struct mails *m = arg;
	enum err e = ERR_NONE;

	for (int i = 0; !e && i < 3; i++) {
		struct message_new new = { .origin = "step",
			.key = arena_printf(sc->mem, "%d", i),
			.workspace = 1,
			.campaign = CAMPAIGN,
			.due = now_plan(sc) };
		bool leased;

		e = message_create(sc, &new, &m->id[i]);
		if (!e)
			e = message_lease(sc,
				&(struct message_lease){ .id = m->id[i],
					.mailbox = 3,
					.appliance = m->appliance,
					.provider = "other",
					.until = { now_real(sc).ms + HOUR_MS } },
				&leased);
	}
	return e;
}

static void say_hello(struct scope *sc, int64_t appliance, int64_t first_kept)
{
	struct wire_hello hello = { .protocol = WIRE_PROTOCOL,
		.version = "1",
		.caps = "",
		.epoch = EPOCH,
		.first_kept = first_kept,
		.next_seq = first_kept };

	OK(fleet_hello(sc, appliance, wire_put_hello(sc, &hello)));
}

static struct mails start(struct scope *sc, struct kit *kit)
{
	struct mails m;

	fleet_kit_start(sc, kit);
	m.appliance = fleet_kit_enrolled(sc, "one");
	OK(db_write(sc, write_mails, &m));
	say_hello(sc, m.appliance, 1);
	return m;
}

/* Facts FIRST..LAST: fact n says that mail n - 1 was queued. */
static struct bytes batch(struct scope *sc, const struct mails *m, int64_t first, int64_t last)
{
	struct wire_fact facts[8];
	struct wire_events e = { .epoch = EPOCH, .first = first, .last = last, .facts = facts };

	for (int64_t seq = first; seq <= last; seq++)
		facts[e.count++] = (struct wire_fact){ .seq = seq,
			.at = now_real(sc).ms,
			.kind = FACT_QUEUED,
			.message = m->id[seq - 1],
			.queue_id = "4XyZ" };
	return wire_put_event(sc, &e);
}

static int queued(struct scope *sc)
{
	struct message_counts counts;

	OK(message_counts(sc, CAMPAIGN, &counts));
	return (int)counts.of[MESSAGE_QUEUED];
}

static int logged(struct scope *sc, const struct mails *m)
{
	int n = 0;

	for (int i = 0; i < 3; i++)
		n += fleet_kit_events(sc, m->id[i], "mail.queued") +
		     fleet_kit_events(sc, m->id[i], "mail.ignored");
	return n;
}

TEST(a_batch_that_comes_twice_or_overlaps_is_logged_once)
{
	struct mails m = start(sc, kit);

	OK(send_event(sc, m.appliance, batch(sc, &m, 1, 2)));
	CHECK_INT(queued(sc), 2);
	CHECK_INT(logged(sc, &m), 2);
	OK(send_event(sc, m.appliance, batch(sc, &m, 1, 2)));
	CHECK_INT(logged(sc, &m), 2);
	OK(send_event(sc, m.appliance, batch(sc, &m, 2, 3)));
	CHECK_INT(queued(sc), 3);
	CHECK_INT(logged(sc, &m), 3);
	OK(send_event(sc, m.appliance, batch(sc, &m, 1, 1)));
	CHECK_INT(logged(sc, &m), 3);
}

SQL(test_deferrals, SQL_TENANT,
	"SELECT count(*) FROM event WHERE tenant = $1 AND subject = $2 AND kind = 'mail.deferred'");

struct clicks {
	const struct scope *parent;
	atomic_bool stop;
	pthread_t thread;
};

static enum err click(struct scope *sc, void *arg)
{
	return ERR_NONE;
}

/* Somebody who waits for the database again and again. */
static void *click_often(void *arg)
{
	struct clicks *c = arg;

	while (!c->stop) {
		struct scope sc;

		scope_open_for(&sc, c->parent, KIT_TENANT);
		if (db_write(&sc, click, NULL))
			abort();
		scope_close(&sc);
		usleep(1000);
	}
	return NULL;
}

/* More facts than one transaction takes, where somebody waits also fewer, with holes given up on
   the borders. */
TEST(a_long_batch_is_stored_whole_and_once)
{
	struct mails m = start(sc, kit);
	struct wire_fact *facts = arena_array(sc->mem, 700, sizeof *facts);
	struct wire_events e = { .epoch = EPOCH, .first = 1, .facts = facts };
	struct clicks clicks = { .parent = sc };
	struct wire_ack ack = { 0 };
	int64_t seq = 0, deferrals;

	while (e.count < 700) {
		int64_t gap = e.count == 128 || e.count == 500 ? 40 : 0;

		seq += 1 + gap;
		facts[e.count++] = (struct wire_fact){ .seq = seq,
			.at = now_real(sc).ms,
			.kind = gap ? FACT_GAP : FACT_DEFERRED,
			.message = gap ? 0 : m.id[0],
			.first = gap ? seq - gap : 0,
			.last = gap ? seq : 0 };
	}
	e.last = seq;
	NEED(pthread_create(&clicks.thread, NULL, click_often, &clicks) == 0);
	for (int i = 0; i < 2; i++) {
		OK(send_event_store(sc, m.appliance, wire_put_event(sc, &e), &ack));
		CHECK_INT(ack.mark, seq);
		OK(db_int(sc, &test_deferrals, BIND(V(m.id[0])), &deferrals));
		CHECK_INT(deferrals, 698);
		CHECK_INT(fleet_kit_events(sc, m.appliance, "appliance.gap"), 2);
	}
	clicks.stop = true;
	pthread_join(clicks.thread, NULL);
}

TEST(a_batch_behind_a_hole_waits_until_the_hole_is_filled_or_given_up)
{
	struct mails m = start(sc, kit);

	OK(send_event(sc, m.appliance, batch(sc, &m, 3, 3)));
	CHECK_INT(logged(sc, &m), 0);
	say_hello(sc, m.appliance, 3);
	CHECK_INT(fleet_kit_events(sc, m.appliance, "appliance.gap"), 1);
	OK(send_event(sc, m.appliance, batch(sc, &m, 3, 3)));
	CHECK_INT(logged(sc, &m), 1);
}

TEST(a_mark_is_never_said_under_an_epoch_it_does_not_belong_to)
{
	struct mails m = start(sc, kit);
	struct wire_fact fact = { .seq = 3, .at = 1, .kind = FACT_QUEUED, .message = m.id[0] };
	struct wire_events other = { EPOCH + 1, 3, 3, &fact, 1 };
	struct wire_ack ack = { 0 };

	OK(send_event_store(sc, m.appliance, batch(sc, &m, 1, 2), &ack));
	CHECK_INT(ack.epoch, EPOCH);
	CHECK_INT(ack.mark, 2);
	/* Of an outbox that is not known here nothing is stored, and nothing acknowledged. */
	OK(send_event_store(sc, m.appliance, wire_put_event(sc, &other), &ack));
	CHECK_INT(ack.epoch, EPOCH);
	CHECK_INT(ack.mark, 2);
	CHECK_INT(queued(sc), 2);
	/* Behind a hole the mark says where to go on. */
	fact.seq = 9;
	other = (struct wire_events){ EPOCH, 9, 9, &fact, 1 };
	OK(send_event_store(sc, m.appliance, wire_put_event(sc, &other), &ack));
	CHECK_INT(ack.epoch, EPOCH);
	CHECK_INT(ack.mark, 2);
}

TEST(facts_about_another_appliances_mail_move_nothing)
{
	struct mails m = start(sc, kit);
	int64_t other = fleet_kit_enrolled(sc, "other");

	say_hello(sc, other, 1);
	OK(send_event(sc, other, batch(sc, &m, 1, 3)));
	CHECK_INT(queued(sc), 0);
}

TEST(malformed_messages_change_nothing)
{
	struct mails m = start(sc, kit);
	struct bytes good = batch(sc, &m, 1, 3);

	for (size_t len = 0; len < good.len; len++)
		CHECK_INT(send_event(sc, m.appliance, bytes_of(good.data, len)), ERR_INPUT);
	CHECK_INT(send_taken(sc, m.appliance, bytes_of("{}", 2)), ERR_INPUT);
	CHECK_INT(fleet_hello(sc, m.appliance, bytes_of("[]", 2)), ERR_INPUT);
	CHECK_INT(fleet_csr(sc, m.appliance, bytes_of("\0", 1)), ERR_INPUT);
	CHECK_INT(queued(sc), 0);
	scope_clear(sc);
}
