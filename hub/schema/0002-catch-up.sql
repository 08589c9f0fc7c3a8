-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a hub restored from a copy must learn before it hands out work again.
CREATE TABLE catch_up (
	appliance BIGINT NOT NULL PRIMARY KEY, -- [plain] has not yet said what it sent and holds since the copy
	tenant BIGINT NOT NULL,         -- [plain] whose it is: nothing is leased for them meanwhile
	since BIGINT NOT NULL,          -- [plain] real ms of the restore; the number it is asked with
	asked_at BIGINT NOT NULL DEFAULT 0 -- [plain] real ms
);
CREATE INDEX catch_up_tenant ON catch_up (tenant);
CREATE TABLE claim (
	tenant BIGINT NOT NULL,         -- [plain]
	message BIGINT NOT NULL,        -- [plain] a mail that this hub does not know yet, or as another's
	appliance BIGINT NOT NULL,      -- [plain] who says it has or had it
	mailbox BIGINT,                 -- [plain] it goes or went from
	state TEXT NOT NULL CHECK (state IN ('handed', 'queued', 'delivered', 'bounced', 'expired',
		'unknown', 'failed')), -- [plain] as that appliance saw it
	rank BIGINT NOT NULL,           -- [plain] of the state
	reason TEXT,                    -- [plain] of an end
	code BIGINT,                    -- [plain] last SMTP code
	status TEXT,                    -- [plain] last enhanced status
	queue_id TEXT,                  -- [plain] Postfix's
	at BIGINT NOT NULL,             -- [plain] real ms, when it was said to have happened
	PRIMARY KEY (tenant, message)
);
