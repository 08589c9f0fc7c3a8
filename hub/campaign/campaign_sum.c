/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_sum.h"

#include "base/words.h"

static void add(struct sum *s, struct share *shares, const struct share *one)
{
	if (s->n < SUM_MAX)
		shares[s->n++] = *one;
}

static const char *path(struct scope *sc, const struct campaign_view *v, const char *rest)
{
	return campaign_path(sc, v->c->id, rest);
}

void sum_people(
	struct scope *sc, const struct campaign_view *v, struct sum *s, struct share *shares)
{
	const struct campaign_progress *p = &v->p;

	add(s, shares,
		&(struct share){ t("Finished"), "good", p->finished,
			path(sc, v, "/people?state=finished"), false });
	add(s, shares,
		&(struct share){ t("Stopped"), "warn", p->stopped,
			path(sc, v, "/people?state=stopped"), false });
	for (size_t i = 0; i < p->stopped_by_count; i++)
		if (p->stopped_by[i].n)
			add(s, shares,
				&(struct share){ part_reason(sc, p->stopped_by[i].kind), "warn",
					p->stopped_by[i].n, NULL, true });
	add(s, shares,
		&(struct share){ t("Under way"), "accent", p->under_way,
			path(sc, v, "/people?state=under_way"), false });
	s->label = t("Audience");
	s->total = p->audience;
	s->holds = p->people_hold;
	s->equation = tf("%s people = %s finished + %s stopped + %s under way",
		format_count(sc, p->audience), format_count(sc, p->finished),
		format_count(sc, p->stopped), format_count(sc, p->under_way));
}

struct ending {
	const char *state, *tone;
	int64_t n;
};

static void add_ending(struct scope *sc, const struct campaign_view *v, struct sum *s,
	struct share *shares, const struct ending *e)
{
	add(s, shares,
		&(struct share){ part_state_word(sc, e->state), e->tone, e->n,
			path(sc, v, arena_printf(sc->mem, "/mails?state=%s", e->state)), false });
}

void sum_mails(struct scope *sc, const struct campaign_view *v, struct sum *s, struct share *shares)
{
	const struct campaign_progress *p = &v->p;
	const struct ending ends[] = { { "delivered", "good", p->delivered },
		{ "bounced", "bad", p->bounced }, { "expired", "bad", p->expired },
		{ "unknown", "warn", p->unknown }, { "skipped", "quiet", p->skipped },
		{ "failed", "bad", p->failed } };
	const struct ending moves[] = { { "due", "accent", p->due },
		{ "leased", "accent", p->leased }, { "handed", "accent", p->handed },
		{ "queued", "accent", p->queued } };

	for (size_t i = 0; i < COUNT(ends); i++)
		if (ends[i].n || i < 2)
			add_ending(sc, v, s, shares, &ends[i]);
	add(s, shares, &(struct share){ t("Moving"), "accent", p->moving, NULL, false });
	for (size_t i = 0; i < COUNT(moves); i++) {
		if (!moves[i].n)
			continue;
		add_ending(sc, v, s, shares, &moves[i]);
		shares[s->n - 1].under = true;
	}
	s->label = t("Created");
	s->total = p->created;
	s->holds = p->mails_hold;
	s->equation = tf("%s mails = %s delivered + %s bounced + %s expired + %s unknown + %s "
			 "skipped + %s failed + %s moving",
		format_count(sc, p->created), format_count(sc, p->delivered),
		format_count(sc, p->bounced), format_count(sc, p->expired),
		format_count(sc, p->unknown), format_count(sc, p->skipped),
		format_count(sc, p->failed), format_count(sc, p->moving));
}

bool sum_ended(const struct campaign_view *v)
{
	return str_eq(v->c->state, "finished") || str_eq(v->c->state, "cancelled");
}

const char *sum_left(struct scope *sc, const struct campaign_view *v)
{
	if (sum_ended(v))
		return NULL;
	if (str_eq(v->c->state, "paused"))
		return t("paused");
	if (v->p.left_ms < 0)
		return t("end not known");
	if (v->p.left_ms == 0)
		return NULL;
	return tf("about %s left", format_span(sc, v->p.left_ms));
}

static const struct {
	const char *by, *word;
} setters[] = {
	{ "appliance", WORD("the appliance") },
	{ "campaign", WORD("the campaign") },
	{ "machine", WORD("the machine") },
	{ "mailbox", WORD("the mailbox") },
	{ "operator", WORD("the operator") },
	{ "plan", WORD("the campaign's plan") },
	{ "recipient", WORD("the recipient's server") },
	{ "tenant", WORD("your company") },
};

const char *sum_setter(struct scope *sc, const char *by)
{
	for (size_t i = 0; i < COUNT(setters); i++)
		if (str_eq(setters[i].by, by))
			return tr(sc, setters[i].word);
	return by;
}

const char *sum_holds(
	struct scope *sc, const struct campaign_view *v, const struct campaign_reason *r)
{
	const char *address = NULL;
	const char *mails = r->mails ? tn("holds %lld mail", "holds %lld mails", r->mails) : NULL;

	for (size_t i = 0; i < v->mailbox_count; i++)
		if (r->mailbox && v->mailboxes[i].id == r->mailbox)
			address = v->mailboxes[i].address;
	if (!address)
		return mails;
	return mails ? arena_printf(sc->mem, "%s · %s", mails, address) : address;
}
