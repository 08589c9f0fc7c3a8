-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What became of the mail of each address, domain and mailbox by day, and the score that follows.
CREATE TABLE score (
	tenant BIGINT NOT NULL,         -- [plain]
	unit TEXT NOT NULL CHECK (unit IN ('address', 'domain', 'mailbox')), -- [plain]
	unit_id BIGINT NOT NULL,        -- [plain]
	day BIGINT NOT NULL,            -- [plain] of plan time, UTC
	sent BIGINT NOT NULL,           -- [plain] mails that came to an end
	delivered BIGINT NOT NULL,      -- [plain] of them: taken
	hard BIGINT NOT NULL,           -- [plain] of them: no such recipient
	infra BIGINT NOT NULL,          -- [plain] of them: our machine, name or reputation refused
	soft BIGINT NOT NULL,           -- [plain] of them: any other end
	complained BIGINT NOT NULL,     -- [plain] people who called one spam
	unsubscribed BIGINT NOT NULL,   -- [plain] people who left through one
	score BIGINT,                   -- [plain] 0..100 at the end of this day, as far as known; NULL: not counted yet
	stale BIGINT NOT NULL,          -- [plain] 1 where the counts changed since
	PRIMARY KEY (tenant, unit, unit_id, day)
);
CREATE INDEX score_stale ON score (tenant, unit, unit_id, day) WHERE stale = 1;
ALTER TABLE mailbox ADD COLUMN score BIGINT; -- [plain] 0..100, the newest; NULL: none yet
ALTER TABLE domain ADD COLUMN score BIGINT; -- [plain] 0..100, the newest; NULL: none yet
