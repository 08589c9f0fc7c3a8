/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Each migration keeps the data of the version before it: rows are written as that version did. */
#include "hub_kit.h"

#include "audience/contact.h"
#include "campaign/campaign.h"
#include "fleet/appliance.h"
#include "fleet/catch_up.h"
#include "fleet/check.h"
#include "fleet/fleet_bus.h"
#include "fleet/pool.h"
#include "fleet/uplink.h"
#include "mailu/mailu.h"
#include "mailu/mailu_backup.h"
#include "repute/score.h"
#include "send/letter.h"
#include "send/message.h"
#include "sender/domain.h"
#include "sender/record.h"
#include "track/track_host.h"
#include "warmup/plan.h"

SQL(upgrade_due, SQL_TENANT,
	"SELECT provider_due FROM contact WHERE tenant = $1 ORDER BY id LIMIT 1");
SQL(upgrade_applied, SQL_TENANT,
	"SELECT applied FROM part WHERE tenant = $1 AND appliance = $2 AND name = 'mailboxes'");

SQL(upgrade_placed, SQL_TENANT, "SELECT placed FROM campaign WHERE tenant = $1 AND id = 6");

static enum err run(struct scope *sc, void *arg)
{
	return db_run(sc, arg, BIND_NONE, NULL);
}

/* TEXT names KIT_TENANT as $1. */
static void write_row(struct scope *sc, const char *text)
{
	/* Connections know their statements by address. */
	struct sql *q = arena_alloc(sc->mem, sizeof *q);

	*q = (struct sql){ text, text, SQL_TENANT };
	OK(db_write(sc, run, q));
}

TEST(domains_and_tracking_hosts_stay_as_they_were_when_checks_come)
{
	struct track_host *hosts;
	struct records records;
	struct domain d;
	size_t n;

	kit_hub_before(sc, kit, "0003-domains.sql");
	write_row(sc, "INSERT INTO domain (tenant, id, workspace, name, state, created) "
		      "VALUES ($1, 5, 77, 'acme.example', 'verified', 3)");
	write_row(sc,
		"INSERT INTO host (name, tenant, purpose, scheme, state, target, checked_at) "
		"VALUES ('go.acme.example', $1, 'track', 'https', 'verified', 'l.example', 4)");
	kit_hub_upgrade(sc);
	OK(domain_find(sc, 5, &d));
	CHECK_TEXT(d.name, "acme.example");
	CHECK_TEXT(d.state, "verified");
	CHECK_TEXT(d.proved, NULL);
	CHECK_TEXT(d.selector, "dkim");
	CHECK_INT(d.checked_at, 0);
	OK(record_list(sc, &d, &records));
	NEED(records.count > 0);
	CHECK_TEXT(records.list[0].state, "unchecked");
	OK(track_host_list(sc, &hosts, &n));
	NEED(n == 1);
	CHECK_TEXT(hosts[0].state, "verified");
	CHECK_INT(hosts[0].checked_at, 4);
	CHECK_INT(hosts[0].fails, 0);
}

TEST(domains_are_asked_about_at_once_when_lists_come)
{
	struct domain d;

	kit_hub_before(sc, kit, "0007-address.sql");
	write_row(sc, "INSERT INTO domain (tenant, id, workspace, name, state, created, "
		      "checked_at) VALUES ($1, 5, 77, 'acme.example', 'verified', 3, 4)");
	kit_hub_upgrade(sc);
	OK(domain_find(sc, 5, &d));
	CHECK_TEXT(d.state, "verified");
	CHECK_INT(d.checked_at, 4);
}

TEST(mailboxes_have_no_score_before_there_are_scores)
{
	struct score_now *rows;
	size_t n;

	kit_hub_before(sc, kit, "0010-score.sql");
	write_row(sc,
		"INSERT INTO mailbox (tenant, id, workspace, domain, address, name, state, "
		"cap, gap, jitter, days, from_minute, to_minute, zone, created) VALUES ($1, 5, "
		"77, 6, 'a@acme.example', 'A', 'active', 1, 0, 0, 127, 0, 1440, 'UTC', 0)");
	kit_hub_upgrade(sc);
	OK(score_now_list(sc, SCORE_MAILBOX, &rows, &n));
	NEED(n == 1);
	CHECK_TEXT(rows[0].name, "a@acme.example");
	CHECK_INT(rows[0].score, -1);
}

