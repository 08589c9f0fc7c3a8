/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between member_page.c, accept_page.c and member.tmpl. */
#ifndef TENANT_MEMBER_HTML_H
#define TENANT_MEMBER_HTML_H

#include "tenant/invitation.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/workspace.h"
#include "web/door.h"

struct members_view {
	const struct request *q;
	const struct member *rows;
	size_t n;
	const struct invitation *invitations;
	size_t invitation_count;
	const struct role *roles;
	size_t role_count;
	const struct workspace *places;
	size_t place_count;
	int64_t me;
	const char *link; /* of an invitation just made that no mail carries; or NULL */
	bool mails;       /* the installation can send mail */
};
void members_html(struct scope *sc, struct out *o, const struct members_view *v);

struct member_view {
	const struct request *q;
	const struct member *m;
	const struct permit *permits;
	size_t permit_count;
	const struct role *roles;
	size_t role_count;
	bool mine; /* one's own: nothing can be changed */
};
void member_html(struct scope *sc, struct out *o, const struct member_view *v);
const char *role_word(struct scope *sc, const char *name);

void accept_html(struct scope *sc, struct out *o, const struct request *q, const char *token,
	const struct invited *in);

#endif
