// SPDX-License-Identifier: AGPL-3.0-or-later
// A real name server, Debian's nsd, with zones that tests publish into.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "./lab.mjs";

const head = (name) => `$ORIGIN ${name}.\n$TTL 1\n@ SOA ns hostmaster 1 3600 600 86400 1\n@ NS ns\n`;

// It answers for NAME alone; publish(text) replaces its records.
export async function startNames(name) {
	const folder = mkdtempSync(join(tmpdir(), "penguin-names-"));
	const port = await freePort();
	const zone = join(folder, "zone");
	let child = null;

	writeFileSync(join(folder, "conf"), [
		"server:", ` ip-address: 127.0.0.1@${port}`, ' username: ""', ` zonesdir: "${folder}"`,
		' database: ""', ' pidfile: ""', ` zonelistfile: "${folder}/list"`,
		` xfrdfile: "${folder}/xfrd"`, ` xfrdir: "${folder}"`, " verbosity: 1",
		"remote-control:", " control-enable: no",
		"zone:", ` name: "${name}"`, ` zonefile: "${zone}"`, "",
	].join("\n"));
	const stop = async () => {
		if (!child) return;
		child.kill("SIGTERM");
		await until("the name server's end", () => child.exitCode !== null || child.signalCode !== null);
		child = null;
	};
	const publish = async (text) => {
		await stop();
		writeFileSync(zone, `${head(name)}${text}\n`);
		let said = "";
		child = spawn("/usr/sbin/nsd", ["-d", "-c", join(folder, "conf")], { stdio: ["ignore", "ignore", "pipe"] });
		child.stderr.on("data", (data) => (said += data));
		await until("the name server", () => said.includes("nsd started"));
	};
	await publish("");
	return {
		servers: `127.0.0.1:${port}`,
		publish,
		async stop() {
			await stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
