/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two halves of rendering: what is compiled once (template.c), what is filled in (render.c). */
#ifndef SEND_RENDER_PRIV_H
#define SEND_RENDER_PRIV_H

#include "content/liquid.h"
#include "content/name.h"

#include "send/render.h"
#include "send/token.h"

/* One compiled part of a content, with the meaning of its names. */
struct part_template {
	const struct liquid *liquid; /* NULL: the content has no such part */
	struct part_name {
		enum name name;
		const char *field; /* of NAME_FIELD */
		int64_t link;      /* of NAME_LINK */
	} * names;
	size_t count;
	bool says[NAMES]; /* which names it uses */
};

/* A content, compiled; lives in an arena of its own. */
struct template
{
	int64_t tenant, content;
	bool tracked; /* links of the HTML are {{ link.nN }} */
	struct arena *mem;
	const char *lang;
	bool own_subject; /* false: a follow-up without one */
	struct part_template subject, html, text;
	bool fields; /* some part uses fields of the workspace's own */
};

enum err template_compile(
	struct scope *sc, int64_t content, bool tracked, struct template **out) MUST;
void template_free(struct template *t);

/* Everything about one mail that is looked up, not computed. NULL texts are unknown. */
struct mail_facts {
	int64_t tenant, message;
	const char *email, *to, *to_name, *name, *company, *country, *lang;
	const struct contact_value *values;
	size_t value_count;
	const char *sender_name, *sender_email, *workspace, *company_name, *postal;
	const char *link_base;  /* scheme and host of unsubscribe links */
	const char *track_base; /* of tracking links; NULL: none are made */
	bool track_opens;
	const char *first_subject; /* of the mail a follow-up answers */
	const char *thread;        /* its Message-ID, or NULL */
	const char *domain;        /* of Message-IDs */
	const char *feedback_id;
	int64_t date; /* real ms */
};

/* Pure: no rows are read. */
enum err render_mail(struct scope *sc, const struct template *t, const struct token_keys *keys,
	const struct mail_facts *f, struct rendered *out) MUST;
/* The subject alone, as its reader sees it. */
enum err render_subject(struct scope *sc, const struct template *t, const struct mail_facts *f,
	const char **subject) MUST;

#endif
