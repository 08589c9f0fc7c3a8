/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* MailU brought up, changed, broken and brought back on a real engine. In the order they stand. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mailu/test/ground.h"

static const char *const all[] = { "redis", "resolver", "front", "admin", "imap", "smtp",
	"antispam" };

/* The containers' ids, by the order of ALL. */
static void note_ids(struct scope *sc, struct ground *g, const char *ids[])
{
	for (size_t i = 0; i < COUNT(all); i++)
		ids[i] = ground_box(sc, g, all[i]).id;
}

/* Every container but SERVICE is the one it was; NULL: all are. */
static void check_only(
	struct scope *sc, struct ground *g, const char *const ids[], const char *service)
{
	for (size_t i = 0; i < COUNT(all); i++) {
		bool same = str_eq(ids[i], ground_box(sc, g, all[i]).id);

		if (same != !str_eq(all[i], service))
			fprintf(stderr, "%s was %s\n", all[i], same ? "kept" : "made anew");
		CHECK(same == !str_eq(all[i], service));
	}
}

TEST(from_nothing_every_service_comes_up_healthy)
{
	struct ground *g = ground_fresh(sc);
	struct box *boxes;
	size_t n;

	CHECK_INT(ground_apply(sc, g, false).state, PART_APPLIED);
	OK(engine_boxes(sc, g->engine, "mailu", &boxes, &n));
	CHECK_INT((int64_t)n, COUNT(all));
	for (size_t i = 0; i < n; i++)
		CHECK_INT(boxes[i].state, BOX_RUNS);
}

TEST(nobody_else_can_reach_what_is_for_the_agent)
{
	static const int ports[] = { 465, 993, 8880, 11334 };
	struct ground *g = ground_up(sc);

	for (size_t i = 0; i < COUNT(ports); i++) {
		CHECK(ground_answers("127.0.0.1", ports[i]));
		CHECK(!ground_answers(OUR_ADDRESS, ports[i]));
	}
	CHECK(ground_answers(OUR_ADDRESS, 25));
	CHECK(!ground_answers("127.0.0.1", 25));
	(void)g;
}

TEST(the_same_again_touches_nothing)
{
	struct ground *g = ground_up(sc);
	const char *ids[COUNT(all)];

	note_ids(sc, g, ids);
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
	check_only(sc, g, ids, NULL);
}

TEST(an_override_touches_only_smtp_and_binds)
{
	static struct part_transport slow[] = { { "slow", 5, 2 } };
	static struct part_route routes[] = { { "other.example", "slow" } };
	static struct part_setting settings[] = { { "smtp_helo_name", "out.$mydomain" } };
	struct ground *g = ground_up(sc);
	const char *ids[COUNT(all)], *said;

	note_ids(sc, g, ids);
	g->part.transports = slow;
	g->part.transport_count = 1;
	g->part.routes = routes;
	g->part.route_count = 1;
	g->part.settings = settings;
	g->part.setting_count = 1;
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
	check_only(sc, g, ids, "smtp");
	said = ground_exec(sc, g, "smtp",
		"postconf -h slow_destination_rate_delay smtp_helo_name; "
		"postconf -M slow/unix; "
		"postmap -q other.example lmdb:/etc/postfix/transport.map");
	CHECK(strstr(said, "5s\n") == said);
	CHECK(strstr(said, "out.$mydomain\n") != NULL);
	CHECK(strstr(said, "syslog_name=postfix-slow") != NULL);
	CHECK(str_ends(said, "slow:\n"));
}

/* MailU itself starts whatever it is told: Postfix's word afterwards is what tells. */
TEST(a_broken_override_is_rolled_back_and_the_reason_kept)
{
	static struct part_setting bad[] = { { "no_such_parameter_of_postfix", "yes" } };
	struct ground *g = ground_up(sc);
	struct part_mailu good = g->part;
	struct work_result r;
	const char *said;

	g->part.settings = bad;
	g->part.setting_count = 1;
	r = ground_apply(sc, g, true);
	CHECK_INT(r.state, PART_REVERTED);
	CHECK(strstr(r.reason, "no_such_parameter_of_postfix") != NULL);
	CHECK(!r.again);
	said = ground_exec(sc, g, "smtp", "postconf -n");
	CHECK(!strstr(said, "no_such_parameter"));
	g->part = good;
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
}

TEST(a_version_that_does_not_exist_leaves_the_old_one_running)
{
	struct ground *g = ground_up(sc);
	struct part_mailu good = g->part;
	struct work_result r;

	g->part.version = "2024.06.99";
	r = ground_apply(sc, g, true);
	CHECK_INT(r.state, PART_REVERTED);
	CHECK(!str_empty(r.reason));
	for (size_t i = 0; i < COUNT(all); i++)
		CHECK_INT(ground_box(sc, g, all[i]).state, BOX_RUNS);
	CHECK(!strstr(ground_text(sc, g, MAILU_COMPOSE_FILE), "2024.06.99"));
	g->part = good;
}

TEST(an_upgrade_replaces_what_has_a_version_and_keeps_the_rest)
{
	struct ground *g = ground_up(sc);
	const char *ids[COUNT(all)];

	note_ids(sc, g, ids);
	g->part.version = "2024.06.58";
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
	for (size_t i = 0; i < COUNT(all); i++)
		CHECK(str_eq(ids[i], ground_box(sc, g, all[i]).id) == str_eq(all[i], "redis"));
}

