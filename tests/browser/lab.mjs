// SPDX-License-Identifier: AGPL-3.0-or-later
// What browser tests stand on: a hub of their own on SQLite, or the whole demonstration, and a
// Chromium that talks to nobody else.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
export const build = join(root, "build", process.env.BUILD || "debug");
export const pictures = join(root, "build/browser");

export const sizes = { wide: [1440, 900], middle: [820, 1100], phone: [390, 844] };
export const themes = ["light", "dark"];

// Limits of time are for a machine that has nothing else to do; we wait this many times longer.
export const PATIENCE = 6;

const PASSWORD = "walk the ice in a row";

export function freePort() {
	return new Promise((done, failed) => {
		const server = createServer();
		server.on("error", failed);
		server.listen(0, "127.0.0.1", () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

export async function until(what, test, ms = 15000) {
	const end = Date.now() + ms * PATIENCE;
	for (;;) {
		if (await test()) return;
		if (Date.now() > end) throw new Error(`${what} did not happen within ${ms * PATIENCE} ms`);
		await new Promise((done) => setTimeout(done, 100));
	}
}

function run(program, args) {
	const done = spawnSync(program, args, { encoding: "utf8" });
	if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}${done.stdout}`);
	return done.stdout.trim();
}

// A hub alone, with a company and its owner; nothing else is there yet. MORE are lines of its
// configuration; the DNS is a closed port unless they say otherwise.
export async function startHub(more = []) {
	const folder = mkdtempSync(join(tmpdir(), "penguin-browser-"));
	const hub = join(build, "penguin-hub");
	const config = join(folder, "hub.conf");
	const [http, agents] = [await freePort(), await freePort()];
	const url = `http://127.0.0.1:${http}`;

	run(hub, ["master-key", join(folder, "key")]);
	writeFileSync(config, [
		`database = sqlite:${folder}/hub.db`,
		`master_key_file = ${folder}/key`,
		`state_dir = ${folder}/state`,
		`listen.http = 127.0.0.1:${http}`,
		`listen.agents = 127.0.0.1:${agents}`,
		`app_url = ${url}`,
		`link_url = http://localhost:${http}`,
		`agents_url = https://127.0.0.1:${agents}`,
		"broker.port = 1",
		"clock.rate = 1440",
		...(more.some((line) => line.startsWith("dns.servers")) ? [] : ["dns.servers = 127.0.0.1:1"]),
		...more,
	].join("\n") + "\n");
	mkdirSync(join(folder, "state"), { mode: 0o700 });
	writeFileSync(join(folder, "password"), PASSWORD);
	run(hub, ["--config", config, "migrate"]);
	run(hub, ["--config", config, "user", "add", "--email", "ada@penguin.test", "--name",
		"Ada Byron", "--password-file", join(folder, "password")]);
	run(hub, ["--config", config, "tenant", "add", "--name", "Penguin Post", "--owner",
		"ada@penguin.test"]);
	let log = "";
	const child = spawn(hub, ["--config", config, "serve"], { stdio: ["ignore", "ignore", "pipe"] });
	child.stderr.on("data", (data) => (log += data));
	const answers = async () => {
		if (child.exitCode !== null) throw new Error(`the hub ended: ${log}`);
		try {
			return (await fetch(`${url}/readyz`)).ok;
		} catch {
			return false;
		}
	};
	await until("the hub", answers);
	return {
		url,
		email: "ada@penguin.test",
		password: PASSWORD,
		log: () => log,
		// One of the operator's commands.
		command: (...args) => run(hub, ["--config", config, ...args]),
		async stop() {
			child.kill("SIGTERM");
			await until("the hub's end", () => child.exitCode !== null || child.signalCode !== null);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

// The demonstration: broker, mail server, agent, sink, two hundred people, a campaign to be launched.
export async function startDemo() {
	const child = spawn(join(build, "demo"), ["--ready"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
	let said = "", wrong = "";
	child.stdout.on("data", (data) => (said += data));
	child.stderr.on("data", (data) => (wrong += data));
	await until("the demonstration", () => {
		if (child.exitCode !== null) throw new Error(`the demonstration ended: ${said}${wrong}`);
		return /sign in as (\S+) with (.+)/.test(said);
	}, 60000);
	const [, email, password] = said.match(/sign in as (\S+) with (.+)/);
	return {
		url: said.match(/the dashboard is at (\S+)/)[1],
		email,
		password,
		said: () => said,
		async stop() {
			child.kill("SIGTERM");
			await until("its end", () => child.exitCode !== null || child.signalCode !== null, 30000);
		},
	};
}

let browser;

export async function startBrowser() {
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium-headless-shell",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
			// Each page's scripts run for a moment: to optimize them costs more than it saves.
			"--disable-dev-shm-usage", "--js-flags=--no-opt"],
	});
	mkdirSync(pictures, { recursive: true });
	return browser;
}

export const stopBrowser = () => browser?.close();

// A window whose console and policy violations are collected in page.wrong.
export async function openWindow({ size = "wide", theme = "light", scripts = true, state, locale = "en-GB" } = {}) {
	const [width, height] = sizes[size];
	const context = await browser.newContext({
		viewport: { width, height },
		colorScheme: theme,
		javaScriptEnabled: scripts,
		storageState: state,
		hasTouch: size === "phone",
		locale,
		timezoneId: "Europe/Berlin",
	});
	context.setDefaultTimeout(30000 * PATIENCE);
	const page = await context.newPage();
	page.wrong = [];
	page.on("console", (message) => {
		if (message.type() === "error" && !expected(message)) page.wrong.push(message.text());
	});
	page.on("pageerror", (error) => page.wrong.push(String(error)));
	return page;
}

// A refused form is answered with 422, which Chromium reports as an error of the network.
const expected = (message) => /status of (404|409|422)/.test(message.text());

export async function signIn(page, world) {
	await page.goto(`${world.url}/sign-in`);
	await page.getByLabel(/address|e-?mail/i).fill(world.email);
	await page.getByLabel(/^password/i).fill(world.password);
	await page.getByRole("button", { name: /sign in/i }).click();
	await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

const axe = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");

// All of axe's rules but this one.
export const withoutContrast = { rules: { "color-contrast": { enabled: false } } };

// What axe finds serious or worse, as lines, by all of its rules or as RULES say (a list of names,
// or options); the policy forbids inline scripts, so it comes by the debugger.
export async function flaws(page, rules) {
	if (!(await page.evaluate(() => "axe" in globalThis)))
		await page.evaluate(axe);
	const { violations } = await page.evaluate((rules) =>
		globalThis.axe.run(document, {
			resultTypes: ["violations"], ...(Array.isArray(rules) ? { runOnly: rules } : rules),
		}), rules);
	return violations
		.filter(({ impact }) => impact === "serious" || impact === "critical")
		.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? "")).slice(0, 4).join(" | ")}`);
}

// Pictures are for people: `make browser` takes them, `make test` has nobody to look.
export const picture = async (page, name, full = true) =>
	process.env.PICTURES &&
	page.screenshot({ path: join(pictures, `${name}.png`), fullPage: full, animations: "disabled" });

// What is wider than a window of SIZE, as lines.
export async function overflow(page, size) {
	const [width, height] = sizes[size];
	await page.setViewportSize({ width, height });
	const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	return over > 0 ? [`${over} px wider than a ${size} window`] : [];
}

// Changes the theme of an open page; colours that glide would be looked at on their way.
export async function wear(page, theme) {
	await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
	await page.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 50)));
}
