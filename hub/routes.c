/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that an HTTP request can start. Reading this page is the security review of the hub:
 * a row without a need does not start, an id of another tenant answers 404, unsafe requests of a
 * session need its CSRF token. Sorted by door and pattern.
 */
#include "routes.h"

#include "audience/audience_api.h"
#include "audience/contact_page.h"
#include "campaign/campaign_api.h"
#include "campaign/campaign_page.h"
#include "fleet/address_api.h"
#include "fleet/address_page.h"
#include "fleet/appliance_command_api.h"
#include "fleet/appliance_page.h"
#include "fleet/enrolment_api.h"
#include "fleet/fleet_api.h"
#include "insight/overview_page.h"
#include "people/profile_page.h"
#include "people/session_page.h"
#include "repute/listing_page.h"
#include "repute/score_page.h"
#include "send/send_api.h"
#include "sender/domain_api.h"
#include "sender/domain_page.h"
#include "sender/sender_api.h"
#include "sender/sender_page.h"
#include "tenant/apikey_api.h"
#include "tenant/apikey_page.h"
#include "tenant/audit_api.h"
#include "tenant/audit_page.h"
#include "tenant/member_page.h"
#include "tenant/setting_page.h"
#include "tenant/signup_page.h"
#include "tenant/tenant_api.h"
#include "tenant/workspace_page.h"
#include "track/track_api.h"
#include "track/track_host_page.h"
#include "track/track_page.h"
#include "web/live.h"
#include "web/openapi.h"

