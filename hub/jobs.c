/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that time can start. A kind with a period comes by itself, once in the installation;
 * the others are asked for by job_at(), once per tenant and key. A lease is how long the work of a
 * hub that died lies still: short where each batch renews it.
 */
#include "jobs.h"

#include "audience/audience_job.h"
#include "campaign/campaign_job.h"
#include "event/event_job.h"
#include "guard/guard_job.h"
#include "mailu/mailu_job.h"
#include "notice/notice.h"
#include "object/object_job.h"
#include "repute/listing_job.h"
#include "repute/score_job.h"
#include "repute/weather_job.h"
#include "send/claim_job.h"
#include "sender/sender_job.h"
#include "track/track_job.h"

/* clang-format off */
const struct job_kind jobs[] = {
	/* kind, period, lease, tries, run, summary */
	{ "import", 0, 20 * SECOND_MS, 10, audience_import_run, "Reads a file of contacts" },
	{ "contact.providers", 0, MINUTE_MS, 0, audience_providers_run, "Finds out which mailbox provider each contact is with" },
	{ "contact.sites", 10 * MINUTE_MS, MINUTE_MS, 0, audience_sites_run, "Asks for that again where it has grown old" },
	{ "campaign", 0, 10 * SECOND_MS, 0, campaign_run, "Moves one campaign on: enrols, sends what is due, ends" },
	{ "suppression.push", 0, 30 * SECOND_MS, 0, audience_suppression_run, "Puts the newest of the suppression list on the shelf of each appliance" },
	{ "suppression.segments", 0, 30 * SECOND_MS, 0, audience_segments_run, "Puts the whole of a long suppression list there" },
	{ "mailu.selector", 0, 30 * SECOND_MS, 0, mailu_selector_run, "Changes the DKIM keys of one appliance: proved, then they sign, then the old ones go" },
	{ "event.retain", HOUR_MS, MINUTE_MS, 0, event_retain_run, "Forgets details of facts after 90 days" },
	{ "object.expire", 10 * MINUTE_MS, MINUTE_MS, 0, object_expire_run, "Removes files past their time" },
	{ "domain.check", 0, 30 * SECOND_MS, 5, sender_domain_run, "Looks up the DNS records of one domain" },
	{ "sender.domains", MINUTE_MS, 30 * SECOND_MS, 0, sender_domains_run, "Looks up the records of domains again: hourly, more often while one is new" },
	{ "repute.check", 0, MINUTE_MS, 5, listing_one_run, "Asks block lists about one address or domain" },
	{ "repute.lists", MINUTE_MS, MINUTE_MS, 0, listing_round_run, "Asks block lists about addresses and domains: each hourly" },
	{ "repute.scores", MINUTE_MS, MINUTE_MS, 0, score_settle_run, "Counts scores of addresses, domains and mailboxes anew" },
	{ "repute.weather", MINUTE_MS, MINUTE_MS, 0, weather_look_run, "Calls bad weather at mailbox providers, and its end" },
	{ "object.sweep", DAY_MS, 10 * MINUTE_MS, 0, object_sweep_run, "Removes files of objects_dir that no row names" },
	{ "claim.sweep", DAY_MS, MINUTE_MS, 0, claim_sweep_run, "Forgets what appliances said after a restore of mails that are at an end or were never made again" },
	{ "sender.zones", 10 * MINUTE_MS, MINUTE_MS, 0, sender_zones_run, "Follows the clock changes of mailboxes' zones" },
	{ "track.hosts", 10 * MINUTE_MS, 30 * SECOND_MS, 0, track_hosts_run, "Looks hourly whether tracking hosts still lead here" },
	{ NOTICE_JOB, 0, 2 * MINUTE_MS, 20, notice_job, "Sends an invitation or a reset through the operator's mail server" },
	{ "guard.sweep", HOUR_MS, MINUTE_MS, 0, guard_sweep_run, "Forgets counts and credentials that ended" },
	{ 0 },
};
/* clang-format on */
