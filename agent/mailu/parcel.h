/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a backup of MailU holds beside its database, in this order. Private to backup and restore.
 */
#ifndef MAILU_PARCEL_H
#define MAILU_PARCEL_H

#include <stddef.h>

#define PARCEL_SECRETS                                                                             \
	"secrets" /* in the parcel; on the machine they lie in a folder of the agent */

extern const char *const parcel_files[], *const parcel_secrets[], *const parcel_folders[];
extern const size_t parcel_file_count, parcel_secret_count, parcel_folder_count;

#endif
