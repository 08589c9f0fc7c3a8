/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the audience's pages draw; between *_page.c and the templates. */
#ifndef AUDIENCE_CONTACT_HTML_H
#define AUDIENCE_CONTACT_HTML_H

#include "audience/contact.h"
#include "audience/import.h"
#include "audience/suppression.h"
#include "campaign/campaign.h"
#include "event/event.h"
#include "web/door.h"
#include "web/part.h"

struct contacts_view {
	const struct request *q;
	const struct contact *rows;
	size_t n;
	struct contact_counts counts;
	const char *search, *state;
	const struct import *source; /* whose contacts are shown; NULL for all */
	const char *more;
};
void contacts_html(struct scope *sc, struct out *o, const struct contacts_view *v);
void contact_new_html(struct scope *sc, struct out *o, const struct request *q);
/* Header with the tabs Contacts, Imports. */
void contacts_head_html(struct scope *sc, struct out *o, const struct request *q, bool imports,
	struct markup right);

struct contact_view {
	const struct request *q;
	const struct contact *c;
	const char *id;
	const char *provider;     /* for people; NULL while it is not known */
	const char *provider_why; /* why nobody could say, or NULL */
	const struct contact_value *values;
	size_t value_count;
	const char *const *fields; /* names of all own fields of the workspace */
	size_t field_count;
	const struct enrolment *enrolments;
	const char *const *campaigns; /* names, beside ENROLMENTS */
	size_t enrolment_count;
	const struct event_row *events;
	const char *const *details;
	const struct wire_letter *const *letters; /* beside EVENTS */
	size_t event_count;
	const char *older; /* path of the facts before these, or NULL */
};
void contact_html(struct scope *sc, struct out *o, const struct contact_view *v);

struct imports_view {
	const struct request *q;
	const struct import *rows;
	size_t n;
	const char *more;
};
void imports_html(struct scope *sc, struct out *o, const struct imports_view *v);
void import_new_html(struct scope *sc, struct out *o, const struct request *q);

struct import_view {
	const struct request *q;
	const struct import *m;
	const char *id;
	const struct import_error *errors;
	size_t error_count;
	const char *more;
};
void import_html(struct scope *sc, struct out *o, const struct import_view *v);

struct suppressions_view {
	const struct request *q;
	const struct suppression *rows;
	size_t n;
	int64_t total;
	const char *more;
};
void suppressions_html(struct scope *sc, struct out *o, const struct suppressions_view *v);

#endif
