-- SPDX-License-Identifier: AGPL-3.0-or-later
-- How mail uses the pools of addresses; one that has no row here is used like all others.
CREATE TABLE pool (
	tenant BIGINT NOT NULL,         -- [plain]
	name TEXT NOT NULL,             -- [plain] as addresses name it
	mode TEXT NOT NULL CHECK (mode IN ('primary', 'reserve')), -- [plain] a reserve is used when no other can take a mail
	PRIMARY KEY (tenant, name)
);
