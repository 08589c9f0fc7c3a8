// SPDX-License-Identifier: AGPL-3.0-or-later
// node build.mjs FOLDER – bundles styles, scripts, icons and the font into FOLDER, each with a
// brotli and a gzip twin. hub/assets is the only input; nothing is fetched here.
import { readFileSync, writeFileSync, mkdirSync, existsSync, rmSync, readdirSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { join } from "node:path";
import { build } from "esbuild";

const target = process.argv[2];
if (!target) {
	console.error("usage: node build.mjs FOLDER");
	process.exit(2);
}
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const bundled = (entry, name) =>
	build({
		entryPoints: [entry],
		outfile: join(target, name),
		bundle: true,
		minify: true,
		format: "iife",
		target: ["chrome110", "firefox115", "safari16"],
		legalComments: "none",
		external: ["*.woff2"],
		logLevel: "warning",
	});

// One symbol per line of icons.txt; the sprite is used as <use href="/assets/icons.svg#name">.
function sprite() {
	const symbols = readFileSync("icons.txt", "utf8")
		.split("\n")
		.filter((line) => line && !line.startsWith("#"))
		.map((line) => {
			const [name, lucide = name] = line.split(" ");
			const file = `node_modules/lucide-static/icons/${lucide}.svg`;
			if (!existsSync(file)) throw new Error(`icons.txt: lucide has no ${lucide}`);
			const inner = readFileSync(file, "utf8")
				.replace(/<!--[^]*?-->/g, "")
				.replace(/^[^]*?<svg[^>]*>/, "")
				.replace(/<\/svg>\s*$/, "")
				.replace(/\s*\n\s*/g, "");
			return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"` +
				` stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
		});
	return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

// The font is named with a hash of its bytes, in the style sheet as in the page's head.
await bundled("css/app.css", "app.css");
await bundled("js/app.js", "app.js");
writeFileSync(join(target, "icons.svg"), sprite());
writeFileSync(join(target, "favicon.svg"), readFileSync("favicon.svg"));
writeFileSync(join(target, "inter.woff2"),
	readFileSync("node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"));
for (const name of readdirSync(target)) {
	if (name.endsWith(".woff2"))
		continue;
	const bytes = readFileSync(join(target, name));
	writeFileSync(join(target, `${name}.br`), brotliCompressSync(bytes));
	writeFileSync(join(target, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