TEST(appliances_stay_as_they_were_when_alarms_come)
{
	struct uplink u;

	kit_hub_before(sc, kit, "0005-blocked.sql");
	write_row(sc, "INSERT INTO uplink (tenant, appliance, epoch, next, commands_due) "
		      "VALUES ($1, 5, 77, 9, 10)");
	kit_hub_upgrade(sc);
	OK(uplink_find(sc, 5, &u));
	CHECK_INT(u.epoch, 77);
	CHECK_INT(u.next, 9);
}

TEST(mail_servers_have_no_backups_before_these_come)
{
	struct mailu_backup *rows;
	struct appliance a;
	size_t n;

	kit_hub_before(sc, kit, "0020-machine-backup.sql");
	write_row(sc, "INSERT INTO appliance (tenant, id, name, state, created) "
		      "VALUES ($1, 5, 'mx-1', 'active', 3)");
	kit_hub_upgrade(sc);
	OK(appliance_find(sc, 5, &a));
	CHECK_TEXT(a.name, "mx-1");
	OK(mailu_backup_list(sc, 5, &rows, &n));
	CHECK_INT((int64_t)n, 0);
}

TEST(nobody_has_written_back_before_letters_come)
{
	struct letter_filter f = { .campaign = 5, .limit = 10 };
	struct letter *rows;
	struct message m;
	size_t n;

	kit_hub_before(sc, kit, "0014-letter.sql");
	write_row(sc,
		"INSERT INTO message (tenant, id, workspace, origin, key, campaign, state, rank, "
		"due, created, replied_at, inbound) VALUES ($1, 9, 77, 'step', 'k', 5, "
		"'delivered', 10, 0, 0, 3, 1)");
	kit_hub_upgrade(sc);
	OK(message_find(sc, 9, &m));
	CHECK_TEXT(m.state, "delivered");
	OK(letter_list(sc, &f, &rows, &n));
	CHECK_INT((int64_t)n, 0);
}

TEST(machines_say_nothing_of_checks_before_they_come)
{
	struct machine_check *rows;
	struct appliance a;
	size_t n;

	kit_hub_before(sc, kit, "0013-check.sql");
	write_row(sc, "INSERT INTO appliance (tenant, id, name, state, created) "
		      "VALUES ($1, 5, 'mx-1', 'active', 3)");
	kit_hub_upgrade(sc);
	OK(appliance_find(sc, 5, &a));
	CHECK_TEXT(a.name, "mx-1");
	OK(check_list(sc, 5, &rows, &n));
	CHECK_INT((int64_t)n, 0);
}

TEST(pools_are_used_as_before_when_reserves_come)
{
	struct address_pool *rows;
	size_t n;

	kit_hub_before(sc, kit, "0019-pool.sql");
	write_row(sc, "INSERT INTO address (tenant, id, ip, pool, source, state, reason, decided, "
		      "since, created) VALUES ($1, 5, '203.0.113.5', 'old', 'hand', 'available', "
		      "'hand', 'tenant', 1, 1)");
	kit_hub_upgrade(sc);
	OK(address_pools(sc, &rows, &n));
	NEED(n == 1);
	CHECK_TEXT(rows[0].pool, "old");
	CHECK_TEXT(rows[0].mode, "primary");
	CHECK_INT(pool_set_mode(sc, "new", "reserve"), ERR_INPUT);
	scope_clear(sc);
	OK(pool_set_mode(sc, "old", "reserve"));
	OK(address_pools(sc, &rows, &n));
	CHECK_TEXT(rows[0].mode, "reserve");
}

TEST(plans_stay_chosen_when_complaints_come)
{
	int64_t plan;

	kit_hub_before(sc, kit, "0016-complaint.sql"); /* and the rules after them */
	write_row(sc, "INSERT INTO ramp_choice (tenant, unit, unit_id, ramp, since) "
		      "VALUES ($1, 'appliance', 5, 3, 1)");
	kit_hub_upgrade(sc);
	OK(plan_choice(sc, PLAN_APPLIANCE, 5, &plan));
	CHECK_INT(plan, 3);
}

TEST(no_machine_is_a_mail_server_when_mailu_comes)
{
	int64_t applied = 0;
	struct mailu m;

	kit_hub_before(sc, kit, "0011-mailu.sql");
	write_row(sc, "INSERT INTO part (tenant, appliance, name, version, hash, body, applied, "
		      "changed_at) VALUES ($1, 5, 'mailboxes', 4, 'ab', '{}', 3, 2)");
	kit_hub_upgrade(sc);
	CHECK_INT(mailu_find(sc, 5, &m), ERR_MISSING);
	scope_clear(sc);
	OK(db_int(sc, &upgrade_applied, BIND(V(INT64_C(5))), &applied));
	CHECK_INT(applied, 3);
}

