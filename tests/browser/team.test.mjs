// SPDX-License-Identifier: AGPL-3.0-or-later
// Roles in single workspaces, keys, and who did what.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openWindow, picture, signIn, startBrowser, startHub, stopBrowser } from "./lab.mjs";

let world, page, link;

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

const says = (text, where = page) => where.getByText(text).first().waitFor();
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const go = (path) => page.goto(world.url + path);

test("somebody is invited into one workspace", async () => {
	await go("/settings/workspaces/new");
	await page.getByLabel("Name", { exact: true }).fill("Sales");
	await page.locator("main form button.button-primary").click();
	await says("Sales is made");
	await go("/settings/members");
	await page.getByLabel("Mail address").fill("bob@penguin.test");
	await page.getByLabel("Role").selectOption("admin");
	await page.getByLabel("In", { exact: true }).selectOption({ label: "Sales" });
	await press("Invite");
	await says("This role is about the whole company");
	await page.getByLabel("Role").selectOption("member");
	await press("Invite");
	link = await page.locator(".copy-text").innerText();
	assert.match(link, /\/invite\/pmi_/);
});

test("there they work, and nowhere else", async () => {
	const other = await openWindow();
	await other.goto(link);
	await other.getByLabel("Your name").fill("Bob Penguin");
	await other.getByLabel("Password").fill("a pebble for every nest");
	await other.getByRole("button", { name: "Join" }).click();
	await other.waitForURL((url) => !url.pathname.startsWith("/invite"));
	await other.goto(`${world.url}/campaigns`);
	await other.getByRole("link", { name: "New campaign" }).first().waitFor();
	await other.locator(".workspace-menu summary").click();
	await other.locator(".workspace-menu").getByRole("button", { name: "Sales" }).waitFor();
	assert.equal(await other.locator(".workspace-menu form").count(), 1);
	await other.goto(`${world.url}/nowhere`);
	await other.getByRole("link", { name: "Campaigns" }).first().waitFor();
	assert.deepEqual(other.wrong, []);
});

test("a role is given and taken in each workspace", async () => {
	await go("/settings/members");
	await says("a role in 1 workspace");
	await page.getByRole("link", { name: "Bob Penguin" }).click();
	await picture(page, "member");
	assert.deepEqual(await flaws(page), []);
	await page.getByLabel("Sales", { exact: true }).selectOption("");
	await page.locator("tr", { hasText: "Sales" }).getByRole("button", { name: "Change" }).click();
	await says("The role is changed.");
	await page.getByLabel("All workspaces", { exact: true }).selectOption("viewer");
	await page.locator("tr", { hasText: "All workspaces" }).getByRole("button", { name: "Change" }).click();
	await says("The role is changed.");
	await go("/settings/members");
	assert.equal(await page.getByText("a role in 1 workspace").count(), 0);
	await page.setViewportSize({ width: 390, height: 844 });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
	await picture(page, "members-phone");
	await page.setViewportSize({ width: 1440, height: 900 });
});

test("a key is revoked only when somebody is sure", async () => {
	await go("/settings/keys");
	await page.getByLabel("Name", { exact: true }).fill("warehouse");
	await press("Make the key");
	await says("Shown once.");
	await go("/settings/keys");
	await press("Revoke");
	await says("Revoke warehouse?", page.locator("dialog[open]"));
	await page.locator("dialog[open]").getByRole("button", { name: "Go back" }).click();
	await page.getByRole("cell", { name: "warehouse" }).waitFor();
	await press("Revoke");
	await page.locator("dialog[open]").getByRole("button", { name: "Revoke" }).click();
	await says("The key is revoked.");
});

test("the audit tells all this, and can be asked for one thing", async () => {
	await go("/settings/audit");
	await says("Revoked an API key");
	await says("Changed a member's role");
	await picture(page, "audit");
	assert.deepEqual(await flaws(page), []);
	await page.getByLabel("What").selectOption({ label: "API keys" });
	await press("Show");
	await says("Made an API key");
	assert.equal(await page.getByText("Changed a member's role").count(), 0);
	await page.getByLabel("Who").selectOption({ label: "Bob Penguin" });
	await press("Show");
	await says("Nobody did such a thing.");
	assert.deepEqual(page.wrong, []);
});

test("stopping everything asks for the name", async () => {
	await go("/settings");
	await press("Stop all sending");
	await page.locator("dialog[open]").getByLabel(/To confirm/).fill("Penguin Post");
	await page.locator("dialog[open]").getByRole("button", { name: "Stop all sending" }).click();
	await says("All sending is stopped.");
});
