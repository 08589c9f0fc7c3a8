// SPDX-License-Identifier: AGPL-3.0-or-later
// A domain from its first record to its last, against a real name server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openWindow, overflow, picture, signIn, startBrowser, startHub, stopBrowser, wear } from "./lab.mjs";
import { startNames } from "./nsd.mjs";

let names, world, page, token;

before(async () => {
	names = await startNames("penguin.example");
	world = await startHub([`dns.servers = ${names.servers}`]);
	await startBrowser();
	page = await openWindow();
	await signIn(page, world);
});
after(async () => {
	await stopBrowser();
	await world?.stop();
	await names?.stop();
});

const says = (text) => page.getByText(text).first().waitFor();
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const record = (purpose) => page.locator(`#record-${purpose}`);

test("a new domain shows the records it needs and what is missing", async () => {
	await page.goto(`${world.url}/domains/new`);
	await page.getByLabel("Domain", { exact: true }).fill("penguin.example");
	await press("Add domain");
	await says("Waiting for the record of ownership");
	await record("owner").getByText("Missing").waitFor();
	await record("spf").getByText("No policy says which machines").waitFor();
	token = await record("owner").locator(".copy-text").nth(1).innerText();
	assert.match(token, /^penguinmails-[0-9a-f]{32}$/);
	assert.equal(await record("owner").locator(".copy-text").first().innerText(),
		"_penguinmails-verify.penguin.example");
	await picture(page, "domain-missing");
});

test("once they are published it is verified, without a reload", async () => {
	await names.publish([
		`_penguinmails-verify TXT "${token}"`, "@ MX 10 mx", '@ TXT "v=spf1 +all"',
		'_dmarc TXT "v=DMARC1; p=none"',
	].join("\n"));
	await press("Look up now");
	await page.locator(".head").getByText("Verified").waitFor();
	await record("owner").getByText("Published").waitFor();
	await record("spf").getByText("Wrong").waitFor();
	await record("spf").getByText("It lets everybody send in your name").waitFor();
	await record("mx").getByText("10 mx.penguin.example").waitFor();
	assert.deepEqual(await flaws(page), []);
	await picture(page, "domain-verified");
	await page.setViewportSize({ width: 390, height: 844 });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
	await picture(page, "domain-verified-phone");
	await page.setViewportSize({ width: 1440, height: 900 });
});

test("the key is looked up under the selector that was named", async () => {
	await names.publish([
		`_penguinmails-verify TXT "${token}"`, "@ MX 10 mx", '@ TXT "v=spf1 mx -all"',
		'_dmarc TXT "v=DMARC1; p=none"', 's1._domainkey TXT "v=DKIM1; k=rsa; p=MIGfMA0"',
	].join("\n"));
	await page.getByLabel("Selector", { exact: true }).fill("not one!");
	await press("Save");
	await says("A selector has letters, digits, dots and hyphens");
	await page.getByLabel("Selector", { exact: true }).fill("s1");
	await press("Save");
	await record("dkim").getByText("Published").waitFor();
	await page.goto(`${world.url}/domains`);
	await says("5 of 5 good");
	await picture(page, "domains");
});

test("a stopped domain may be used again", async () => {
	await page.getByRole("link", { name: "penguin.example", exact: true }).click();
	await press("Stop");
	await page.locator("dialog[open]").getByRole("button", { name: "Stop it" }).click();
	await says("This domain is stopped.");
	await press("Use again");
	await page.locator(".head").getByText("Verified").waitFor();
});

test("a tracking host that leads nowhere says why", async () => {
	await page.goto(`${world.url}/settings/tracking`);
	await picture(page, "tracking-empty");
	await page.getByLabel("A name below one of your verified domains").fill("go.other.example");
	await press("Add tracking host");
	await says("The name must stand below one of your verified domains");
	await page.getByLabel("A name below one of your verified domains").fill("go.penguin.example");
	await press("Add tracking host");
	await says("Added. Set its record, then check it.");
	await page.getByRole("button", { name: /^Check it/ }).click();
	await says("It does not lead here yet.");
	await says("go.penguin.example does not answer");
	assert.deepEqual(await flaws(page), []);
	await picture(page, "tracking");
	await press("Remove");
	await page.locator("dialog[open]").getByRole("button", { name: "Remove" }).click();
	await says("The tracking host is gone.");
	assert.deepEqual(page.wrong, []);
});

test("an appliance becomes a mail server, and refuses what it cannot be", async () => {
	await page.goto(`${world.url}/appliances/new`);
	await page.getByLabel("Name", { exact: true }).fill("mx-1");
	await press("Plan it");
	await page.getByRole("link", { name: "Run MailU here" }).click();
	await says("This machine sends through a Postfix of its own.");
	assert.equal(await page.getByLabel("Main domain").inputValue(), "penguin.example");
	assert.equal(await page.getByLabel("Host name").inputValue(), "mail.penguin.example");
	await picture(page, "mailu-off");
	await page.getByLabel("Public IPv4 address").fill("0.0.0.0");
	await press("Turn MailU on");
	await says("Port 25 must be bound to one address");
	await page.getByLabel("Public IPv4 address").fill("198.51.100.10");
	await press("Turn MailU on");
	await says("Saved. The appliance is told now.");
	await page.locator("#state").getByText("On its way").first().waitFor();
});

test("it gets mailboxes, an alias and new keys", async () => {
	const account = page.locator("#accounts");
	const add = async (address, targets) => {
		await account.getByLabel("Address", { exact: true }).fill(address);
		await account.getByLabel("Leads to").fill(targets);
		await account.getByRole("button", { name: "Add" }).click();
	};

	await add("hello@penguin.example", "desk@penguin.example");
	await account.getByText("desk@penguin.example is no mailbox of this machine").waitFor();
	assert.equal(await account.getByLabel("Address", { exact: true }).inputValue(), "hello@penguin.example");
	await add("desk@penguin.example", "");
	await says("desk@penguin.example is added.");
	await add("hello@penguin.example", "desk@penguin.example");
	await says("leads to desk@penguin.example");
	await press("Remove desk@penguin.example");
	await says("The alias hello@penguin.example leads there: remove it first");
	await press("Change the keys");
	await page.locator("#dkim-keys").getByText("The key is being made").waitFor();
	assert.deepEqual(await flaws(page), []);
	await picture(page, "mailu-on");
	await wear(page, "dark");
	assert.deepEqual(await flaws(page, ["color-contrast"]), []);
	assert.deepEqual(await overflow(page, "phone"), []);
	await picture(page, "mailu-on-phone-dark");
	await page.setViewportSize({ width: 1440, height: 900 });
	await wear(page, "light");
	await press("Give the change up");
	await says("The present keys stay.");
});

test("it is turned off by its name alone", async () => {
	await press("Turn off");
	const dialog = page.locator("dialog[open]");
	await dialog.getByRole("textbox").fill("mx-1");
	await dialog.getByRole("button", { name: "Turn it off" }).click();
	await says("MailU is off here.");
	await page.getByRole("link", { name: "mx-1" }).click();
	await page.locator("#mail").getByRole("link", { name: "Open" }).waitFor();
	await picture(page, "appliance-mailu");
	assert.deepEqual(page.wrong, []);
});