/* clang-format off */
const struct route routes[] = {
	/* ---- pages ---- */
	{ "GET", "/", NEED_VIEW, DOOR_PAGE, NULL, overview_page, "What needs attention, and how it goes" },
	{ "GET", "/addresses", NEED_VIEW, DOOR_PAGE, &addresses_page_form, addresses_page, "Addresses that mail leaves from" },
	{ "POST", "/addresses", NEED_FLEET, DOOR_PAGE, &address_add_page_form, address_add_page, "Enter an address" },
	{ "GET", "/addresses/:adr", NEED_VIEW, DOOR_PAGE, NULL, address_page, "One address" },
	{ "POST", "/addresses/:adr", NEED_FLEET, DOOR_PAGE, &address_edit_page_form, address_edit_page, "Change what it belongs to" },
	{ "POST", "/addresses/:adr/lists", NEED_FLEET, DOOR_PAGE, NULL, listing_address_page, "Ask block lists about it now" },
	{ "POST", "/addresses/:adr/remove", NEED_FLEET, DOOR_PAGE, NULL, address_remove_page, "Take it out of the inventory" },
	{ "POST", "/addresses/:adr/state", NEED_FLEET, DOOR_PAGE, &address_state_page_form, address_state_page, "Change its state" },
	{ "GET", "/addresses/new", NEED_FLEET, DOOR_PAGE, NULL, address_new_page, "The form for a new address" },
	{ "GET", "/appliances", NEED_VIEW, DOOR_PAGE, &appliances_page_form, appliances_page, "Appliances" },
	{ "POST", "/appliances", NEED_FLEET, DOOR_PAGE, &appliance_plan_page_form, appliance_plan_page, "Plan an appliance" },
	{ "GET", "/appliances/:app", NEED_VIEW, DOOR_PAGE, NULL, appliance_page, "One appliance" },
	{ "POST", "/appliances/:app/lost", NEED_FLEET, DOOR_PAGE, &appliance_lost_page_form, appliance_lost_page, "Declare it lost" },
	{ "POST", "/appliances/:app/resume", NEED_FLEET, DOOR_PAGE, NULL, appliance_resume_page, "Let it go on" },
	{ "POST", "/appliances/:app/retire", NEED_FLEET, DOOR_PAGE, NULL, appliance_retire_page, "Retire it" },
	{ "POST", "/appliances/:app/stop", NEED_FLEET, DOOR_PAGE, &appliance_reason_page_form, appliance_stop_page, "Stop an appliance" },
	{ "POST", "/appliances/:app/token", NEED_FLEET, DOOR_PAGE, NULL, appliance_token_page, "A one-time token, shown once" },
	{ "GET", "/appliances/new", NEED_FLEET, DOOR_PAGE, NULL, appliance_new_page, "The form for a new appliance" },
	{ "GET", "/campaigns", NEED_VIEW, DOOR_PAGE, &campaigns_page_form, campaigns_page, "Campaigns" },
	{ "POST", "/campaigns", NEED_CAMPAIGN, DOOR_PAGE, &campaign_add_page_form, campaign_add_page, "Make a draft" },
	{ "GET", "/campaigns/:cmp", NEED_VIEW, DOOR_PAGE, NULL, campaign_page, "One campaign; a draft's editor" },
	{ "POST", "/campaigns/:cmp", NEED_CAMPAIGN, DOOR_PAGE, &campaign_edit_page_form, campaign_edit_page, "Save its settings" },
	{ "POST", "/campaigns/:cmp/cancel", NEED_CAMPAIGN, DOOR_PAGE, &campaign_cancel_page_form, campaign_cancel_page, "Cancel it for good" },
	{ "GET", "/campaigns/:cmp/content", NEED_VIEW, DOOR_PAGE, NULL, campaign_content_page, "What its mails say" },
	{ "POST", "/campaigns/:cmp/copy", NEED_CAMPAIGN, DOOR_PAGE, NULL, campaign_copy_page, "A draft like it" },
	{ "POST", "/campaigns/:cmp/launch", NEED_CAMPAIGN, DOOR_PAGE, NULL, campaign_launch_page, "Launch it" },
	{ "GET", "/campaigns/:cmp/mails", NEED_VIEW, DOOR_PAGE, &campaign_mails_page_form, campaign_mails_page, "Its mails" },
	{ "POST", "/campaigns/:cmp/pause", NEED_CAMPAIGN, DOOR_PAGE, NULL, campaign_pause_page, "Pause it" },
	{ "GET", "/campaigns/:cmp/people", NEED_VIEW, DOOR_PAGE, &campaign_people_page_form, campaign_people_page, "Its people" },
	{ "GET", "/campaigns/:cmp/preview", NEED_VIEW, DOOR_PAGE, &campaign_preview_page_form, campaign_preview_page, "A step's HTML for a frame" },
	{ "POST", "/campaigns/:cmp/remove", NEED_CAMPAIGN, DOOR_PAGE, NULL, campaign_remove_page, "Remove a draft" },
	{ "POST", "/campaigns/:cmp/resume", NEED_CAMPAIGN, DOOR_PAGE, NULL, campaign_resume_page, "Let it go on" },
	{ "GET", "/campaigns/:cmp/step", NEED_CAMPAIGN, DOOR_PAGE, &campaign_step_at_page_form, campaign_step_page, "The form of a step" },
	{ "POST", "/campaigns/:cmp/step", NEED_CAMPAIGN, DOOR_PAGE, &campaign_step_page_form, campaign_step_save_page, "Save a step" },
	{ "POST", "/campaigns/:cmp/step/remove", NEED_CAMPAIGN, DOOR_PAGE, &campaign_step_at_page_form, campaign_step_remove_page, "Remove a step" },
	{ "POST", "/campaigns/:cmp/stop", NEED_CAMPAIGN, DOOR_PAGE, &campaign_stop_page_form, campaign_stop_page, "Stop it for one person" },
	{ "POST", "/campaigns/:cmp/test", NEED_CAMPAIGN, DOOR_PAGE, &campaign_test_page_form, campaign_test_page, "Send a test mail" },
	{ "GET", "/campaigns/new", NEED_CAMPAIGN, DOOR_PAGE, NULL, campaign_new_page, "The form for a new campaign" },
	{ "GET", "/contacts", NEED_VIEW, DOOR_PAGE, &contacts_page_form, contacts_page, "Contacts" },
	{ "POST", "/contacts", NEED_CONTACT, DOOR_PAGE, &contact_add_page_form, contact_add_page, "Add a contact" },
	{ "GET", "/contacts/:con", NEED_VIEW, DOOR_PAGE, &contact_at_page_form, contact_page, "One person's timeline" },
	{ "POST", "/contacts/:con", NEED_CONTACT, DOOR_PAGE, &contact_edit_page_form, contact_edit_page, "Change a contact" },
	{ "POST", "/contacts/:con/erase", NEED_CONTACT, DOOR_PAGE, &contact_erase_page_form, contact_erase_page, "Erase a person" },
	{ "GET", "/contacts/:con/export", NEED_CONTACT, DOOR_PAGE, NULL, contact_export_page, "Everything known about a person" },
	{ "POST", "/contacts/:con/resume", NEED_CONTACT, DOOR_PAGE, NULL, contact_resume_page, "Mail again" },
	{ "POST", "/contacts/:con/stop", NEED_CONTACT, DOOR_PAGE, NULL, contact_stop_page, "No more mail to a person" },
	{ "GET", "/contacts/import", NEED_CONTACT, DOOR_PAGE, NULL, import_new_page, "The form for an import" },
	{ "POST", "/contacts/import", NEED_CONTACT, DOOR_PAGE, &import_start_page_form, import_start_page, "Import a file" },
	{ "GET", "/contacts/new", NEED_CONTACT, DOOR_PAGE, NULL, contact_new_page, "The form for a new contact" },
	{ "GET", "/domains", NEED_VIEW, DOOR_PAGE, NULL, domains_page, "Domains" },
	{ "POST", "/domains", NEED_SENDER, DOOR_PAGE, &domain_add_page_form, domain_add_page, "Add a domain" },
	{ "GET", "/domains/:dom", NEED_VIEW, DOOR_PAGE, NULL, domain_page, "One domain and its DNS records" },
	{ "POST", "/domains/:dom/check", NEED_SENDER, DOOR_PAGE, NULL, domain_check_page, "Look its records up now" },
	{ "POST", "/domains/:dom/lists", NEED_SENDER, DOOR_PAGE, NULL, listing_domain_page, "Ask block lists about it now" },
	{ "POST", "/domains/:dom/selector", NEED_SENDER, DOOR_PAGE, &domain_selector_page_form, domain_selector_page, "Where its DKIM key stands" },
	{ "POST", "/domains/:dom/stop", NEED_SENDER, DOOR_PAGE, NULL, domain_stop_page, "Nothing more from it" },
	{ "GET", "/domains/new", NEED_SENDER, DOOR_PAGE, NULL, domain_new_page, "The form for a new domain" },
	{ "GET", "/imports", NEED_VIEW, DOOR_PAGE, &imports_page_form, imports_page, "Imports" },
	{ "GET", "/imports/:imp", NEED_VIEW, DOOR_PAGE, &import_at_page_form, import_page, "An import's report" },
	{ "GET", "/live", NEED_VIEW, DOOR_PAGE, NULL, live_page, "Hints of what changed" },
	{ "GET", "/mailboxes", NEED_VIEW, DOOR_PAGE, NULL, mailboxes_page, "Mailboxes" },
	{ "POST", "/mailboxes", NEED_SENDER, DOOR_PAGE, &mailbox_add_page_form, mailbox_add_page, "Add a mailbox" },
	{ "GET", "/mailboxes/:mbx", NEED_SENDER, DOOR_PAGE, NULL, mailbox_page, "One mailbox" },
	{ "POST", "/mailboxes/:mbx", NEED_SENDER, DOOR_PAGE, &mailbox_edit_page_form, mailbox_edit_page, "Change its pace" },
	{ "POST", "/mailboxes/:mbx/resume", NEED_SENDER, DOOR_PAGE, NULL, mailbox_resume_page, "Let it go on" },
	{ "POST", "/mailboxes/:mbx/stop", NEED_SENDER, DOOR_PAGE, NULL, mailbox_stop_page, "Stop a mailbox" },
	{ "GET", "/mailboxes/new", NEED_SENDER, DOOR_PAGE, NULL, mailbox_new_page, "The form for a new mailbox" },
	{ "GET", "/messages/:msg", NEED_VIEW, DOOR_PAGE, NULL, message_page, "One mail, and why it waits" },
	{ "GET", "/reputation", NEED_VIEW, DOOR_PAGE, NULL, reputation_page, "What receivers make of the mail" },
	{ "GET", "/reputation/addresses/:adr", NEED_VIEW, DOOR_PAGE, NULL, score_address_page, "An address's score by day" },
	{ "GET", "/reputation/domains/:dom", NEED_VIEW, DOOR_PAGE, NULL, score_domain_page, "A domain's score by day" },
	{ "GET", "/reputation/mailboxes/:mbx", NEED_VIEW, DOOR_PAGE, NULL, score_mailbox_page, "A mailbox's score by day" },
	{ "GET", "/search", NEED_VIEW, DOOR_PAGE, &search_page_form, search_page, "Campaigns, people and appliances by name" },
	{ "GET", "/settings", NEED_VIEW, DOOR_PAGE, NULL, company_page, "The company" },
	{ "POST", "/settings", NEED_SETTING, DOOR_PAGE, &company_page_form, company_set_page, "Save the company" },
	{ "POST", "/settings/invitations/:crd/revoke", NEED_MEMBER, DOOR_PAGE, NULL, invitation_revoke_post, "Take an invitation back" },
	{ "GET", "/settings/audit", NEED_MEMBER, DOOR_PAGE, &audit_page_form, audit_page, "Who did what" },
	{ "GET", "/settings/keys", NEED_MEMBER, DOOR_PAGE, NULL, apikeys_page, "API keys" },
	{ "POST", "/settings/keys", NEED_MEMBER, DOOR_PAGE, &apikey_form, apikey_post, "Make an API key" },
	{ "POST", "/settings/keys/:crd/revoke", NEED_MEMBER, DOOR_PAGE, NULL, apikey_revoke_post, "Revoke an API key" },
	{ "GET", "/settings/members", NEED_VIEW, DOOR_PAGE, NULL, members_page, "Members and invitations" },
	{ "POST", "/settings/members", NEED_MEMBER, DOOR_PAGE, &invite_form, invite_post, "Invite somebody" },
	{ "GET", "/settings/members/:acc", NEED_MEMBER, DOOR_PAGE, NULL, member_page, "What somebody may do where" },
	{ "POST", "/settings/members/:acc/remove", NEED_MEMBER, DOOR_PAGE, NULL, member_remove_post, "Remove a member" },
	{ "POST", "/settings/members/:acc/role", NEED_MEMBER, DOOR_PAGE, &member_role_form, member_role_post, "Change a member's role" },
	{ "GET", "/settings/profile", NEED_ACCOUNT, DOOR_PAGE, NULL, profile_page, "About oneself" },
	{ "POST", "/settings/profile", NEED_ACCOUNT, DOOR_PAGE, &profile_form, profile_post, "Change name, language, zone and colours" },
	{ "POST", "/settings/profile/password", NEED_ACCOUNT, DOOR_PAGE, &password_form, password_post, "Change the password" },
	{ "POST", "/settings/resume", NEED_SETTING, DOOR_PAGE, NULL, tenant_resume_page, "Let it go on" },
	{ "GET", "/settings/sessions", NEED_ACCOUNT, DOOR_PAGE, NULL, sessions_page, "Where one is signed in" },
	{ "POST", "/settings/sessions/:crd/end", NEED_ACCOUNT, DOOR_PAGE, NULL, session_end_post, "End one session" },
	{ "POST", "/settings/sessions/end", NEED_ACCOUNT, DOOR_PAGE, NULL, sessions_end_post, "End all other sessions" },
	{ "POST", "/settings/stop", NEED_SETTING, DOOR_PAGE, &tenant_stop_page_form, tenant_stop_page, "Stop all sending" },
	{ "GET", "/settings/tracking", NEED_VIEW, DOOR_PAGE, NULL, track_hosts_page, "Tracking hosts" },
	{ "POST", "/settings/tracking", NEED_SENDER, DOOR_PAGE, &track_host_page_form, track_host_add_page, "Add a tracking host" },
	{ "POST", "/settings/tracking/check", NEED_SENDER, DOOR_PAGE, &track_host_page_form, track_host_check_page, "Check that it leads here" },
	{ "POST", "/settings/tracking/remove", NEED_SENDER, DOOR_PAGE, &track_host_page_form, track_host_remove_page, "Remove it" },
	{ "GET", "/settings/workspace", NEED_VIEW, DOOR_PAGE, NULL, workspace_page, "The workspace" },
	{ "POST", "/settings/workspace", NEED_SETTING, DOOR_PAGE, &workspace_page_form, workspace_set_page, "Save the workspace" },
	{ "POST", "/settings/workspaces", NEED_SETTING, DOOR_PAGE, &workspace_add_page_form, workspace_add_page, "Make a workspace" },
	{ "GET", "/settings/workspaces/new", NEED_SETTING, DOOR_PAGE, NULL, workspace_new_page, "The form for a new workspace" },
	{ "POST", "/sign-out", NEED_ACCOUNT, DOOR_PAGE, NULL, signout_post, "Sign out" },
	{ "GET", "/suppressions", NEED_VIEW, DOOR_PAGE, &suppressions_page_form, suppressions_page, "Addresses nobody may mail" },
	{ "POST", "/suppressions", NEED_CONTACT, DOOR_PAGE, &suppression_add_page_form, suppression_add_page, "Block addresses" },
	{ "POST", "/suppressions/drop", NEED_CONTACT, DOOR_PAGE, &suppression_drop_page_form, suppression_drop_page, "Take an address off" },
	{ "POST", "/tenant", NEED_ACCOUNT, DOOR_PAGE, &tenant_choose_form, tenant_choose_post, "Work for another company" },
	{ "POST", "/theme", NEED_ACCOUNT, DOOR_PAGE, &theme_form, theme_post, "Choose light or dark" },
	{ "POST", "/workspace", NEED_ACCOUNT, DOOR_PAGE, &workspace_choose_form, workspace_choose_post, "Work in another workspace" },

	/* ---- pages without a session ---- */
	{ "GET", "/forgot", NEED_NOBODY, DOOR_OPEN, NULL, forgot_page, "Forgot the password" },
	{ "POST", "/forgot", NEED_NOBODY, DOOR_OPEN, &forgot_form, forgot_post, "Ask for a link to set a new one" },
	{ "GET", "/invite/*", NEED_NOBODY, DOOR_OPEN, NULL, accept_page, "An invitation" },
	{ "POST", "/invite/*", NEED_NOBODY, DOOR_OPEN, &accept_form, accept_post, "Accept an invitation" },
	{ "GET", "/reset/*", NEED_NOBODY, DOOR_OPEN, NULL, reset_page, "Set a new password" },
	{ "POST", "/reset/*", NEED_NOBODY, DOOR_OPEN, &reset_form, reset_post, "Set a new password by a mailed link" },
	{ "GET", "/sign-in", NEED_NOBODY, DOOR_OPEN, &signin_next_form, signin_page, "Sign in" },
	{ "POST", "/sign-in", NEED_NOBODY, DOOR_OPEN, &signin_form, signin_post, "Sign in" },
	{ "GET", "/sign-up", NEED_NOBODY, DOOR_OPEN, NULL, signup_ask_page, "Create an account" },
	{ "POST", "/sign-up", NEED_NOBODY, DOOR_OPEN, &signup_ask_form, signup_ask_post, "Ask for a link that proves the address" },
	{ "GET", "/sign-up/*", NEED_NOBODY, DOOR_OPEN, NULL, signup_page, "Create an account" },
	{ "POST", "/sign-up/*", NEED_NOBODY, DOOR_OPEN, &signup_form, signup_post, "Create an account and a company" },

	/* ---- API ---- */
	{ "GET", "/api/v1/address-pools", NEED_VIEW, DOOR_API, NULL, address_pools_api, "Pools of addresses" },
	{ "GET", "/api/v1/addresses", NEED_VIEW, DOOR_API, &address_list_api_form, address_list_api, "Addresses that mail leaves from, the oldest first" },
	{ "POST", "/api/v1/addresses", NEED_FLEET, DOOR_API, &address_add_api_form, address_add_api, "Enter an address" },
	{ "GET", "/api/v1/addresses/:adr", NEED_VIEW, DOOR_API, NULL, address_find_api, "One address" },
	{ "PATCH", "/api/v1/addresses/:adr", NEED_FLEET, DOOR_API, &address_edit_api_form, address_edit_api, "Change what is named" },
	{ "DELETE", "/api/v1/addresses/:adr", NEED_FLEET, DOOR_API, NULL, address_remove_api, "Take one that sends nothing out of the inventory" },
	{ "GET", "/api/v1/addresses/:adr/lists", NEED_VIEW, DOOR_API, NULL, listing_address_api, "What block lists say of it" },
	{ "POST", "/api/v1/addresses/:adr/lists", NEED_FLEET, DOOR_API, NULL, listing_address_ask_api, "Ask them now" },
	{ "POST", "/api/v1/addresses/:adr/state", NEED_FLEET, DOOR_API, &address_state_api_form, address_state_api, "Change its state" },
	{ "GET", "/api/v1/appliances", NEED_VIEW, DOOR_API, &appliances_form, appliances_api, "Appliances by name, each with its parts" },
	{ "POST", "/api/v1/appliances", NEED_FLEET, DOOR_API, &appliance_plan_form, appliance_plan_api, "Plan an appliance" },
	{ "GET", "/api/v1/appliances/:app", NEED_VIEW, DOOR_API, NULL, appliance_api, "One appliance with its parts" },
	{ "GET", "/api/v1/appliances/:app/commands", NEED_VIEW, DOOR_API, &appliance_commands_form, appliance_commands_api, "What it was told to do, the newest first" },
	{ "POST", "/api/v1/appliances/:app/commands", NEED_FLEET, DOOR_API, &appliance_command_form, appliance_command_give_api, "Tell it to do something once" },
	{ "POST", "/api/v1/appliances/:app/lost", NEED_FLEET, DOOR_API, &appliance_reason_form, appliance_lost_api, "It will never answer again: what it may have sent is unknown" },
	{ "POST", "/api/v1/appliances/:app/resume", NEED_FLEET, DOOR_API, NULL, appliance_resume_api, "A stopped one goes on" },
	{ "POST", "/api/v1/appliances/:app/retire", NEED_FLEET, DOOR_API, NULL, appliance_retire_api, "An empty one leaves the fleet" },
	{ "POST", "/api/v1/appliances/:app/stop", NEED_FLEET, DOOR_API, &appliance_reason_form, appliance_stop_api, "Nothing leaves it any more" },
	{ "POST", "/api/v1/appliances/:app/token", NEED_FLEET, DOOR_API, NULL, appliance_token_api, "A one-time token to enrol it with, shown once" },
	{ "GET", "/api/v1/fleet/addresses", NEED_STAFF, DOOR_API, &address_list_api_form, address_all_api, "Addresses of all companies" },
	{ "POST", "/api/v1/fleet/addresses", NEED_STAFF, DOOR_API, &address_operator_api_form, address_operator_api, "Change the state of an address, over its company's head" },
	{ "POST", "/api/v1/fleet/resume", NEED_STAFF, DOOR_API, NULL, fleet_resume_api, "The fleet goes on" },
	{ "POST", "/api/v1/fleet/stop", NEED_STAFF, DOOR_API, &fleet_halt_form, fleet_halt_api, "Every appliance of every company stops" },
	{ "GET", "/api/v1/audit", NEED_MEMBER, DOOR_API, &audit_api_form, audit_api, "Who did what, newest first" },
	{ "GET", "/api/v1/keys", NEED_MEMBER, DOOR_API, NULL, apikeys_api, "API keys, without their secrets" },
	{ "POST", "/api/v1/keys", NEED_MEMBER, DOOR_API, &apikey_add_api_form, apikey_add_api, "Make an API key; its token is answered once" },
	{ "DELETE", "/api/v1/keys/:crd", NEED_MEMBER, DOOR_API, NULL, apikey_revoke_api, "Revoke an API key" },
	{ "GET", "/api/v1/me", NEED_VIEW, DOOR_API, NULL, me_api, "Who asks, with which rights, and the plan clock" },
	{ "GET", "/api/v1/members", NEED_VIEW, DOOR_API, NULL, members_api, "Members of the company" },
	{ "POST", "/api/v1/members", NEED_MEMBER, DOOR_API, &invite_api_form, invite_api, "Invite somebody: mails the link, or answers it where no mail can be sent" },
	{ "GET", "/api/v1/members/:acc", NEED_MEMBER, DOOR_API, NULL, member_find_api, "A member with the role in each workspace" },
	{ "DELETE", "/api/v1/members/:acc", NEED_MEMBER, DOOR_API, NULL, member_remove_api, "Remove a member" },
	{ "POST", "/api/v1/members/:acc/role", NEED_MEMBER, DOOR_API, &member_role_api_form, member_role_api, "Change a member's role" },
	{ "GET", "/api/v1/openapi.json", NEED_NOBODY, DOOR_API, NULL, openapi_api, "This document" },
	{ "GET", "/api/v1/tenant", NEED_VIEW, DOOR_API, NULL, tenant_api, "The company" },
	{ "PATCH", "/api/v1/tenant", NEED_SETTING, DOOR_API, &tenant_set_api_form, tenant_set_api, "Change the company's settings" },
	{ "POST", "/api/v1/tenant/resume", NEED_SETTING, DOOR_API, NULL, tenant_resume_api, "Let sending go on" },
	{ "POST", "/api/v1/tenant/stop", NEED_SETTING, DOOR_API, &tenant_stop_api_form, tenant_stop_api, "Stop all sending" },
	{ "GET", "/api/v1/workspaces", NEED_VIEW, DOOR_API, NULL, workspaces_api, "Workspaces" },
	{ "POST", "/api/v1/workspaces", NEED_SETTING, DOOR_API, &workspace_add_api_form, workspace_add_api, "Make a workspace" },
	{ "GET", "/api/v1/domains", NEED_VIEW, DOOR_API, NULL, domain_list_api, "Domains by name" },
	{ "POST", "/api/v1/domains", NEED_SENDER, DOOR_API, &domain_add_api_form, domain_add_api, "Add a domain" },
	{ "GET", "/api/v1/domains/:dom", NEED_VIEW, DOOR_API, NULL, domain_find_api, "One domain with its DNS records: expected, found, since when" },
	{ "PATCH", "/api/v1/domains/:dom", NEED_SENDER, DOOR_API, &domain_edit_api_form, domain_edit_api, "Change where its DKIM key stands" },
	{ "GET", "/api/v1/domains/:dom/lists", NEED_VIEW, DOOR_API, NULL, listing_domain_api, "What block lists say of it" },
	{ "POST", "/api/v1/domains/:dom/lists", NEED_SENDER, DOOR_API, NULL, listing_domain_ask_api, "Ask them now" },
	{ "POST", "/api/v1/domains/:dom/check", NEED_SENDER, DOOR_API, NULL, domain_check_api, "Look its records up now; a stopped one may be used again once it is proved" },
	{ "POST", "/api/v1/domains/:dom/stop", NEED_SENDER, DOOR_API, NULL, domain_stop_api, "No campaign launches from it any more" },
	{ "GET", "/api/v1/mailboxes", NEED_VIEW, DOOR_API, NULL, mailbox_list_api, "Mailboxes by address" },
	{ "POST", "/api/v1/mailboxes", NEED_SENDER, DOOR_API, &mailbox_add_api_form, mailbox_add_api, "Add a mailbox of a known domain" },
	{ "GET", "/api/v1/mailboxes/:mbx", NEED_VIEW, DOOR_API, NULL, mailbox_find_api, "One mailbox with its pace" },
	{ "PATCH", "/api/v1/mailboxes/:mbx", NEED_SENDER, DOOR_API, &mailbox_edit_api_form, mailbox_edit_api, "Change name, appliance or pace" },
	{ "POST", "/api/v1/mailboxes/:mbx/stop", NEED_SENDER, DOOR_API, NULL, mailbox_stop_api, "Nothing leaves it any more" },
	{ "POST", "/api/v1/mailboxes/:mbx/resume", NEED_SENDER, DOOR_API, NULL, mailbox_resume_api, "A stopped one goes on" },
	{ "GET", "/api/v1/commands/:cmd", NEED_VIEW, DOOR_API, NULL, appliance_command_api, "One command to an appliance, and what came of it" },
	{ "GET", "/api/v1/contacts", NEED_VIEW, DOOR_API, &contact_list_api_form, contact_list_api, "Contacts, newest first" },
	{ "POST", "/api/v1/contacts", NEED_CONTACT, DOOR_API, &contact_add_api_form, contact_add_api, "Add a contact" },
	{ "GET", "/api/v1/contacts/:con", NEED_VIEW, DOOR_API, NULL, person_find_api, "One contact with its timeline" },
	{ "PATCH", "/api/v1/contacts/:con", NEED_CONTACT, DOOR_API, &contact_edit_api_form, contact_edit_api, "Change everything but the address" },
	{ "GET", "/api/v1/contacts/:con/export", NEED_CONTACT, DOOR_API, NULL, person_export_api, "Everything known about one person, as a file" },
	{ "POST", "/api/v1/contacts/:con/stop", NEED_CONTACT, DOOR_API, NULL, contact_stop_api, "No more mail to this person" },
	{ "POST", "/api/v1/contacts/:con/resume", NEED_CONTACT, DOOR_API, NULL, contact_resume_api, "Mail to this person again" },
	{ "POST", "/api/v1/contacts/:con/erase", NEED_CONTACT, DOOR_API, NULL, contact_erase_api, "Forget this person for good" },
	{ "GET", "/api/v1/imports", NEED_VIEW, DOOR_API, &import_list_api_form, import_list_api, "Imports, newest first" },
	{ "POST", "/api/v1/imports", NEED_CONTACT, DOOR_API, &import_add_api_form, import_add_api, "Read contacts from a CSV file" },
	{ "GET", "/api/v1/imports/:imp", NEED_VIEW, DOOR_API, NULL, import_find_api, "How far it is, and what came of it" },
	{ "GET", "/api/v1/imports/:imp/errors", NEED_VIEW, DOOR_API, &import_errors_api_form, import_errors_api, "Broken rows with line and reason" },
	{ "GET", "/api/v1/reputation", NEED_VIEW, DOOR_API, &score_list_form, reputation_api, "Scores as they stand, the least first" },
	{ "GET", "/api/v1/reputation/addresses/:adr", NEED_VIEW, DOOR_API, NULL, score_address_api, "An address's score by day" },
	{ "GET", "/api/v1/reputation/domains/:dom", NEED_VIEW, DOOR_API, NULL, score_domain_api, "A domain's score by day" },
	{ "GET", "/api/v1/reputation/mailboxes/:mbx", NEED_VIEW, DOOR_API, NULL, score_mailbox_api, "A mailbox's score by day" },
	{ "GET", "/api/v1/suppressions", NEED_VIEW, DOOR_API, &suppression_list_api_form, suppression_list_api, "Keyed hashes of addresses nobody may mail" },
	{ "POST", "/api/v1/suppressions", NEED_CONTACT, DOOR_API, &suppression_add_api_form, suppression_add_api, "Put addresses on the list" },
	{ "POST", "/api/v1/suppressions/remove", NEED_CONTACT, DOOR_API, &suppression_remove_api_form, suppression_remove_api, "Take an address off it, with the reason" },
	{ "GET", "/api/v1/campaigns", NEED_VIEW, DOOR_API, &campaign_list_api_form, campaign_list_api, "Campaigns, newest first" },
	{ "POST", "/api/v1/campaigns", NEED_CAMPAIGN, DOOR_API, &campaign_add_api_form, campaign_add_api, "Make a draft" },
	{ "GET", "/api/v1/campaigns/:cmp", NEED_VIEW, DOOR_API, NULL, campaign_find_api, "One campaign with its steps and its progress" },
	{ "PATCH", "/api/v1/campaigns/:cmp", NEED_CAMPAIGN, DOOR_API, &campaign_edit_api_form, campaign_edit_api, "Change what is named" },
	{ "DELETE", "/api/v1/campaigns/:cmp", NEED_CAMPAIGN, DOOR_API, NULL, campaign_remove_api, "Remove a draft" },
	{ "PUT", "/api/v1/campaigns/:cmp/steps", NEED_CAMPAIGN, DOOR_API, &campaign_steps_api_form, campaign_steps_api, "Replace the steps of a draft" },
	{ "GET", "/api/v1/campaigns/:cmp/check", NEED_VIEW, DOOR_API, NULL, campaign_check_api, "What speaks against a launch" },
	{ "GET", "/api/v1/campaigns/:cmp/explain", NEED_VIEW, DOOR_API, NULL, campaign_explain_api, "Which limit holds its mail, and until when" },
	{ "GET", "/api/v1/campaigns/:cmp/people", NEED_VIEW, DOOR_API, &campaign_people_api_form, campaign_people_api, "Its people" },
	{ "GET", "/api/v1/campaigns/:cmp/timeline", NEED_VIEW, DOOR_API, NULL, campaign_timeline_api, "What happened to it" },
	{ "POST", "/api/v1/campaigns/:cmp/copy", NEED_CAMPAIGN, DOOR_API, NULL, campaign_copy_api, "A draft like it" },
	{ "POST", "/api/v1/campaigns/:cmp/test", NEED_CAMPAIGN, DOOR_API, &campaign_test_api_form, campaign_test_api, "Send one step to an address of your own" },
	{ "POST", "/api/v1/campaigns/:cmp/launch", NEED_CAMPAIGN, DOOR_API, NULL, campaign_launch_api, "Launch it" },
	{ "POST", "/api/v1/campaigns/:cmp/pause", NEED_CAMPAIGN, DOOR_API, NULL, campaign_pause_api, "Hold it; mail not yet sent comes back" },
	{ "POST", "/api/v1/campaigns/:cmp/resume", NEED_CAMPAIGN, DOOR_API, NULL, campaign_resume_api, "A paused one goes on" },
	{ "POST", "/api/v1/campaigns/:cmp/cancel", NEED_CAMPAIGN, DOOR_API, NULL, campaign_cancel_api, "End it for good" },
	{ "POST", "/api/v1/campaigns/:cmp/stop-contact", NEED_CAMPAIGN, DOOR_API, &campaign_stop_contact_api_form, campaign_stop_contact_api, "Stop it for one person" },
	{ "GET", "/api/v1/campaigns/:cmp/messages", NEED_VIEW, DOOR_API, &message_list_api_form, message_list_api, "A campaign's mails, those due last first" },
	{ "GET", "/api/v1/messages/:msg", NEED_VIEW, DOOR_API, NULL, message_api, "One mail, and why it waits" },
	{ "GET", "/api/v1/tracking-hosts", NEED_VIEW, DOOR_API, NULL, track_host_list_api, "The company's own hosts for tracking links" },
	{ "POST", "/api/v1/tracking-hosts", NEED_SENDER, DOOR_API, &track_host_api_form, track_host_add_api, "Add one, below a verified domain" },
	{ "POST", "/api/v1/tracking-hosts/check", NEED_SENDER, DOOR_API, &track_host_api_form, track_host_check_api, "Check that it leads here" },
	{ "POST", "/api/v1/tracking-hosts/remove", NEED_SENDER, DOOR_API, &track_host_api_form, track_host_remove_api, "Take it away" },
	{ "POST", "/api/v1/contents/check", NEED_VIEW, DOOR_API, &content_check_api_form, content_check_api, "What is wrong with a template" },
	{ "GET", "/api/v1/contents/names", NEED_VIEW, DOOR_API, NULL, content_names_api, "Names that templates may use" },

	/* ---- tracking and unsubscribing ---- */
	{ "GET", "/t/o/*", NEED_NOBODY, DOOR_TRACK, NULL, track_open_page, "The pixel of a mail" },
	{ "GET", "/t/c/*", NEED_NOBODY, DOOR_TRACK, NULL, track_click_page, "To where a link of a mail goes" },
	{ "GET", "/t/proof/*", NEED_NOBODY, DOOR_TRACK, NULL, track_proof_page, "That a tracking host leads here" },
	{ "GET", "/t/page.css", NEED_NOBODY, DOOR_TRACK, NULL, track_style_page, "What the page below wears" },
	{ "GET", "/u/*", NEED_NOBODY, DOOR_TRACK, NULL, track_leave_page, "Asks whether to unsubscribe; changes nothing" },
	{ "POST", "/u/*", NEED_NOBODY, DOOR_TRACK, &track_leave_page_form, track_leave_post_page, "Unsubscribes (RFC 8058)" },

	/* ---- agents ---- */
	{ "POST", "/enrol", NEED_APPLIANCE, DOOR_AGENT, NULL, enrol_api, "A machine joins with its one-time token" },
	{ "GET", "/enrol/ca.pem", NEED_APPLIANCE, DOOR_AGENT, NULL, enrol_ca_api, "The authority that tokens name" },
	{ "POST", "/renew", NEED_APPLIANCE, DOOR_AGENT, NULL, enrol_renew_api, "A certificate that has run out, against proof of its key" },

	{ 0 },
};
/* clang-format on */
