// SPDX-License-Identifier: AGPL-3.0-or-later
// Moments in the reader's time zone and language; "3 min ago" stays true while the page is open.
const root = document.documentElement;
const zone = root.dataset.zone || undefined;
const plain = /-X/.test(root.lang) ? "en" : root.lang;
// The page's language in the browser's own variety: "en" becomes "en-GB" where that is spoken.
const lang = navigator.languages.find((l) => l.split("-")[0] === plain) ?? plain;
const steps = [
	["day", 86400000, 3],
	["hour", 3600000, 1],
	["minute", 60000, 1],
	["second", 1000, 5],
];

function format(options) {
	try {
		return new Intl.DateTimeFormat(lang, { ...options, timeZone: zone });
	} catch {
		return new Intl.DateTimeFormat(lang, options);
	}
}

const exact = format({ dateStyle: "medium", timeStyle: "medium" });
const date = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dated = format({ dateStyle: "medium", timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });

// The reader's clock may be wrong: count from the server's.
const skew = Date.now() - Number(document.body.dataset.now || Date.now());

function relative(ms) {
	const past = ms - (Date.now() - skew);
	for (const [unit, size, least] of steps)
		if (Math.abs(past) >= size * least) return ago.format(Math.round(past / size), unit);
	return ago.format(0, "second");
}

export function refresh() {
	for (const time of document.querySelectorAll("time[data-ago]")) {
		const at = Date.parse(time.dateTime);
		const text = relative(at);
		if (time.textContent !== text) time.textContent = text;
		time.title = exact.format(at);
	}
	for (const time of document.querySelectorAll("time[data-date]:not([title])")) {
		const at = Date.parse(time.dateTime);
		const old = Math.abs(Date.now() - at) > 20 * 86400000;
		time.textContent = (old ? dated : date).format(at);
		time.title = exact.format(at);
	}
}

export function start() {
	refresh();
	setInterval(refresh, 5000);
	document.addEventListener("htmx:afterSettle", refresh);
}
