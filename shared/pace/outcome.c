/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/outcome.h"

#include "mail/reply.h"

/* What is said for now, and what is said for good. */
static const struct {
	enum lane_outcome put_off, final;
} meaning[REPLY_CLASSES] = {
	[REPLY_OTHER] = { LANE_DEFERRED, LANE_LOST },
	[REPLY_RECIPIENT] = { LANE_DEFERRED, LANE_HARD },
	[REPLY_FULL] = { LANE_DEFERRED, LANE_LOST },
	[REPLY_INFRASTRUCTURE] = { LANE_THROTTLED, LANE_INFRA },
	[REPLY_CONTENT] = { LANE_DEFERRED, LANE_LOST },
	[REPLY_RATE] = { LANE_THROTTLED, LANE_INFRA },
	[REPLY_NETWORK] = { LANE_DEFERRED, LANE_LOST },
};

enum lane_outcome outcome_of(int64_t code, const char *status, const char *text, bool final)
{
	enum reply_class c;

	if (code >= 200 && code < 300)
		return LANE_ACCEPTED;
	c = reply_classify(code, status, text);
	return final ? meaning[c].final : meaning[c].put_off;
}
