-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a machine with a mail server of its own looks after, as it last said.
CREATE TABLE machine_check (
	tenant BIGINT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	name TEXT NOT NULL,             -- [plain] what is looked after, as agents name it
	state TEXT NOT NULL CHECK (state IN ('ok', 'degraded', 'held')), -- [plain]
	reason TEXT,                    -- [plain] of a state that is not ok; names nobody
	since BIGINT NOT NULL,          -- [plain] real ms, the machine's clock
	place BIGINT NOT NULL,          -- [plain] among the machine's checks
	PRIMARY KEY (tenant, appliance, name)
);
