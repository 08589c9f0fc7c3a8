/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/unit.h"

#include <errno.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "base/str.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER SYSTEMD ".Manager"
#define PATH    "/org/freedesktop/systemd1"
#define WAIT_US (10 * UINT64_C(1000000))

static sd_bus *open_bus(const char *unit)
{
	sd_bus *bus = NULL;

	if (str_empty(unit) || sd_booted() <= 0 || sd_bus_open_system(&bus) < 0)
		return NULL;
	sd_bus_set_method_call_timeout(bus, WAIT_US);
	return bus;
}

/* The object of UNIT, loaded where it is not yet. Arena. */
static const char *find(struct scope *sc, sd_bus *bus, const char *unit)
{
	sd_bus_message *answer = NULL;
	const char *path = NULL;

	if (sd_bus_call_method(bus, SYSTEMD, PATH, MANAGER, "LoadUnit", NULL, &answer, "s", unit) >=
			0 &&
		sd_bus_message_read(answer, "o", &path) >= 0)
		path = arena_text(sc->mem, path);
	else
		path = NULL;
	sd_bus_message_unref(answer);
	return path;
}

static const char *property(struct scope *sc, sd_bus *bus, const char *path, const char *name)
{
	char *value = NULL;
	const char *text;

	if (sd_bus_get_property_string(bus, SYSTEMD, path, SYSTEMD ".Unit", name, NULL, &value) < 0)
		return NULL;
	text = arena_text(sc->mem, value);
	free(value);
	return text;
}

const char *unit_state(struct scope *sc, const char *unit)
{
	sd_bus *bus = open_bus(unit);
	const char *path = bus ? find(sc, bus, unit) : NULL, *state = NULL;

	/* What nobody installed is loaded, too, and says so. */
	if (path && str_eq(property(sc, bus, path, "LoadState"), "loaded"))
		state = property(sc, bus, path, "ActiveState");
	sd_bus_flush_close_unref(bus);
	return state;
}

enum err unit_restart(struct scope *sc, const char *unit)
{
	sd_bus *bus = open_bus(unit);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	enum err e = ERR_NONE;
	int r;

	if (!bus)
		return fail(sc, ERR_AWAY, "systemd does not answer");
	r = sd_bus_call_method(
		bus, SYSTEMD, PATH, MANAGER, "RestartUnit", &error, NULL, "ss", unit, "replace");
	if (r < 0)
		e = fail(sc, r == -EACCES || r == -EPERM ? ERR_DENIED : ERR_AWAY, "%s: %s", unit,
			error.message ? error.message : strerror(-r));
	sd_bus_error_free(&error);
	sd_bus_flush_close_unref(bus);
	return e;
}

static bool is_down(const char *state)
{
	return str_eq(state, "inactive") || str_eq(state, "failed");
}

bool unit_is_down(struct scope *sc, const char *unit)
{
	return is_down(unit_state(sc, unit));
}

void unit_explain(struct scope *sc, const char *unit, bool start)
{
	const char *why = arena_text(sc->mem, sc->why), *state = unit_state(sc, unit);

	if (!is_down(state))
		return;
	scope_clear(sc);
	if (start && unit_restart(sc, unit)) {
		why = arena_printf(sc->mem, "%s is %s and cannot be started: %s", unit, state,
			arena_text(sc->mem, sc->why));
		scope_clear(sc);
	} else {
		why = arena_printf(sc->mem, "%s; %s is %s%s", why, unit, state,
			start ? ": it is started" : "");
	}
	fail(sc, ERR_AWAY, "%s", why);
}
