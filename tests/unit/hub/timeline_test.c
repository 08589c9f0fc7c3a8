/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "event/event.h"
#include "event/kind.h"
#include "kit.h"
#include "text/html.h"
#include "web/timeline.h"
#include "web/timeline_look.h"

TEST(every_kind_of_fact_has_words_for_people)
{
	for (size_t i = 0; i < event_kind_count; i++) {
		struct event_row row = { .kind = event_kinds[i].kind, .at = 1 };
		struct moment m;

		timeline_moment(sc, &row, NULL, &m);
		if (str_eq(m.title, row.kind))
			kit_check_text(__FILE__, __LINE__, "title", m.title, "words of its own");
	}
}

TEST(a_fact_says_code_status_and_reason_and_shows_its_text_escaped)
{
	struct event_row row = { .kind = "mail.bounced",
		.at = 1,
		.subject = 5,
		.data = "{\"code\":550,\"status\":\"5.1.1\",\"reason\":\"recipient\"}" };
	const char *detail = "<b>no such user</b>";
	struct out o;

	out_init(&o, sc->mem);
	timeline_html(sc, &o, &row, &detail, 1);
	CHECK(strstr(o.data, "SMTP 550 · 5.1.1") != NULL);
	CHECK(strstr(o.data, "&lt;b&gt;no such user") != NULL);
	CHECK(strstr(o.data, "<b>") == NULL);
}
