/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The frame round every page (layout.tmpl): sidebar, top bar, notices, dialogs of the shell. The
 * door fills the struct; faces only make the body.
 */
#ifndef WEB_LAYOUT_H
#define WEB_LAYOUT_H

#include "text/html.h"
#include "web/door.h"

struct shell_workspace {
	int64_t id;
	const char *name;
	bool chosen;
};

struct shell {
	const char *title; /* of the page, in the reader's language */
	const char *nav; /* static; the sidebar entry: overview, campaigns, contacts, suppressions,
			    appliances, domains, mailboxes, settings; NULL for none */
	struct markup body;
	const char *theme;   /* "light", "dark", NULL follows the system */
	const char *zone;    /* IANA; NULL follows the browser */
	const char *csrf;    /* NULL outside a session */
	const char *tenant;  /* its name, NULL when none is chosen */
	const char *account; /* the person's name, NULL when nobody is signed in */
	const char *email;
	const struct shell_workspace *workspaces;
	size_t workspace_count;
	bool may[NEED_MAX];  /* entries and actions that would be refused are not shown */
	const char *toast;   /* announced once; NULL for none */
	const char *undo;    /* path whose POST takes it back; NULL for none */
	const char *trouble; /* why a form was refused, where no field says it; NULL for none */
	bool posted;         /* the answer to a POST: its address cannot be fetched again */
	int64_t expires;     /* real ms, end of the session; 0 for none */
	const char
		*standing; /* reason why the tenant or the fleet is stopped; NULL when it is not */
};

/* A whole page in the shell; without an account, or for DOOR_OPEN pages, the bare frame: a mark, a
   card with the body, a footer. */
void layout_html(struct scope *sc, struct out *o, const struct shell *s);
void layout_bare_html(struct scope *sc, struct out *o, const struct shell *s);

/* The body of an error page. NUMBER is the request's, shown so that it can be quoted. */
void layout_error_html(
	struct scope *sc, struct out *o, int status, const char *tell, const char *number);

#endif
