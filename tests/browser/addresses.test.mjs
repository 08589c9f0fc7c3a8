// SPDX-License-Identifier: AGPL-3.0-or-later
// An address from its entry to its quarantine, against a real name server that keeps block lists.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { flaws, openWindow, picture, signIn, startBrowser, startHub, stopBrowser } from "./lab.mjs";
import { startNames } from "./nsd.mjs";

let names, world, page, folder;

const tests = "2.0.0.127.big A 127.0.0.2\n2.0.0.127.small A 127.0.0.2\n";

before(async () => {
	folder = mkdtempSync(join(tmpdir(), "penguin-lists-"));
	writeFileSync(join(folder, "lists"), [
		'big address stop big.lists.example "Big List" https://big.example/ 127.0.0.2 "sends spam"',
		'small address warn small.lists.example "Small List" https://small.example/ 127.0.0.2 "was reported"',
		"",
	].join("\n"));
	names = await startNames("lists.example");
	await names.publish(tests);
	world = await startHub([`dns.servers = ${names.servers}`, `lists_file = ${folder}/lists`]);
	await startBrowser();
	page = await openWindow();
	await signIn(page, world);
});
after(async () => {
	await stopBrowser();
	await world?.stop();
	await names?.stop();
	rmSync(folder, { recursive: true, force: true });
});

const says = (text) => page.getByText(text).first().waitFor();
const press = (name) => page.getByRole("button", { name, exact: true }).click();

test("an address is entered once, and only one that the world can reach", async () => {
	await page.goto(`${world.url}/addresses`);
	await says("No address yet");
	await picture(page, "addresses-empty");
	await page.getByRole("link", { name: "Enter one" }).click();
	await page.getByLabel("IP address", { exact: true }).fill("192.168.1.5");
	await press("Enter it");
	await says("The world cannot reach this address");
	await page.getByLabel("IP address", { exact: true }).fill("203.0.113.25");
	await page.getByLabel("Pool").fill("reserve");
	await page.getByLabel("Price a month").fill("4,99");
	await press("Enter it");
	await page.locator(".head").getByText("Available").waitFor();
});

test("what block lists say of it is shown, and what follows", async () => {
	await press("Ask now");
	await page.locator("#lists").getByText("Clear").first().waitFor();
	await names.publish(`${tests}25.113.0.203.big A 127.0.0.2\n25.113.0.203.small A 127.255.255.254`);
	await press("Ask now");
	await page.locator("#lists").getByText("sends spam").waitFor();
	await page.locator("#lists").getByText("The list answers no public name servers").waitFor();
	await page.reload();
	await page.locator(".head").getByText("In quarantine").waitFor();
	await page.locator("#history").getByText("A block list names it", { exact: true }).waitFor();
	assert.deepEqual(await flaws(page), []);
	await picture(page, "address-listed");
	await page.setViewportSize({ width: 390, height: 844 });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
	await picture(page, "address-listed-phone");
	await page.goto(`${world.url}/addresses`);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
	await picture(page, "addresses-phone");
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.getByRole("link", { name: "203.0.113.25" }).waitFor();
	await press("Keep it in reserve");
	await says("In reserve: when no other can take a mail");
	assert.deepEqual(await flaws(page), []);
	await picture(page, "addresses");
});

test("a hand leads it on, along the ways there are", async () => {
	await page.goto(`${world.url}/addresses`);
	await page.getByRole("link", { name: "203.0.113.25" }).click();
	await page.getByLabel("New state", { exact: true }).selectOption("Burned");
	await press("Change");
	await says("Its state is changed.");
	await page.locator(".head").getByText("Burned").waitFor();
	await page.goto(`${world.url}/reputation`);
	await says("203.0.113.25");
	assert.deepEqual(await flaws(page), []);
	await picture(page, "reputation");
	assert.deepEqual(page.wrong, []);
});
