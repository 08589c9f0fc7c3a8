// SPDX-License-Identifier: AGPL-3.0-or-later
// The API's document is valid OpenAPI 3.1 and says what a program can rely on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { startHub } from "./lab.mjs";

let world, doc;

before(async () => {
	world = await startHub();
	doc = await (await fetch(`${world.url}/api/v1/openapi.json`)).json();
});
after(() => world?.stop());

test("the document is valid OpenAPI 3.1", async () => {
	const validator = new Validator();
	const result = await validator.validate(structuredClone(doc));
	assert.ok(result.valid, JSON.stringify(result.errors, null, 1));
	assert.equal(validator.version, "3.1");
});

test("operation ids are unique and every id in a path is a parameter", () => {
	const seen = new Set();
	for (const [path, operations] of Object.entries(doc.paths)) {
		for (const operation of Object.values(operations)) {
			assert.ok(!seen.has(operation.operationId), operation.operationId);
			seen.add(operation.operationId);
			const named = operation.parameters.filter((p) => p.in === "path").map((p) => `{${p.name}}`);
			assert.deepEqual(path.match(/\{[a-z]+\}/g) ?? [], named, path);
		}
	}
	assert.ok(seen.size > 20);
});

test("every operation but the document itself needs a key", async () => {
	for (const path of Object.keys(doc.paths)) {
		if (path.endsWith("openapi.json") || !doc.paths[path].get) continue;
		const real = path.replace(/\{([a-z]{3})\}/g, "$1_0000000000001");
		assert.equal((await fetch(world.url + real)).status, 401, path);
	}
});
