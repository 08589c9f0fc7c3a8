/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever may come on any topic, in the middle of a campaign: nothing changes, nobody dies. */
#include "flow.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/out.h"
#include "garble.h"

#define FINISH_MS  60000
#define PEOPLE     20
#define PACKET_MAX 261000 /* what the broker lets through, less the topic */

/* As a hub, which may write to all topics: each line of FILE a message. */
static void publish_lines(struct scope *sc, struct lab *l, const char *topic, const char *file)
{
	const char *const argv[] = { "mosquitto_pub", "-V", "5", "-q", "1", "-h", "127.0.0.1", "-p",
		arena_printf(sc->mem, "%d", l->broker_port), "--cafile",
		lab_path(l, "hub/server-ca.pem"), "--cert", lab_path(l, "hub/hub.crt"), "--key",
		lab_path(l, "hub/hub.key"), "-t", topic, "-l", NULL };
	struct proc_spec spec = { "mosquitto_pub", argv, lab_path(l, "log/pub.log"), NULL, 0, 0 };

	spec.in = open(file, O_RDONLY | O_CLOEXEC);
	NEED(spec.in >= 0);
	OK(proc_run(sc, &spec, 30000, NULL));
	close(spec.in);
}

/* Everything that can be wrong with a message of TYPE; how many were sent. */
static int64_t send_garbage(struct scope *sc, struct company *c, enum wire_type type)
{
	const char *file = lab_path(c->lab, "garbage");
	struct garbled *list;
	int64_t sent = 0;
	struct out o;
	size_t n;

	garble(sc, type, &list, &n);
	out_init(&o, sc->mem);
	for (size_t i = 0; i < n; i++) {
		/* An empty line is no message, and what is larger ends at the broker. */
		if (list[i].payload.len == 0 || list[i].payload.len > PACKET_MAX)
			continue;
		out_bytes(&o, list[i].payload.data, list[i].payload.len);
		out_char(&o, '\n');
		sent++;
	}
	OK(lab_write(sc, file, o.data));
	publish_lines(sc, c->lab,
		arena_printf(sc->mem, "pm/1/%s/%s", c->appliance, wire_type_name(type)), file);
	return sent;
}

static int64_t count_in(struct scope *sc, struct lab *l, const char *part, const char *what)
{
	struct bytes log;
	int64_t n = 0;

	OK(lab_read(sc, arena_printf(sc->mem, "%s/log/%s.log", l->folder, part), &log));
	for (const char *p = log.data; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static const char standing[] =
	"SELECT (SELECT sum(version + reported) FROM part) * 1000 + (SELECT sum(epoch % 1000) "
	"FROM uplink) + (SELECT count(*) FROM event WHERE kind LIKE 'appliance.%')";

TEST(garbage_on_every_topic_is_refused_and_changes_nothing)
{
	struct company *c = flow_company(sc);
	struct lab *l = c->lab;
	const char *mailbox = flow_mailbox(sc, c, 2 * HOUR_MS), *id;
	int64_t up = 0, down = 0, hub_said, agent_said, before, twice;
	pid_t hub, agent;

	id = flow_launch(sc, c, flow_people(sc, c, "garbage", "inbox.test", PEOPLE), mailbox, 1);
	NEED(WAIT_FOR(flow_accepted(sc, l, "garbage", NULL) > 1, FINISH_MS));
	OK(company_wait_online(sc, c));
	hub = l->hub.pid, agent = l->agent.pid;
	before = lab_number(sc, l, standing);
	hub_said = count_in(sc, l, "hub", ": input: ");
	agent_said = count_in(sc, l, "agent", ": input: ");
	for (int t = 0; t < WIRE_TYPES; t++) {
		int64_t sent = send_garbage(sc, c, (enum wire_type)t);

		*(wire_goes_up((enum wire_type)t) ? &up : &down) += sent;
	}
	/* Of a type that nobody knows: nobody hears it. */
	publish_lines(sc, l, arena_printf(sc->mem, "pm/1/%s/nonsense", c->appliance),
		lab_path(l, "garbage"));
	CHECK(up > 100 && down > 100);
	CHECK(WAIT_FOR(count_in(sc, l, "hub", ": input: ") - hub_said >= up, 20000));
	CHECK(WAIT_FOR(count_in(sc, l, "agent", ": input: ") - agent_said >= down, 20000));
	CHECK_INT(lab_number(sc, l, standing), before);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	flow_check_exact(sc, c, id);
	CHECK_INT(flow_count(sc, c, id, "delivered"), PEOPLE);
	CHECK_INT(flow_accepted(sc, l, "garbage", &twice), PEOPLE);
	CHECK_INT(twice, 0);
	CHECK(proc_is_alive(&l->hub) && l->hub.pid == hub);
	CHECK(proc_is_alive(&l->agent) && l->agent.pid == agent);
}
