// SPDX-License-Identifier: AGPL-3.0-or-later
// Notices of what was done: read out, gone after a while unless the pointer or focus is on them.
const SHOWN = 7000;

export function toast(text) {
	const region = document.getElementById("toasts");
	const box = document.createElement("div");
	const words = document.createElement("span");
	box.className = "toast";
	words.textContent = text;
	box.append(words);
	region.append(box);
	expire(box);
}

function expire(box) {
	let timer;
	const later = () => (timer = setTimeout(() => box.remove(), SHOWN));
	const stay = () => clearTimeout(timer);
	for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, stay);
	for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, later);
	later();
}

// The end of the session is announced two minutes before, so that nothing typed is lost.
function session() {
	const { expires, now } = document.body.dataset;
	const left = Number(expires) - Number(now) - 120000;
	if (Number(expires) > 0 && left < 2 ** 31)
		setTimeout(() => toast(document.getElementById("toasts").dataset.ending), Math.max(0, left));
}

export function start() {
	for (const box of document.querySelectorAll("[data-toast]")) {
		expire(box);
		box.querySelector("[data-toast-close]")?.addEventListener("click", () => box.remove());
	}
	document.addEventListener("click", async (event) => {
		const button = event.target.closest("[data-copy]");
		if (!button) return;
		try {
			await navigator.clipboard.writeText(button.dataset.copy);
		} catch {
			const range = document.createRange();
			range.selectNodeContents(button.parentElement.querySelector(".copy-text"));
			getSelection().removeAllRanges();
			getSelection().addRange(range);
			document.execCommand("copy");
		}
		toast(button.dataset.copied);
	});
	session();
}
