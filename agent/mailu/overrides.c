/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is laid over MailU's own Postfix and Rspamd. A transport's limits stand in main.cf: the
 * queue manager looks for them there only, and `-o` of master.cf would do nothing.
 */
#include "mailu/render.h"

#include "base/out.h"

/* Queue ids that are never used twice; no notices that look like bounces; a mail that cannot be
   delivered comes back within days. */
static const struct part_setting always[] = {
	{ "enable_long_queue_ids", "yes" },
	{ "delay_warning_time", "0" },
	{ "notify_classes", "resource, software" },
	{ "maximal_queue_lifetime", "3d" },
	{ "bounce_queue_lifetime", "1d" },
};

/* With a limit of one recipient, Postfix would take each recipient for a destination of its own. */
#define RECIPIENTS "20"

static struct part_setting limit(
	struct scope *sc, const char *transport, const char *what, const char *value)
{
	return (struct part_setting){ arena_printf(sc->mem, "%s_destination_%s", transport, what),
		value };
}

size_t mailu_postfix_wants(
	struct scope *sc, const struct mailu_spec *spec, struct part_setting **out)
{
	const struct part_mailu *p = &spec->part;
	size_t n = 0;
	struct part_setting *list = arena_array(
		sc->mem, COUNT(always) + p->transport_count * 3 + p->setting_count, sizeof *list);

	for (size_t i = 0; i < COUNT(always); i++)
		list[n++] = always[i];
	for (size_t i = 0; i < p->transport_count; i++) {
		const struct part_transport *t = &p->transports[i];

		list[n++] = limit(sc, t->name, "rate_delay",
			arena_printf(sc->mem, "%llds", (long long)t->delay_s));
		list[n++] = limit(sc, t->name, "concurrency_limit",
			arena_printf(sc->mem, "%lld", (long long)t->concurrency));
		list[n++] = limit(sc, t->name, "recipient_limit", RECIPIENTS);
	}
	for (size_t i = 0; i < p->setting_count; i++)
		list[n++] = (struct part_setting){ p->settings[i].name,
			p->settings[i].value ? p->settings[i].value : "" };
	*out = list;
	return n;
}

/* MailU hands each line to a shell in double quotes. */
const char *mailu_postfix_cf(struct scope *sc, const struct mailu_spec *spec)
{
	struct part_setting *list;
	size_t n = mailu_postfix_wants(sc, spec, &list);
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < n; i++) {
		out_printf(&o, "%s = ", list[i].name);
		for (const char *c = list[i].value; *c; c++) {
			if (*c == '$')
				out_char(&o, '\\');
			out_char(&o, *c);
		}
		out_char(&o, '\n');
	}
	return o.data;
}

const char *mailu_postfix_master(struct scope *sc, const struct mailu_spec *spec)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < spec->part.transport_count; i++) {
		const char *name = spec->part.transports[i].name;

		out_printf(&o, "%s/unix=%s unix - - n - - smtp -o syslog_name=postfix-%s\n", name,
			name, name);
	}
	return o.data;
}

const char *mailu_transport_map(struct scope *sc, const struct mailu_spec *spec)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < spec->part.route_count; i++)
		out_printf(&o, "%s %s:\n", spec->part.routes[i].domain,
			spec->part.routes[i].transport);
	return o.data;
}
