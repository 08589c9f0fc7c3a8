/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/file.h"
#include "base/id.h"
#include "config.h"
#include "fleet/authority.h"
#include "fleet/broker.h"
#include "net/mqtt.h"

#define SINCE_MS  (7 * DAY_MS)
#define LIFE_MS   (10 * MINUTE_MS)
#define REREAD_MS 500
#define WAIT_MS   INT64_C(5000)

SQL(kick_whom, SQL_ENGINE,
	"SELECT appliance FROM uplink WHERE revoked_at > $1 ORDER BY revoked_at DESC");

struct whom {
	int64_t appliance;
};
SHAPE(whom_shape, struct whom, COL(struct whom, appliance));

/* Connects under the machine's name, which ends the connection that has it. */
static enum err take_over(struct scope *sc, const struct mqtt_config *c, const char *id)
{
	int64_t until = clock_mono() + WAIT_MS;
	struct mqtt *m;
	bool is_up = false;
	enum err e = mqtt_new(sc, c, &m);

	if (e)
		return e;
	while (!is_up && clock_mono() < until) {
		struct pollfd fd = { .fd = mqtt_fd(m), .events = POLLIN };

		if (poll(&fd, 1, 50) < 0 && errno != EINTR)
			break;
		mqtt_step(m, fd.revents != 0, false);
		is_up = mqtt_is_up(m);
	}
	mqtt_free(m);
	return is_up ? ERR_NONE : fail(sc, ERR_UPSTREAM, "The broker did not let %s be taken", id);
}

static enum err kick(struct scope *sc, const char *dir, int64_t appliance)
{
	const struct config *c = hub_of(sc)->config;
	const char *id = id_format(sc->mem, ID_APPLIANCE, appliance);
	const char *file = arena_printf(sc->mem, "%s/kick.pem", dir), *both;
	int64_t now = now_real(sc).ms;
	struct x509_pair ca, pair;
	enum err e = authority_pair(sc, AUTHORITY_AGENT, &ca);

	if (!e)
		e = x509_client(sc, &ca, id, now - LIFE_MS, now + LIFE_MS, &pair);
	if (e)
		return e;
	both = arena_printf(sc->mem, "%s%s", pair.cert, pair.key);
	e = file_write(sc, file, 0600, bytes_of(both, strlen(both)));
	if (!e)
		e = take_over(sc,
			&(struct mqtt_config){ .host = c->broker_agent_host,
				.port = (int)c->broker_agent_port,
				.client_id = id,
				.ca_file = authority_paths(sc).server_ca,
				.cert_file = file,
				.key_file = file,
				.keepalive_s = 30 },
			id);
	unlink(file);
	return e;
}

enum err fleet_broker_kick(struct scope *sc, const char *dir, int64_t pid, int *kicked)
{
	struct whom *rows;
	size_t n = 0;
	enum err e;

	*kicked = 0;
	if (kill((pid_t)pid, SIGHUP) != 0)
		return fail(sc, ERR_UPSTREAM, "The broker (process %lld) cannot be signalled: %s",
			(long long)pid, strerror(errno));
	e = db_list(sc, &kick_whom, BIND(V(now_real(sc).ms - SINCE_MS)), &whom_shape, &rows, &n);
	/* It reads its files when its loop comes round; who is let go before would come back. */
	if (!e && n)
		poll(NULL, 0, REREAD_MS);
	for (size_t i = 0; !e && i < n; i++) {
		e = kick(sc, dir, rows[i].appliance);
		if (!e)
			*kicked += 1;
	}
	return e;
}
