// SPDX-License-Identifier: AGPL-3.0-or-later
// Light, dark or the system's theme: shown at once, kept by the server.
export function start() {
	for (const button of document.querySelectorAll("[data-theme-set]"))
		button.addEventListener("click", (event) => {
			event.preventDefault();
			const theme = button.dataset.themeSet;
			document.documentElement.dataset.theme = theme;
			for (const other of document.querySelectorAll("[data-theme-set]"))
				other.setAttribute("aria-pressed", String(other === button));
			const body = new URLSearchParams(new FormData(button.form));
			body.set("theme", theme);
			fetch(button.form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
		});
}
