// SPDX-License-Identifier: AGPL-3.0-or-later
// A new company from its first sign-in to a draft that is ready but for its machine, as a person
// does it, by the mouse and then by the keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openWindow, picture, signIn, startBrowser, startHub, stopBrowser } from "./lab.mjs";
import { contacts } from "./data.mjs";

let world, page;

before(async () => {
	world = await startHub();
	await startBrowser();
	page = await openWindow();
	await signIn(page, world);
});
after(async () => {
	await stopBrowser();
	await world?.stop();
});

const go = (path) => page.goto(world.url + path);
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const follow = (name) => page.getByRole("link", { name, exact: true }).first().click();
const fill = (label, text) => page.getByLabel(label, { exact: true }).fill(text);
const says = (text) => page.getByText(text).first().waitFor();

test("the first page says what is to be done first", async () => {
	await says("First steps");
	await says("0 of 6");
	await picture(page, "first-steps");
});

test("a refused form keeps what was typed and says what is wrong beside the field", async () => {
	await go("/domains/new");
	await fill("Domain", "gmail.com");
	await press("Add domain");
	await page.locator(".wrong").waitFor();
	assert.equal(await page.getByLabel("Domain", { exact: true }).inputValue(), "gmail.com");
	await picture(page, "refused");
});

test("the company says who it is", async () => {
	await go("/settings");
	await page.getByLabel("Postal address").fill("Penguin Post\n1 Ice Shelf\n0001 Antarctica");
	await page.locator("form", { hasText: "Postal address" }).getByRole("button", { name: "Save" }).click();
	await says("Saved.");
});

test("a machine is planned and gets a token that is shown once", async () => {
	await go("/appliances");
	await follow("Plan the first one");
	await fill("Name", "mx-1");
	await press("Plan it");
	await says("mx-1 is planned.");
	await press("Make an enrolment token");
	const token = await page.locator(".copy-text").innerText();
	assert.match(token, /^penguin-agent enrol \S{20,}/);
	await picture(page, "token");
	await go(new URL(page.url()).pathname.replace(/\/token$/, ""));
	assert.equal(await page.locator(".copy-text").count(), 0);
});

