// SPDX-License-Identifier: AGPL-3.0-or-later
// German, by the browser's wish and by the profile's; it is longer than English and must fit.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWindow, picture, signIn, startBrowser, startHub, stopBrowser } from "./lab.mjs";
import { pagesOf } from "./pages.mjs";

let world, state;

before(async () => {
	world = await startHub();
	await startBrowser();
	const page = await openWindow();
	await signIn(page, world);
	state = await page.context().storageState();
});
after(async () => {
	await stopBrowser();
	await world?.stop();
});

test("a browser that asks for German is answered in German", async () => {
	const page = await openWindow({ locale: "de-DE" });
	await page.goto(`${world.url}/sign-in`);
	await page.getByRole("button", { name: "Anmelden" }).waitFor();
	assert.equal(await page.locator("html").getAttribute("lang"), "de");
	await picture(page, "sign-in-german");
});

test("the language of the profile goes before the browser's", async () => {
	const page = await openWindow({ state });
	await page.goto(`${world.url}/settings/profile`);
	await page.getByLabel("Language").selectOption({ label: "Deutsch" });
	await page.locator("form", { hasText: "Language" }).getByRole("button", { name: "Save" }).click();
	await page.getByText("Gespeichert.").first().waitFor();
	await page.goto(`${world.url}/settings/audit`);
	await page.getByText("Wer was getan hat").waitFor();
	await page.getByText("Der Firma beigetreten").first().waitFor();
});

test("every page fits a phone in German", async () => {
	const page = await openWindow({ size: "phone", state });
	const wide = [];
	for (const [name, path] of await pagesOf(page, world)) {
		await page.goto(world.url + path);
		const width = await page.evaluate(() => document.documentElement.scrollWidth);
		if (width > 390) wide.push(`${name}: ${width}`);
		if (name === "overview" || name === "settings") await picture(page, `${name}-german`);
	}
	assert.deepEqual(wide, []);
});
