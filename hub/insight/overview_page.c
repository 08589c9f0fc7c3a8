/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "insight/overview_page.h"

#include <strings.h>

#include "base/id.h"
#include "event/event.h"
#include "insight/overview_html.h"
#include "text/html.h"

#define APPLIANCES_MAX 200
#define FOUND_MAX      6

struct search_in {
	const char *q;
};
FORM(search_page_form, struct search_in, 0,
	FIELD(struct search_in, q, FIELD_TEXT, 1, 200, false, NULL, "Search"));

static enum err read_campaigns(struct scope *sc, struct overview_view *v)
{
	struct campaign_filter f = { .limit = OVERVIEW_CAMPAIGNS };
	struct campaign *rows;
	struct campaign_progress *progress;
	int64_t ids[OVERVIEW_CAMPAIGNS];
	enum err e = campaign_list(sc, &f, &rows, &v->campaign_count);

	if (e)
		return e;
	progress = arena_array(sc->mem, v->campaign_count + 1, sizeof *progress);
	for (size_t i = 0; i < v->campaign_count; i++)
		ids[i] = rows[i].id;
	v->campaigns = rows;
	v->progress = progress;
	return v->campaign_count ? campaign_progress_list(sc, ids, v->campaign_count, progress)
				 : ERR_NONE;
}

static enum err read_mailboxes(struct scope *sc, struct overview_view *v)
{
	struct mailbox *rows;
	int64_t *today, day = clock_day(now_plan(sc).ms);
	enum err e = mailbox_list(sc, &rows, &v->mailbox_count);

	if (e)
		return e;
	today = arena_array(sc->mem, v->mailbox_count + 1, sizeof *today);
	for (size_t i = 0; i < v->mailbox_count && !e; i++) {
		struct tally_row *tally;
		size_t n;

		e = tally_list_day(sc, "mailbox", rows[i].id, day, &tally, &n);
		if (!e)
			today[i] = tally_of(tally, n, "mail.queued");
	}
	v->mailboxes = rows;
	v->today = today;
	return e;
}

static enum err read_rest(struct scope *sc, struct overview_view *v)
{
	struct appliance *appliances;
	struct domain *domains;
	enum err e = appliance_list(sc, NULL, APPLIANCES_MAX, &appliances, &v->appliance_count);

	if (!e)
		e = domain_list(sc, &domains, &v->domain_count);
	if (!e)
		e = contact_count(sc, &v->contacts);
	if (!e)
		e = tenant_find(sc, &v->tenant);
	if (!e)
		e = tenant_postal(sc, sc->workspace, &v->postal);
	if (e)
		return e;
	v->appliances = appliances;
	v->domains = domains;
	return ERR_NONE;
}

enum err overview_page(struct scope *sc, struct request *q, const void *input)
{
	struct overview_view v = { .q = q };
	struct out o;
	enum err e = read_campaigns(sc, &v);

	if (!e)
		e = read_mailboxes(sc, &v);
	if (!e)
		e = read_rest(sc, &v);
	if (e)
		return e;
	out_init(&o, sc->mem);
	overview_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Overview"), .nav = "overview", .body = &o });
	return ERR_NONE;
}

struct overview_sums overview_sum(const struct overview_view *v)
{
	struct overview_sums s = { 0 };

	for (size_t i = 0; i < v->campaign_count; i++) {
		const struct campaign_progress *p = &v->progress[i];

		s.moving += p->moving;
		s.delivered += p->delivered;
		s.bounced += p->bounced;
		s.ended += p->created - p->moving;
		s.running += str_eq(v->campaigns[i].state, "running");
	}
	for (size_t i = 0; i < v->mailbox_count; i++) {
		if (!str_eq(v->mailboxes[i].state, "active"))
			continue;
		s.today += v->today[i];
		s.cap += v->mailboxes[i].cap;
	}
	return s;
}

/* ---- first steps ---- */

static bool any_appliance(const struct overview_view *v)
{
	for (size_t i = 0; i < v->appliance_count; i++)
		if (v->appliances[i].enrolled_at)
			return true;
	return false;
}

static bool any_launched(const struct overview_view *v)
{
	for (size_t i = 0; i < v->campaign_count; i++)
		if (v->campaigns[i].launched_at)
			return true;
	return false;
}

int overview_steps(
	struct scope *sc, const struct overview_view *v, struct first_step steps[FIRST_STEPS])
{
	const struct first_step list[FIRST_STEPS] = {
		{ !str_empty(v->postal), t("Say who you are"),
			t("Your postal address stands in every mail; the law asks for it."),
			"/settings", NEED_SETTING },
		{ any_appliance(v), t("Enrol an appliance"),
			t("A server of your own hands the mail to the world."),
			v->appliance_count ? "/appliances" : "/appliances/new", NEED_FLEET },
		{ v->domain_count > 0, t("Add a domain"), t("The name your mail comes from."),
			"/domains/new", NEED_SENDER },
		{ v->mailbox_count > 0, t("Add a mailbox"),
			t("An address with a pace people can bear."), "/mailboxes/new",
			NEED_SENDER },
		{ v->contacts.active > 0, t("Import contacts"),
			t("A CSV file with a line for each person."), "/contacts/import",
			NEED_CONTACT },
		{ any_launched(v), t("Launch a campaign"), t("Write, test, check, launch."),
			"/campaigns/new", NEED_CAMPAIGN },
	};
	int done = 0;

