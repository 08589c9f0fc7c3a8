// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page of a living installation, found by following its own links.

// [name, path] of each page that somebody signed in may see.
export async function pagesOf(page, world) {
	const first = async (path, selector) => {
		await page.goto(world.url + path);
		const link = page.locator(selector).first();
		return (await link.count()) ? await link.getAttribute("href") : null;
	};
	const campaign = await first("/campaigns", "#campaigns .main-cell a");
	const person = await first("/contacts", "#contacts .main-cell a");
	const appliance = await first("/appliances", "#appliances .main-cell a");
	const mailbox = await first("/mailboxes", "#mailboxes .main-cell a");
	const address = await first("/addresses", "#addresses .main-cell a");
	const domain = await first("/domains", "#domains .main-cell a");
	const file = await first("/imports", "#imports .main-cell a");
	const mail = campaign && (await first(`${campaign}/mails?state=delivered`, "#mail-list .main-cell a"));
	return [
		["overview", "/"],
		["campaigns", "/campaigns"],
		["campaign", campaign],
		["campaign-mails", campaign && `${campaign}/mails`],
		["campaign-people", campaign && `${campaign}/people`],
		["campaign-content", campaign && `${campaign}/content`],
		["campaign-new", "/campaigns/new"],
		["message", mail],
		["contacts", "/contacts"],
		["contact", person],
		["contact-new", "/contacts/new"],
		["import-new", "/contacts/import"],
		["imports", "/imports"],
		["import", file],
		["suppressions", "/suppressions"],
		["appliances", "/appliances"],
		["appliance", appliance],
		["appliance-new", "/appliances/new"],
		["addresses", "/addresses"],
		["address", address],
		["address-new", "/addresses/new"],
		["domains", "/domains"],
		["domain", domain],
		["domain-new", "/domains/new"],
		["mailboxes", "/mailboxes"],
		["mailbox", mailbox],
		["mailbox-new", "/mailboxes/new"],
		["reputation", "/reputation"],
		["weather", "/reputation/weather"],
		["settings", "/settings"],
		["settings-workspace", "/settings/workspace"],
		["settings-members", "/settings/members"],
		["settings-tracking", "/settings/tracking"],
		["settings-keys", "/settings/keys"],
		["settings-profile", "/settings/profile"],
		["search", "/search?q=a"],
		["missing", "/nowhere"],
	].filter(([, path]) => path);
}
