/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the machine that would send a step thinks of it. */
#include "campaign/campaign.h"

#include "mailu/mailu.h"
#include "mailu/verdict.h"
#include "send/render.h"
#include "sender/mailbox.h"

struct asking {
	int64_t appliance, command;
	const char *user, *mail;
};

static enum err write_ask(struct scope *sc, void *arg)
{
	struct asking *a = arg;

	return verdict_ask(sc, a->appliance, a->user, a->mail, &a->command);
}

/* The first of its mailboxes whose machine has a Rspamd to be asked. */
static enum err find_mailbox(struct scope *sc, int64_t campaign, struct mailbox *out)
{
	struct mailbox *list;
	size_t n;
	enum err e = mailbox_list_campaign(sc, campaign, &list, &n);

	for (size_t i = 0; !e && i < n; i++) {
		struct mailu m;

		e = list[i].appliance ? mailu_find(sc, list[i].appliance, &m) : ERR_MISSING;
		if (!e && mailu_is_on(&m)) {
			*out = list[i];
			return ERR_NONE;
		}
		if (e == ERR_MISSING) {
			scope_clear(sc);
			e = ERR_NONE;
		}
	}
	return e ? e
		 : fail(sc, ERR_CONFLICT,
			   "None of its mailboxes sends through a machine with MailU, which could score it");
}

/* With sample values: nobody's data go into a command. */
static enum err render(struct scope *sc, int64_t content, int64_t mailbox, struct rendered *out)
{
	struct render *r = render_new();
	enum err e = render_preview(sc, r, content, 0, mailbox, out);

	render_free(r);
	return e;
}

enum err campaign_score(struct scope *sc, int64_t id, int step, int64_t *command)
{
	struct campaign_step *steps;
	struct rendered mail;
	struct asking a = { 0 };
	struct mailbox box = { 0 };
	struct campaign c;
	size_t n;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = campaign_steps(sc, id, &steps, &n);
	if (!e && (step < 0 || (size_t)step >= n))
		e = fail_field(sc, "step", "There is no such step");
	if (!e)
		e = find_mailbox(sc, id, &box);
	if (!e)
		e = render(sc, steps[step].content, box.id, &mail);
	if (e)
		return e;
	a.appliance = box.appliance;
	a.user = box.address;
	a.mail = mail.mail;
	e = db_write(sc, write_ask, &a);
	if (!e)
		*command = a.command;
	return e;
}
