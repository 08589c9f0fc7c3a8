/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything that a fact in the log can start. The name is the key of its cursor: never reuse one.
 */
#include "follows.h"

#include "audience/audience_follow.h"
#include "campaign/campaign_follow.h"
#include "fleet/fleet_follow.h"
#include "mailu/mailu_follow.h"
#include "repute/score_follow.h"
#include "repute/weather_follow.h"
#include "send/blocked_follow.h"
#include "send/message_follow.h"
#include "warmup/warmup_follow.h"

/* clang-format off */
const struct follower follows[] = {
	{ "audience", audience_follow_kinds, audience_follow },
	{ "fleet", fleet_follow_kinds, fleet_follow },
	{ "warmup", warmup_follow_kinds, warmup_follow },
	{ "mailu", mailu_follow_kinds, mailu_follow },
	{ "ledger", message_follow_kinds, message_follow },
	{ "blocked", blocked_follow_kinds, blocked_follow },
	{ "weather", weather_follow_kinds, weather_follow },
	{ "repute", score_follow_kinds, score_follow },
	{ "campaign", campaign_follow_kinds, campaign_follow },
	{ 0 },
};
/* clang-format on */
