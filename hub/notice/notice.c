/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "notice/notice.h"

#include <string.h>

#include "base/file.h"
#include "base/id.h"
#include "config.h"
#include "mail/address.h"
#include "net/smtp.h"
#include "text/json.h"

#define CONTEXT "outmail"

SQL(notice_insert, SQL_DIRECTORY,
	"INSERT INTO outmail (id, sealed, created) VALUES ($1, $2, $3)");
SQL(notice_row, SQL_DIRECTORY, "SELECT sealed FROM outmail WHERE id = $1");
SQL(notice_delete, SQL_DIRECTORY, "DELETE FROM outmail WHERE id = $1");
