/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "content/html.h"

TEST(fixed_web_addresses_of_anchors_are_links_and_nothing_else_is)
{
	struct html_link *links;
	const char *html =
		"<p>x < y <a class=b href=\"https://a.example/?x=1&amp;y=2\">A</a>"
		"<A HREF='http://b.example'>B</A><a href=https://c.example/>C</a>"
		"<a href=\"{{ contact.site }}\">D</a><a href=\"https://e.example/{{ x }}\">E"
		"</a><a href=\"mailto:x@y.example\">F</a><img src=\"https://g.example/g\">"
		"<!-- <a href=\"https://h.example\"> --><link href=\"https://i.example\">"
		"{% raw %}<a href=\"https://j.example\">{% endraw %}"
		"{% if x %}<area href=\"https://k.example\">{% endif %}"
		"<a data-href=\"https://l.example\" title=\"a>b\" href=\"https://m.example\">";
	size_t n = html_links(sc->mem, html, &links);

	CHECK_INT(n, 5);
	NEED(n == 5);
	CHECK_TEXT(links[0].url, "https://a.example/?x=1&y=2");
	CHECK_TEXT(links[1].url, "http://b.example");
	CHECK_TEXT(links[2].url, "https://c.example/");
	CHECK_TEXT(links[3].url, "https://k.example");
	CHECK_TEXT(links[4].url, "https://m.example");
}

TEST(addresses_are_replaced_in_place)
{
	CHECK_TEXT(
		html_with_links(sc->mem,
			"<a href=\"https://a.example\">A</a> <a href='https://b.example'>B</a>."),
		"<a href=\"{{ link.n1 }}\">A</a> <a href='{{ link.n2 }}'>B</a>.");
	CHECK_TEXT(html_with_links(sc->mem, "none"), "none");
}

TEST(html_reads_as_text)
{
	static const char *const list[][2] = {
		{ "<p>Hi {{ contact.name }},</p>\n<p>a&nbsp;<b>b</b>\n  c &amp; d</p>",
			"Hi {{ contact.name }},\n\na b c & d\n" },
		{ "<html><head><title>T</title><style>p{}</style></head><body>x<br>y<br/><br>z</body>",
			"x\ny\n\nz\n" },
		{ "<ul><li>one</li><li>two</li></ul>after", "- one\n- two\n\nafter\n" },
		{ "<a href=\"https://a.example/?a=1&amp;b=2\">Look</a>!",
			"Look (https://a.example/?a=1&b=2)!\n" },
		{ "<a href=\"https://a.example\">https://a.example</a>", "https://a.example\n" },
		{ "<p>x</p><a href=\"{{ unsubscribe_url }}\">Leave</a>",
			"x\n\nLeave ({{ unsubscribe_url }})\n" },
		{ "a {% if x > 1 %}b{% endif %} c", "a {% if x > 1 %}b{% endif %} c\n" },
		{ "1 < 2 &#8364;&unknown; &#x41;", "1 < 2 €&unknown; A\n" },
		{ "<script>alert(1)</script><!-- no -->yes", "yes\n" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n" },
		{ "<a href=\"https://a.example\"><img src=\"x\"></a>", "https://a.example\n" },
		{ "", "\n" },
	};

	for (size_t i = 0; i < COUNT(list); i++)
		CHECK_TEXT(html_to_text(sc->mem, list[i][0]), list[i][1]);
}