TEST(appliances_stay_as_they_were_when_commands_come)
{
	struct uplink u;

	kit_hub_before(sc, kit, "0004-command.sql");
	write_row(sc, "INSERT INTO uplink (tenant, appliance, epoch, next, credit, seen_at) "
		      "VALUES ($1, 5, 77, 9, 10, 11)");
	kit_hub_upgrade(sc);
	OK(uplink_find(sc, 5, &u));
	CHECK_INT(u.epoch, 77);
	CHECK_INT(u.next, 9);
	CHECK_INT(u.credit, 10);
	CHECK_INT(u.seen_at, 11);
	/* Nothing is due. */
	OK(fleet_commands_out(sc));
}

TEST(campaigns_stop_on_an_answer_when_answers_come)
{
	struct campaign c;
	struct message m;

	kit_hub_before(sc, kit, "0009-inbound.sql");
	write_row(sc, "INSERT INTO campaign (tenant, id, workspace, name, state, created) "
		      "VALUES ($1, 6, 77, 'Spring', 'running', 3)");
	write_row(sc, "INSERT INTO message (tenant, id, workspace, origin, key, appliance, state, "
		      "rank, due, created) VALUES ($1, 5, 77, 'step', 'k', 9, 'delivered', 10, 0, "
		      "3)");
	kit_hub_upgrade(sc);
	OK(campaign_find(sc, 6, &c));
	CHECK_TEXT(c.name, "Spring");
	CHECK(c.stop_on_reply);
	OK(message_find(sc, 5, &m));
	CHECK_TEXT(m.state, "delivered");
}

TEST(nobody_is_waited_for_when_an_older_hub_is_upgraded)
{
	struct message m;
	int64_t waits = -1;

	kit_hub_before(sc, kit, "0002-catch-up.sql");
	write_row(sc, "INSERT INTO message (tenant, id, workspace, origin, key, appliance, state, "
		      "rank, due, created) VALUES ($1, 5, 77, 'step', 'k', 9, 'handed', 2, 0, 3)");
	write_row(sc, "INSERT INTO uplink (appliance, tenant, epoch, next, cert_serial) "
		      "VALUES (9, $1, 7, 12, 'ab')");
	kit_hub_upgrade(sc);
	OK(catch_up_waits(sc, &waits));
	CHECK_INT(waits, 0);
	OK(message_find(sc, 5, &m));
	CHECK_TEXT(m.state, "handed");
	CHECK_INT(m.appliance, 9);
}

TEST(contacts_are_asked_for_their_provider_when_an_older_hub_is_upgraded)
{
	struct contact c;
	int64_t due = 1;

	kit_hub_before(sc, kit, "0006-site.sql");
	write_row(sc,
		"INSERT INTO contact (tenant, id, workspace, email_key, email, state, "
		"created) VALUES ($1, 5, 77, 'a@acme.example', 'A@acme.example', 'active', 3)");
	kit_hub_upgrade(sc);
	OK(contact_find(sc, 5, &c));
	CHECK_TEXT(c.email, "A@acme.example");
	CHECK_TEXT(c.provider, NULL);
	OK(db_int(sc, &upgrade_due, BIND_NONE, &due));
	CHECK_INT(due, 0);
}

TEST(campaigns_that_run_keep_the_names_of_their_people_when_places_come)
{
	int64_t placed = 1;

	kit_hub_before(sc, kit, "0015-placed.sql");
	write_row(sc, "INSERT INTO campaign (tenant, id, workspace, name, state, created) "
		      "VALUES ($1, 6, 77, 'Spring', 'running', 3)");
	kit_hub_upgrade(sc);
	OK(db_int(sc, &upgrade_placed, BIND_NONE, &placed));
	CHECK_INT(placed, 0);
}

TEST(nothing_warms_up_when_an_older_hub_is_upgraded)
{
	int64_t plan = 1;

	kit_hub_before(sc, kit, "0008-warmup.sql");
	write_row(sc, "INSERT INTO appliance (tenant, id, name, state, created) "
		      "VALUES ($1, 5, 'one', 'active', 3)");
	kit_hub_upgrade(sc);
	OK(plan_in_force(sc, 5, 0, &plan));
	CHECK_INT(plan, PLAN_NONE);
}
