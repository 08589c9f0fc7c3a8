-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The same deferral on many machines at once is the provider's weather, whosever the machines are.
CREATE TABLE weather_hit (
	slot BIGINT NOT NULL,           -- [plain] ten minutes of real time
	provider TEXT NOT NULL,         -- [plain] that put mail off
	class TEXT NOT NULL,            -- [plain] what its replies were about
	appliance BIGINT NOT NULL,      -- [plain] whose mail
	n BIGINT NOT NULL,              -- [plain] replies
	PRIMARY KEY (slot, provider, class, appliance)
);
CREATE TABLE weather (
	provider TEXT NOT NULL,         -- [plain]
	class TEXT NOT NULL,            -- [plain]
	since BIGINT NOT NULL,          -- [plain] real ms
	until BIGINT NOT NULL,          -- [plain] real ms; moved on while it lasts
	machines BIGINT NOT NULL,       -- [plain] how many machines met it last
	ended BIGINT NOT NULL DEFAULT 0, -- [plain] 1 once everybody was told that it is over
	PRIMARY KEY (provider, class)
);
