// SPDX-License-Identifier: AGPL-3.0-or-later
// The server hints which kinds of things changed; regions that show them are fetched again. One
// stream per browser tab in view; none while the page is hidden.
const FASTEST = 1000; // ms between two fetches of a page
const TICK = 10000; // ms; regions of the word "tick" show what no fact tells: loads, last seen

let stream, timer, opened = false, last = 0;
const wanted = new Set();

const shows = (region, word) => {
	const words = region.dataset.live.split(" ");
	return word === "*" || words.includes(word);
};

// A region in which somebody types or a menu is open is left alone until it is calm.
function busy(region) {
	const active = document.activeElement;
	return (
		region.querySelector("dialog[open], details[open]") ||
		(region.contains(active) && /^(INPUT|TEXTAREA|SELECT)$/.test(active.nodeName))
	);
}

function refetch(htmx) {
	timer = 0;
	last = Date.now();
	const regions = [...document.querySelectorAll("[data-live][id]")].filter((region) =>
		[...wanted].some((word) => shows(region, word)) && !busy(region));
	wanted.clear();
	if (!regions.length) return;
	const [first, ...rest] = regions.map((region) => `#${region.id}`);
	htmx.ajax("GET", location.pathname + location.search, {
		source: document.body,
		target: first,
		select: first,
		selectOOB: rest.join(","),
		swap: "outerHTML",
	}).catch(() => {});
}

function hint(htmx, words) {
	for (const word of words) wanted.add(word);
	if (!timer) timer = setTimeout(() => refetch(htmx), Math.max(60, last + FASTEST - Date.now()));
}

function listen(htmx) {
	if (stream || document.hidden) return;
	stream = new EventSource("/live");
	// What changed while the stream was broken was told to nobody; nor what changed before its
	// first moment, which matters where something is just moving.
	stream.onopen = () => {
		if (opened || document.querySelector("[data-moving]")) hint(htmx, ["*"]);
		opened = true;
	};
	stream.addEventListener("changed", (event) => hint(htmx, event.data.split(" ")));
}

export function start(htmx) {
	if (!document.querySelector("[data-live]") || "posted" in document.body.dataset) return;
	document.addEventListener("visibilitychange", () => {
		if (document.hidden) {
			stream?.close();
			stream = null;
		} else {
			listen(htmx);
		}
	});
	addEventListener("pagehide", () => stream?.close());
	listen(htmx);
	setInterval(() => {
		if (!document.hidden && document.querySelector("[data-live~=tick]")) hint(htmx, ["tick"]);
	}, TICK);
}
