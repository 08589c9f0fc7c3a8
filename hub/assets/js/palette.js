// SPDX-License-Identifier: AGPL-3.0-or-later
// Ctrl/Cmd+K: jump to a page or find a thing. Pages are filtered here; campaigns, people and
// appliances come from /search as ready-made rows.
import { open } from "./dialog.js";

let text, list, found, none, timer, asked;

const items = () => [...list.querySelectorAll(".palette-item:not([hidden])")];

function choose(item) {
	for (const other of list.querySelectorAll("[aria-selected=true]"))
		other.setAttribute("aria-selected", "false");
	if (!item) {
		text.removeAttribute("aria-activedescendant");
		return;
	}
	item.id ||= `palette-${Math.random().toString(36).slice(2)}`;
	item.setAttribute("aria-selected", "true");
	text.setAttribute("aria-activedescendant", item.id);
	item.scrollIntoView({ block: "nearest" });
}

function filter() {
	const words = text.value.trim().toLowerCase();
	for (const item of list.querySelectorAll("[data-jump]"))
		item.hidden = words !== "" && !item.textContent.toLowerCase().includes(words);
	const left = items();
	none.hidden = left.length > 0;
	choose(left[0]);
}

async function ask() {
	const words = text.value.trim();
	asked = words;
	if (words.length < 2) {
		found.replaceChildren();
		filter();
		return;
	}
	try {
		const answer = await fetch(`/search?q=${encodeURIComponent(words)}`, {
			headers: { "HX-Request": "true" },
		});
		if (!answer.ok || asked !== words) return;
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		found.replaceChildren(...page.querySelectorAll(".palette-item"));
		filter();
	} catch {
		// Away from the network: pages can still be jumped to.
	}
}

function move(by) {
	const all = items();
	const at = all.findIndex((item) => item.getAttribute("aria-selected") === "true");
	if (all.length) choose(all[(at + by + all.length) % all.length]);
}

export function show(words = "") {
	if (!open("palette")) return;
	text.value = words;
	filter();
	text.focus();
	if (words) ask();
}

export function start() {
	if (!document.getElementById("palette")) return;
	text = document.getElementById("palette-text");
	list = document.getElementById("palette-list");
	found = document.getElementById("palette-found");
	none = document.getElementById("palette-none");
	if (/Mac|iPhone|iPad/.test(navigator.platform))
		for (const key of document.querySelectorAll("[data-mod]")) key.textContent = "⌘ K";
	text.addEventListener("input", () => {
		filter();
		clearTimeout(timer);
		timer = setTimeout(ask, 120);
	});
	text.addEventListener("keydown", (event) => {
		if (event.key === "ArrowDown") move(1);
		else if (event.key === "ArrowUp") move(-1);
		else if (event.key === "Enter") list.querySelector("[aria-selected=true]")?.click();
		else return;
		event.preventDefault();
	});
	const bar = document.querySelector("[data-palette]");
	bar?.addEventListener("mousedown", (event) => {
		event.preventDefault();
		show();
	});
	bar?.addEventListener("input", () => {
		show(bar.value);
		bar.value = "";
	});
}
