/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/smtp_reply.h"

#include "kit.h"

TEST(a_status_is_what_stands_at_the_start_and_nothing_else)
{
	CHECK_TEXT(smtp_reply_status(sc, "5.1.1 No such user"), "5.1.1");
	CHECK_TEXT(smtp_reply_status(sc, "4.7.650 Slow down"), "4.7.650");
	CHECK_TEXT(smtp_reply_status(sc, "2.0.0"), "2.0.0");
	CHECK_TEXT(smtp_reply_status(sc, "5. 1. 1 Spaces are no digits"), "");
	CHECK_TEXT(smtp_reply_status(sc, "5.+1.1"), "");
	CHECK_TEXT(smtp_reply_status(sc, "55.1.1"), "");
	CHECK_TEXT(smtp_reply_status(sc, "5.1"), "");
	CHECK_TEXT(smtp_reply_status(sc, "No 5.1.1"), "");
	CHECK_TEXT(smtp_reply_status(sc, ""), "");
}
