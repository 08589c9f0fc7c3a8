/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Without a broker: the flow tests have a real one. */
#include "net/mqtt.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

struct heard {
	int up, down;
	char why[64];
};

static void on_up(void *arg)
{
	((struct heard *)arg)->up++;
}

static void on_down(void *arg, const char *why)
{
	struct heard *h = arg;

	h->down++;
	snprintf(h->why, sizeof h->why, "%s", why);
}

static struct mqtt *client(struct scope *sc, struct heard *h, int port)
{
	struct mqtt *m;

	OK(mqtt_new(sc,
		&(struct mqtt_config){ .host = "127.0.0.1",
			.port = port,
			.client_id = "test",
			.keepalive_s = 30,
			.on_up = on_up,
			.on_down = on_down,
			.arg = h },
		&m));
	return m;
}

static void step_until(struct mqtt *m, const struct heard *h, int down)
{
	for (int i = 0; i < 500 && h->down < down; i++) {
		struct pollfd fd = { .fd = mqtt_fd(m), .events = POLLIN };

		NEED(poll(&fd, 1, 10) >= 0);
		mqtt_step(m, fd.revents != 0, mqtt_wants_write(m));
	}
}

TEST(without_a_broker_it_says_so_and_publishes_nothing)
{
	struct heard h = { 0 };
	struct mqtt *m = client(sc, &h, 1);

	step_until(m, &h, 1);
	CHECK_INT(h.down, 1);
	CHECK_TEXT(h.why, "Connection refused");
	CHECK(!mqtt_is_up(m));
	CHECK_INT(mqtt_fd(m), -1);
	CHECK_INT(mqtt_publish(sc, m, "a/b", bytes_of("x", 1), 1, 60, NULL), ERR_AWAY);
	CHECK_INT(mqtt_subscribe(sc, m, "a/#", 1), ERR_AWAY);
	mqtt_free(m);
}

TEST(one_that_hangs_up_at_once_is_tried_again_later)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	struct heard h = { 0 };
	struct mqtt *m;

	NEED(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 5) == 0);
	NEED(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
	m = client(sc, &h, ntohs(at.sin_port));
	for (int i = 0; i < 200 && mqtt_fd(m) < 0; i++) {
		mqtt_step(m, false, false);
		usleep(5000);
	}
	fd = accept(listener, NULL, NULL);
	NEED(fd >= 0);
	close(fd);
	step_until(m, &h, 1);
	CHECK_INT(h.down, 1);
	CHECK_INT(h.up, 0);
	mqtt_free(m);
	close(listener);
}

TEST(freeing_while_it_connects_or_runs_leaks_nothing)
{
	struct heard h = { 0 };
	struct mqtt *m = client(sc, &h, 1);

	mqtt_step(m, false, false);
	mqtt_free(m);
	m = client(sc, &h, 1);
	OK(mqtt_start(sc, m));
	mqtt_free(m);
	mqtt_free(NULL);
}
