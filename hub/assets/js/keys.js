// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys: g and a letter to go, / to search, j and k over rows, Enter opens, ? shows all.
import { open } from "./dialog.js";
import { show } from "./palette.js";

let going = 0;

const rows = () => [...document.querySelectorAll("main .table tbody tr")];
const typing = (element) =>
	element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.nodeName);

function step(by) {
	const all = rows();
	if (!all.length) return;
	const at = all.findIndex((row) => row.hasAttribute("data-row-on"));
	const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
	for (const row of all) row.removeAttribute("data-row-on");
	next.setAttribute("data-row-on", "");
	next.querySelector("a")?.focus({ preventScroll: true });
	next.scrollIntoView({ block: "nearest" });
}

function go(key) {
	going = 0;
	document.querySelector(`.nav-link[data-key="${CSS.escape(key)}"]`)?.click();
}

function search() {
	const field = document.querySelector("main [type=search]");
	if (field) field.focus();
	else show();
}

function press(event) {
	if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
		event.preventDefault();
		show();
		return;
	}
	if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
	if (document.querySelector("dialog[open]")) return;
	if (going && Date.now() - going < 1500 && /^[a-z]$/.test(event.key)) {
		go(event.key);
		return;
	}
	const acts = {
		g: () => (going = Date.now()),
		j: () => step(1),
		k: () => step(-1),
		"/": search,
		"?": () => open("keys"),
	};
	if (!acts[event.key]) return;
	event.preventDefault();
	acts[event.key]();
}

export function start() {
	if (document.body.classList.contains("shell")) document.addEventListener("keydown", press);
}
