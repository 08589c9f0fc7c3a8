// SPDX-License-Identifier: AGPL-3.0-or-later
// A warm-up plan of one's own, chosen for the company, refused where it cannot be, and rehearsed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openWindow, picture, signIn, startBrowser, startHub, stopBrowser } from "./lab.mjs";

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

const says = (text) => page.getByText(text).first().waitFor();
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const onPhone = async (name) => {
	await page.setViewportSize({ width: 390, height: 844 });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, name);
	await picture(page, `${name}-phone`);
	await page.setViewportSize({ width: 1440, height: 900 });
};

test("a plan that cannot be is refused with its line, and what was typed stays", async () => {
	await page.goto(`${world.url}/warmup/plans`);
	await says("Standard, six weeks");
	await picture(page, "warmup-plans");
	await page.getByRole("link", { name: "New plan" }).click();
	const text = page.getByLabel("Plan", { exact: true });
	const good = (await text.inputValue()).replace("my-plan", "ours").replace("10..100", "5..50")
		.replace("100..300", "50..300");
	await text.fill(good.replace("1-14:", "1-16:"));
	await press("Make the plan");
	await says("Line 2: curve mailbox, day 15: phases overlap");
	assert.match(await text.inputValue(), /plan ours/);
	await text.fill(good);
	await press("Make the plan");
	await says("The plan is made.");
	await page.locator("#days").getByRole("cell", { name: "50", exact: true }).first().waitFor();
	assert.deepEqual(await flaws(page), []);
	await picture(page, "warmup-plan");
	await onPhone("warmup-plan");
});

test("an appliance goes by the company's plan, and a person may hold its address", async () => {
	await page.goto(`${world.url}/appliances/new`);
	await page.getByLabel("Name").fill("mx-1");
	await press("Plan it");
	await page.goto(`${world.url}/warmup`);
	await page.getByLabel("The company's mail warms up by").selectOption({ label: "A plan of our own" });
	await press("Choose");
	await says("Saved. The appliances are told now.");
	await page.locator("#lanes").getByText("A plan of our own").waitFor();
	await picture(page, "warmup");
	await onPhone("warmup");
	await page.locator("#lanes").getByRole("link", { name: "mx-1" }).click();
	await says("The machine tells of its lanes once it has the plan and sends.");
	assert.deepEqual(await flaws(page), []);
	await page.goto(`${page.url()}/ip`);
	await press("By hand");
	await page.getByLabel("For so many days").fill("2");
	await press("Do it");
	await says("Held by hand.");
	await press("By hand");
	await page.getByLabel("What", { exact: true }).selectOption("let_go");
	await press("Do it");
	await says("Its appliance is told now.");
	assert.equal(await page.getByText("Held by hand.").count(), 0);
});

test("rules of one's own are checked, saved, and say what a reply would do", async () => {
	await page.goto(`${world.url}/warmup/rules`);
	const text = page.locator("#rules textarea");
	await text.fill('ours google 1/60 rate=30 90 "(slow"');
	await press("Save as a new version");
	await says("Line 1: the expression is wrong");
	assert.match(await text.inputValue(), /^ours google/);
	await text.fill('ours google 1/60 rate=30 90 "slow down"');
	await press("Save as a new version");
	await says("Version 1");
	await page.getByLabel("What its server answered").fill("421 slow down, please");
	await press("Which rule?");
	await says("at most 30 mails an hour");
	assert.deepEqual(await flaws(page), []);
	await picture(page, "warmup-rules");
	await onPhone("warmup-rules");
});

test("a plan is rehearsed before simulated providers", async () => {
	await page.goto(`${world.url}/warmup/rehearsal`);
	await page.getByLabel("Days").fill("14");
	await page.getByLabel("Plan").selectOption({ label: "A plan of our own" });
	await press("Rehearse");
	await page.waitForURL(/days=14/);
	assert.equal(await page.locator("#days tbody tr").count(), 14);
	await says("Decisions beyond the daily ones");
	assert.deepEqual(await flaws(page), []);
	await picture(page, "warmup-rehearsal");
	await onPhone("warmup-rehearsal");
});
