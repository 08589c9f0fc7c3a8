-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Mails that somebody called spam, by the lanes they left on: their gates look at them.
CREATE TABLE lane_complaint (
	tenant BIGINT NOT NULL,         -- [plain]
	message BIGINT NOT NULL,        -- [plain]
	appliance BIGINT NOT NULL,      -- [plain] from whose address it left
	mailbox BIGINT NOT NULL,        -- [plain]
	provider TEXT NOT NULL,         -- [plain] of its recipient
	day BIGINT NOT NULL,            -- [plain] on which it left, since 1970 (UTC), of the plan
	PRIMARY KEY (tenant, message)
);
CREATE INDEX lane_complaint_appliance ON lane_complaint (tenant, appliance, day);