	for (int i = 0; i < FIRST_STEPS; i++) {
		steps[i] = list[i];
		if (!request_may(v->q, list[i].need))
			steps[i].path = NULL;
		done += list[i].done;
	}
	return done;
}

/* ---- attention ---- */

static void attend(struct notice *list, size_t *n, const struct notice *one)
{
	if (*n < ATTENTION_MAX)
		list[(*n)++] = *one;
}

static void attend_appliances(
	struct scope *sc, const struct overview_view *v, struct notice *list, size_t *n)
{
	for (size_t i = 0; i < v->appliance_count; i++) {
		const struct appliance *a = &v->appliances[i];
		const char *path = arena_printf(
			sc->mem, "/appliances/%s", id_format(sc->mem, ID_APPLIANCE, a->id));

		if (str_eq(a->state, "stopped"))
			attend(list, n,
				&(struct notice){ "warn", "stop", a->name,
					t("is stopped and sends nothing."), t("Look"), path });
		else if (!str_eq(a->state, "active"))
			continue;
		else if (a->catching_up)
			attend(list, n,
				&(struct notice){ "warn", "refresh", a->name,
					t("has not yet said what it sent since the backup that was "
					  "restored: nothing is sent until it has."),
					t("Look"), path });
		else if (!appliance_is_online(sc, a))
			attend(list, n,
				&(struct notice){ "bad", "wifi-off", a->name,
					t("has not been heard of for more than 90 seconds."),
					t("Look"), path });
		else if (str_eq(a->health, "degraded") || str_eq(a->health, "held"))
			attend(list, n,
				&(struct notice){ "warn", "alert", a->name,
					str_empty(a->reason) ? t("is not well.") : a->reason,
					t("Look"), path });
	}
}

static void attend_campaigns(
	struct scope *sc, const struct overview_view *v, struct notice *list, size_t *n)
{
	for (size_t i = 0; i < v->campaign_count; i++) {
		const struct campaign *c = &v->campaigns[i];
		const struct campaign_progress *p = &v->progress[i];
		const char *path = arena_printf(
			sc->mem, "/campaigns/%s", id_format(sc->mem, ID_CAMPAIGN, c->id));

		if (str_eq(c->state, "paused"))
			attend(list, n,
				&(struct notice){ "warn", "pause-circle", c->name, t("is paused."),
					t("Look"), path });
		if (p->delivered + p->bounced >= 50 &&
			p->bounced * 20 > p->delivered + p->bounced &&
			!str_eq(c->state, "finished"))
			attend(list, n,
				&(struct notice){ "bad", "bounced", c->name,
					tf("bounces %s of its mail: check where the addresses come "
					   "from.",
						format_share(
							sc, p->bounced, p->delivered + p->bounced)),
					t("Look"), path });
	}
}

size_t overview_attention(
	struct scope *sc, const struct overview_view *v, struct notice list[ATTENTION_MAX])
{
	size_t n = 0;

	if (str_empty(v->postal))
		attend(list, &n,
			&(struct notice){ "warn", "alert", t("Postal address"),
				t("is missing: nothing can be launched without it."), t("Give it"),
				"/settings" });
	attend_appliances(sc, v, list, &n);
	attend_campaigns(sc, v, list, &n);
	for (size_t i = 0; i < v->mailbox_count; i++)
		if (str_eq(v->mailboxes[i].state, "active") && !v->mailboxes[i].appliance)
			attend(list, &n,
				&(struct notice){ "warn", "mailbox", v->mailboxes[i].address,
					t("has no appliance and cannot send."), t("Choose one"),
					arena_printf(sc->mem, "/mailboxes/%s",
						id_format(sc->mem, ID_MAILBOX,
							v->mailboxes[i].id)) });
	return n;
}

/* ---- search ---- */

static bool contains(const char *text, const char *part)
{
	size_t len = strlen(part);

	for (; *text; text++)
		if (strncasecmp(text, part, len) == 0)
			return true;
	return false;
}

static enum err find_appliances(struct scope *sc, struct search_view *v)
{
	struct appliance *rows;
	const struct appliance **found = arena_array(sc->mem, FOUND_MAX, sizeof *found);
	size_t n;
	enum err e = appliance_list(sc, NULL, APPLIANCES_MAX, &rows, &n);

	for (size_t i = 0; !e && i < n && v->appliance_count < FOUND_MAX; i++)
		if (contains(rows[i].name, v->text))
			found[v->appliance_count++] = &rows[i];
	v->appliances = found;
	return e;
}

enum err search_page(struct scope *sc, struct request *q, const void *input)
{
	const struct search_in *in = input;
	struct search_view v = { .q = q, .text = in->q ? in->q : "" };
	struct campaign *campaigns;
	struct contact *contacts;
	struct out o;
	enum err e = ERR_NONE;

	if (*v.text) {
		e = campaign_list(sc,
			&(struct campaign_filter){ .search = v.text, .limit = FOUND_MAX },
			&campaigns, &v.campaign_count);
		if (!e)
			e = contact_list(sc,
				&(struct contact_filter){ .search = v.text, .limit = FOUND_MAX },
				&contacts, &v.contact_count);
		if (!e)
			e = find_appliances(sc, &v);
		if (e)
			return e;
		v.campaigns = campaigns;
		v.contacts = contacts;
	}
	out_init(&o, sc->mem);
	search_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Search"), .nav = NULL, .body = &o });
	return ERR_NONE;
}
