// SPDX-License-Identifier: AGPL-3.0-or-later
// Forms: one submission each, what was typed is not lost by accident, files can be dropped.
const changed = new Set();

function guard(form) {
	form.addEventListener("input", () => changed.add(form));
	form.addEventListener("submit", () => changed.delete(form));
}

function drop(zone) {
	const input = zone.querySelector("input[type=file]");
	const name = zone.querySelector("[data-file-name]");
	const said = name?.textContent;
	const show = () => {
		if (name) name.textContent = input.files[0]?.name ?? said;
	};
	input.addEventListener("change", show);
	for (const type of ["dragenter", "dragover"])
		zone.addEventListener(type, (event) => {
			event.preventDefault();
			zone.dataset.over = "";
		});
	for (const type of ["dragleave", "drop"])
		zone.addEventListener(type, (event) => {
			event.preventDefault();
			delete zone.dataset.over;
		});
	zone.addEventListener("drop", (event) => {
		if (event.dataTransfer.files.length) {
			input.files = event.dataTransfer.files;
			show();
		}
	});
}

export function start() {
	document.addEventListener("submit", (event) => {
		const form = event.target;
		if (form.method !== "post") return;
		if (form.dataset.sent) {
			event.preventDefault();
			return;
		}
		form.dataset.sent = "1";
		setTimeout(() => delete form.dataset.sent, 4000);
	});
	addEventListener("pageshow", () => {
		for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
	});
	for (const form of document.querySelectorAll("form[data-keep]")) guard(form);
	for (const zone of document.querySelectorAll(".drop")) drop(zone);
	addEventListener("beforeunload", (event) => {
		if (changed.size) event.preventDefault();
	});
	for (const select of document.querySelectorAll("select[data-auto]"))
		select.addEventListener("change", () => select.form.requestSubmit());
	document.querySelector("main [aria-invalid=true]")?.focus();
}
