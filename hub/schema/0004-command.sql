-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Commands to appliances: sent from rows until they are answered or have run out.
CREATE TABLE command (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	appliance BIGINT NOT NULL,      -- [plain] which shall do it
	kind TEXT NOT NULL,             -- [plain] what it shall do, as agents name it
	args TEXT,                      -- [plain] JSON, or NULL; names nobody
	state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'unsupported', 'expired')), -- [plain]
	reason TEXT,                    -- [plain] why it was not done
	body TEXT,                      -- [plain] what came of it, as JSON
	created BIGINT NOT NULL,        -- [plain] real ms
	expires BIGINT NOT NULL,        -- [plain] real ms; not begun later
	done_at BIGINT,                 -- [plain] real ms of the answer
	PRIMARY KEY (tenant, id)
);
CREATE INDEX command_appliance ON command (tenant, appliance, id);
ALTER TABLE uplink ADD COLUMN commands_due BIGINT; -- [plain] real ms, when commands are to be published; NULL: none
CREATE INDEX uplink_commands ON uplink (commands_due);
