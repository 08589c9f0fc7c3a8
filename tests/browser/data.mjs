// SPDX-License-Identifier: AGPL-3.0-or-later
// What tests type and upload.

// A file of N good lines, one that repeats and three that are broken.
export function contacts(n) {
	const lines = ["email,name,company,plan"];
	for (let i = 1; i <= n; i++)
		lines.push(`person${i}@example.com,Person ${i},"Ice, Snow & Co ${i % 7}",${i % 2 ? "pro" : "free"}`);
	lines.push("person1@example.com,Once more,,pro", "no address,Nobody,,", ",Empty,,", "two@@example.com,Two,,");
	return `${lines.join("\n")}\n`;
}
