-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Warm-up plans of a company's own, in versions, and which plan warms up what.

CREATE TABLE ramp (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain] greater than those of the program's own plans
	name TEXT NOT NULL,             -- [plain] never changes
	title TEXT NOT NULL,            -- [plain] of its newest version
	version BIGINT NOT NULL,        -- [plain] the newest
	state TEXT NOT NULL CHECK (state IN ('active', 'retired')), -- [plain]
	created BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, name)
);
CREATE TABLE ramp_version (
	tenant BIGINT NOT NULL,         -- [plain]
	ramp BIGINT NOT NULL,           -- [plain]
	version BIGINT NOT NULL,        -- [plain] from 1; never changed
	body TEXT NOT NULL,             -- [plain] the plan, as shared/pace/ramp_text reads it
	created BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, ramp, version)
);
CREATE TABLE ramp_choice (
	tenant BIGINT NOT NULL,         -- [plain]
	unit TEXT NOT NULL CHECK (unit IN ('tenant', 'appliance', 'mailbox')), -- [plain] whom it warms up
	unit_id BIGINT NOT NULL,        -- [plain] 0 for the whole company
	ramp BIGINT NOT NULL,           -- [plain] 0: it is warm, no plan holds it
	since BIGINT NOT NULL,          -- [plain] real ms
	PRIMARY KEY (tenant, unit, unit_id)
);

-- A lane is a sending unit on its way through a plan: the address of an appliance ('ip'), that
-- address towards one provider ('provider'), or a mailbox. Its appliance decides; these rows are
-- what it told. Days and times are of the plan.

CREATE TABLE lane (
	tenant BIGINT NOT NULL,         -- [plain]
	unit TEXT NOT NULL CHECK (unit IN ('ip', 'provider', 'mailbox')), -- [plain]
	unit_id BIGINT NOT NULL,        -- [plain] the appliance, or the mailbox
	provider TEXT NOT NULL,         -- [plain] of a 'provider', else ''
	appliance BIGINT NOT NULL,      -- [plain] which told it
	plan TEXT,                      -- [plain] name of the plan it goes by; NULL: none
	version BIGINT NOT NULL,        -- [plain] of that plan
	day BIGINT NOT NULL,            -- [plain] since 1970 (UTC)
	step BIGINT NOT NULL,           -- [plain] day of the plan, from 1
	cap BIGINT NOT NULL,            -- [plain] mails of that day at most
	sent BIGINT NOT NULL,           -- [plain] within the 24 hours before it was told
	queued BIGINT NOT NULL,         -- [plain] in Postfix then
	state TEXT NOT NULL,            -- [plain] 'free', or what holds it: 'stop', 'shape', 'warmup', 'day'
	held_by TEXT,                   -- [plain] who holds it: 'gate', 'plan', a rule's name …
	reason TEXT,                    -- [plain]
	until BIGINT NOT NULL,          -- [plain] when that lifts; 0: not by itself
	rate BIGINT NOT NULL,           -- [plain] mails an hour where a rate holds
	told_at BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, unit, unit_id, provider)
);
CREATE INDEX lane_appliance ON lane (tenant, appliance);
CREATE INDEX lane_provider ON lane (tenant, unit, provider);
CREATE TABLE lane_day (
	tenant BIGINT NOT NULL,         -- [plain]
	unit TEXT NOT NULL CHECK (unit IN ('ip', 'provider', 'mailbox')), -- [plain]
	unit_id BIGINT NOT NULL,        -- [plain]
	provider TEXT NOT NULL,         -- [plain]
	day BIGINT NOT NULL,            -- [plain] since 1970 (UTC)
	step BIGINT NOT NULL,           -- [plain] day of the plan
	cap BIGINT NOT NULL,            -- [plain] as it was last
	mails BIGINT NOT NULL,          -- [plain] released
	retries BIGINT NOT NULL,        -- [plain] attempts beyond each mail's first
	fresh BIGINT NOT NULL,          -- [plain] of the mails, first ones to somebody
	ended BIGINT NOT NULL,          -- [plain] of the mails, those at an end
	accepted BIGINT NOT NULL,       -- [plain]
	deferred BIGINT NOT NULL,       -- [plain] attempts put off
	hard BIGINT NOT NULL,           -- [plain] refused: no such mailbox
	infra BIGINT NOT NULL,          -- [plain] refused for what we are
	complained BIGINT NOT NULL,     -- [plain]
	decision TEXT,                  -- [plain] the day's last that moved its step, as pace/gate names them
	reason TEXT,                    -- [plain] of it
	step_next BIGINT NOT NULL DEFAULT 0, -- [plain] and where it led
	cap_next BIGINT NOT NULL DEFAULT 0, -- [plain]
	inputs TEXT,                    -- [plain] JSON: the numbers it was made of
	PRIMARY KEY (tenant, unit, unit_id, provider, day)
);
CREATE TABLE lane_hand (
	tenant BIGINT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	n BIGINT NOT NULL,              -- [plain] from 1: done once each, in this order
	unit TEXT NOT NULL CHECK (unit IN ('ip', 'provider', 'mailbox')), -- [plain]
	unit_id BIGINT NOT NULL,        -- [plain]
	provider TEXT NOT NULL,         -- [plain]
	what TEXT NOT NULL CHECK (what IN ('free', 'back', 'restart', 'step')), -- [plain]
	step BIGINT NOT NULL,           -- [plain] of 'step'
	created BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, appliance, n)
);
CREATE TABLE lane_order (
	tenant BIGINT NOT NULL,         -- [plain]
	unit TEXT NOT NULL CHECK (unit IN ('ip', 'provider', 'mailbox')), -- [plain]
	unit_id BIGINT NOT NULL,        -- [plain]
	provider TEXT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	rate BIGINT NOT NULL,           -- [plain] mails an hour; 0 is a stop
	reason TEXT,                    -- [plain] one word
	until BIGINT NOT NULL,          -- [plain] plan ms; 0: until it is taken back
	created BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, unit, unit_id, provider)
);
CREATE INDEX lane_order_appliance ON lane_order (tenant, appliance);