test("a domain and two mailboxes are added", async () => {
	await go("/domains/new");
	await fill("Domain", "penguin.example");
	await press("Add domain");
	await says("penguin.example is added.");
	await says("Waiting for the record of ownership");
	world.command("domain", "confirm", "--tenant", "Penguin Post", "--domain", "penguin.example");
	await page.reload();
	await page.locator(".head").getByText("Verified").waitFor();
	for (const who of ["anna", "ben"]) {
		await go("/mailboxes/new");
		await fill("Address", `${who}@penguin.example`);
		await page.getByLabel(/Sender's name/).fill(`${who[0].toUpperCase()}${who.slice(1)} of Penguin Post`);
		await page.getByLabel("Appliance").selectOption({ label: "mx-1" });
		await page.getByLabel("Sat").check();
		await press("Add mailbox");
		await says(`${who}@penguin.example may send.`);
	}
	await says("Mon–Sat");
});

test("contacts come from a file with a report of what is broken", async () => {
	await go("/contacts/import");
	await page.setInputFiles("input[type=file]", {
		name: "spring.csv", mimeType: "text/csv", buffer: Buffer.from(contacts(60)),
	});
	await press("Import");
	await says("Read to the end");
	await says("Lines that did not go in");
	await picture(page, "import");
	await follow("See the contacts");
	await says("person60@example.com");
});

test("the list of contacts is searched while typing", async () => {
	await go("/contacts");
	await page.getByLabel("Search contacts").pressSequentially("person12@", { delay: 20 });
	await page.waitForFunction(() => document.querySelectorAll("#contacts tbody tr").length === 1);
	assert.match(page.url(), /q=person12/);
});

test("a template that does not parse is refused with line and column", async () => {
	await go("/campaigns/new");
	await fill("Name", "Spring introduction");
	await press("Go on");
	await follow("Write it");
	await fill("Subject", "Fish for {{ contact.name | default: 'you' }}");
	await page.getByLabel(/^Text/).fill("Dear {{ contact.name,\n\n{% if %}");
	await press("Save step");
	await page.locator(".wrong").first().waitFor();
	assert.match(await page.locator(".wrong").first().innerText(), /line \d+, column \d+/i);
	await picture(page, "template-refused");
});

test("a campaign gets two steps and is checked before its launch", async () => {
	await page.getByLabel(/^Text/).fill("Dear {{ contact.name | default: 'friend' }},\n\nfresh herring, every day.\n\nAnna");
	await page.getByLabel(/^HTML/).fill("<p>Dear <b>{{ contact.name | default: 'friend' }}</b>,</p><p>fresh herring, <a href=\"https://penguin.example/herring\">every day</a>.</p><p>Anna</p>");
	await press("Save step");
	await says("Step 1 is saved.");
	await follow("Add a step");
	await fill("Wait after the step before", "3");
	await page.getByLabel(/^Text/).fill("Dear {{ contact.name | default: 'friend' }},\n\ndid you like the herring?");
	await press("Save step");
	await says("Step 2 is saved.");
	await says("Ready to launch?");
	await picture(page, "draft");
	await follow("Preview all");
	await says("As the first contact of the audience gets it");
	await picture(page, "preview");
});

test("one person is stopped, allowed again, and erased by typing the address", async () => {
	await go("/contacts?q=person3@");
	await follow("person3@example.com");
	await press("Stop all mail");
	await page.locator("dialog[open]").getByRole("button", { name: "Stop all mail" }).click();
	await says("This person gets no more mail.");
	await press("Undo");
	await says("This person may be mailed again.");
	await picture(page, "person");
	await press("Erase");
	const sure = page.locator("dialog[open]").getByRole("button", { name: "Erase", exact: true });
	assert.equal(await sure.isDisabled(), true);
	await page.locator("dialog[open] input[name=typed]").fill("person3@example.com");
	await picture(page, "erase", false);
	await sure.click();
	await says("Erased.");
});

test("addresses are blocked by hand", async () => {
	await go("/suppressions");
	await page.getByRole("button", { name: "Block addresses" }).first().click();
	await page.getByLabel("One address on each line").fill("nobody@example.com\nno address\n");
	await press("Block them");
	await says("1 address is blocked.");
});

test("everything is reached by the keyboard alone", async () => {
	await go("/");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
	await page.keyboard.press("g");
	await page.keyboard.press("p");
	await page.waitForURL(/\/contacts$/);
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	await page.keyboard.press("k");
	await page.keyboard.press("Enter");
	await page.waitForURL(/\/contacts\/con_/);
	await page.keyboard.press("Control+k");
	await page.keyboard.type("spring");
	await page.locator("#palette-found .palette-item").first().waitFor();
	await picture(page, "palette", false);
	await page.keyboard.press("Enter");
	await page.waitForURL(/\/campaigns\/cmp_/);
	await page.keyboard.press("?");
	await page.locator("dialog#keys[open]").waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("g");
	await page.keyboard.press("s");
	await page.waitForURL(/\/settings$/);
});

test("without scripts the same forms work", async () => {
	const plain = await openWindow({ scripts: false });
	await signIn(plain, world);
	await plain.goto(`${world.url}/contacts/new`);
	await plain.getByLabel("Address", { exact: true }).fill("plain@example.com");
	await plain.getByRole("button", { name: "Add contact" }).click();
	await plain.getByText("Added.").waitFor();
	assert.deepEqual(plain.wrong, []);
	await plain.context().close();
});

test("nothing was said against the pages by the console or axe on the way", async () => {
	assert.deepEqual(page.wrong, []);
	assert.deepEqual(await flaws(page), []);
});
