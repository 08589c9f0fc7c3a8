/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of contacts, imports and suppressions. */
#ifndef AUDIENCE_CONTACT_PAGE_H
#define AUDIENCE_CONTACT_PAGE_H

#include "web/door.h"

extern const struct form contacts_page_form, contact_add_page_form, contact_edit_page_form,
	contact_at_page_form, contact_erase_page_form;
route_fn contacts_page, contact_new_page, contact_add_page, contact_page, contact_edit_page;
route_fn contact_stop_page, contact_resume_page, contact_erase_page, contact_export_page;

extern const struct form import_start_page_form, import_at_page_form, imports_page_form;
route_fn import_new_page, import_start_page, imports_page, import_page;

extern const struct form suppressions_page_form, suppression_add_page_form,
	suppression_drop_page_form;
route_fn suppressions_page, suppression_add_page, suppression_drop_page;

#endif