/* 2024.06.59 comes up healthy and forgets to sign. */
TEST(an_upgrade_whose_mails_cannot_be_verified_is_taken_back)
{
	struct ground *g = ground_up(sc);
	struct part_mailu good = g->part;
	const char *began = g->part.version;
	struct work_result r;

	NEED(!str_eq(began, "2024.06.59"));
	g->part.version = "2024.06.59";
	r = ground_apply(sc, g, true);
	CHECK_INT(r.state, PART_REVERTED);
	CHECK(strstr(r.reason, "it is not signed") != NULL);
	CHECK(strstr(ground_text(sc, g, MAILU_COMPOSE_FILE), began) != NULL);
	CHECK(!strstr(ground_text(sc, g, MAILU_COMPOSE_FILE), "2024.06.59"));
	for (size_t i = 0; i < COUNT(all); i++)
		CHECK_INT(ground_box(sc, g, all[i]).state, BOX_RUNS);
	g->part = good;
}

TEST(a_killed_process_comes_back_and_is_seen_to_have)
{
	struct ground *g = ground_up(sc);

	for (size_t i = 0; i < COUNT(all); i++) {
		struct box before = ground_box(sc, g, all[i]);

		NEED(kill((pid_t)before.pid, SIGKILL) == 0);
		ground_await_restart(sc, g, all[i], before.restarts);
	}
	OK(stack_wait(sc, &g->stack));
}

TEST(a_subnet_in_use_and_a_port_taken_are_refused_before_anything_is_touched)
{
	struct ground *g = ground_up(sc);
	struct part_mailu good = g->part;
	struct work_result r;
	int fd;

	ground_run(sc, "ip address add 192.168.77.1/24 dev lo");
	g->part.subnet = "192.168.77.0/24";
	r = ground_apply(sc, g, true);
	ground_run(sc, "ip address del 192.168.77.1/24 dev lo");
	CHECK_INT(r.state, PART_ERROR);
	CHECK(strstr(r.reason, "192.168.77.0/24 is in use on lo") != NULL);
	g->part = good;
	/* Its own ports are no obstacle, another address' are. */
	ground_run(sc, "ip address add 198.51.100.11/32 dev lo");
	fd = ground_listen("198.51.100.11", 25);
	g->part.address = "198.51.100.11";
	r = ground_apply(sc, g, true);
	close(fd);
	CHECK_INT(r.state, PART_ERROR);
	CHECK(strstr(r.reason, "port 25 of 198.51.100.11 cannot be opened") != NULL);
	CHECK_INT(ground_box(sc, g, "smtp").state, BOX_RUNS);
	CHECK(ground_answers(OUR_ADDRESS, 25));
	g->part = good;
}

/* Without one that worked before, nothing half working stays. */
TEST(a_first_start_that_fails_leaves_nothing_and_is_tried_again)
{
	struct ground *g = ground_fresh(sc);
	struct work_result r;
	struct box *boxes;
	size_t n;
	int fd;

	g->part.version = "2024.06.99";
	r = ground_apply(sc, g, false);
	CHECK_INT(r.state, PART_ERROR);
	CHECK(r.again);
	OK(engine_boxes(sc, g->engine, "mailu", &boxes, &n));
	CHECK_INT((int64_t)n, 0);
	fd = ground_listen(OUR_ADDRESS, 25);
	g->part.version = "2024.06.57";
	r = ground_apply(sc, g, false);
	close(fd);
	CHECK_INT(r.state, PART_ERROR);
	CHECK(strstr(r.reason, "port 25 of " OUR_ADDRESS " cannot be opened") != NULL);
	OK(engine_boxes(sc, g->engine, "mailu", &boxes, &n));
	CHECK_INT((int64_t)n, 0);
}

/* A work of its own whose engine is at SOCKET and whose admin at PORT, for one run. */
static struct work *lend(struct ground *g, struct mailu_site *site, const char *docker, int port)
{
	struct work *own = g->work;

	*site = g->site;
	site->docker = docker;
	site->admin_port = port;
	g->work = work_new(site, g->folder, &g->stop);
	return own;
}

static void give_back(struct ground *g, struct work *own)
{
	work_free(g->work);
	g->work = own;
}

TEST(without_docker_it_says_so_and_tries_again)
{
	struct ground *g = ground_fresh(sc);
	struct mailu_site site;
	struct work *own = lend(g, &site, "/run/no-such.sock", g->site.admin_port);
	struct work_result r = ground_apply(sc, g, false);

	give_back(g, own);
	CHECK_INT(r.state, PART_ERROR);
	CHECK(r.again);
	CHECK_TEXT(r.reason, "Docker does not answer at /run/no-such.sock");
	CHECK(access(g->root, F_OK) != 0);
}

/* Somebody else listens where Docker and MailU's API should: said as such, and tried again. */
TEST(what_answers_in_html_is_neither_docker_nor_mailu)
{
	struct ground *g = ground_fresh(sc);
	struct mailu_site site;
	int fd = ground_listen_unix("/run/html.sock");
	pid_t pid = ground_answer_html(fd);
	struct work *own = lend(g, &site, "/run/html.sock", g->site.admin_port);
	struct work_result r = ground_apply(sc, g, false);

	give_back(g, own);
	kill(pid, SIGKILL);
	close(fd);
	CHECK_INT(r.state, PART_ERROR);
	CHECK(r.again);
	CHECK_TEXT(r.reason, "Docker's answer to /version is no JSON");
	CHECK(access(g->root, F_OK) != 0);

	fd = ground_listen("127.0.0.1", 8899);
	pid = ground_answer_html(fd);
	own = lend(g, &site, GROUND_DOCKER, 8899);
	g->good = strdup(wire_put_mailu(sc, &g->part).data);
	r = ground_settle(sc, g, NULL);
	give_back(g, own);
	kill(pid, SIGKILL);
	close(fd);
	CHECK_INT(r.state, PART_ERROR);
	CHECK(r.again && !r.locked_out);
	CHECK(strstr(r.reason, "something else than JSON") != NULL);
}
