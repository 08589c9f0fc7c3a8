// SPDX-License-Identifier: AGPL-3.0-or-later
// Native dialogs: [data-opens=ID] opens, [data-closes] and a click on the veil close. A button
// that must be confirmed by typing stays off until the text matches.
export function open(id) {
	const dialog = document.getElementById(id);
	if (!dialog || dialog.open) return null;
	dialog.showModal();
	for (const input of dialog.querySelectorAll("[data-match]")) {
		input.value = "";
		match(input);
	}
	return dialog;
}

function match(input) {
	const button = input.form.querySelector("button[type=submit]");
	if (button) button.disabled = input.value !== input.dataset.match;
}

export function start() {
	document.addEventListener("click", (event) => {
		const opener = event.target.closest("[data-opens]");
		if (opener) {
			event.preventDefault();
			open(opener.dataset.opens);
			return;
		}
		if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
		if (event.target.nodeName === "DIALOG") event.target.close();
		for (const menu of document.querySelectorAll("details.menu[open]"))
			if (!menu.contains(event.target)) menu.open = false;
	});
	document.addEventListener("input", (event) => {
		if (event.target.matches("[data-match]")) match(event.target);
	});
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Escape") return;
		for (const menu of document.querySelectorAll("details.menu[open]")) {
			menu.open = false;
			menu.querySelector("summary").focus();
		}
	});
	for (const dialog of document.querySelectorAll("dialog[data-open-now]")) dialog.showModal();
}
