-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Addresses that mail leaves from, and the lists that name them or the domains it comes from.
CREATE TABLE address (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	ip TEXT NOT NULL,               -- [plain] a machine's, in the usual form
	appliance BIGINT,               -- [plain] which sends from it; NULL: none
	pool TEXT NOT NULL DEFAULT '',  -- [plain] what it is kept together with; '' for none
	source TEXT NOT NULL CHECK (source IN ('hand', 'appliance')), -- [plain] who named it
	state TEXT NOT NULL CHECK (state IN ('available', 'assigned', 'warming', 'warmed',
		'degraded', 'burned', 'quarantined')), -- [plain]
	reason TEXT NOT NULL,           -- [plain] why it has this state, a word
	decided TEXT NOT NULL CHECK (decided IN ('system', 'tenant', 'operator')), -- [plain] who decided it: an operator's word outranks
	since BIGINT NOT NULL,          -- [plain] real ms of that
	until BIGINT,                   -- [plain] real ms, end of a quarantine; NULL: until somebody lifts it
	rdns TEXT NOT NULL DEFAULT '',  -- [plain] the name that the DNS has for it; '' for none
	rdns_state TEXT NOT NULL DEFAULT 'unclear' CHECK (rdns_state IN ('good', 'missing', 'wrong', 'unclear')), -- [plain]
	score BIGINT,                   -- [plain] 0..100, the newest; NULL: none yet
	listed BIGINT NOT NULL DEFAULT 0, -- [plain] how many lists name it
	cost BIGINT NOT NULL DEFAULT 0, -- [plain] a month, in the smallest unit of its currency
	currency TEXT NOT NULL DEFAULT 'USD', -- [plain] ISO 4217
	seen_at BIGINT,                 -- [plain] real ms when its machine last named it
	checked_at BIGINT,              -- [plain] real ms when lists were last asked
	check_due BIGINT NOT NULL DEFAULT 0, -- [plain] real ms when they are asked next
	created BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, ip)
);
CREATE INDEX address_appliance ON address (tenant, appliance);
CREATE INDEX address_ip ON address (ip);
CREATE INDEX address_id ON address (id);
CREATE INDEX address_check ON address (check_due);
CREATE TABLE dnsbl (
	tenant BIGINT NOT NULL,         -- [plain]
	unit TEXT NOT NULL CHECK (unit IN ('address', 'domain')), -- [plain] what was asked about
	unit_id BIGINT NOT NULL,        -- [plain]
	list TEXT NOT NULL,             -- [plain] the list's name in hub/repute/data/lists
	state TEXT NOT NULL CHECK (state IN ('clear', 'listed', 'unclear')), -- [plain]
	code TEXT NOT NULL,             -- [plain] the address it answered with, or ''
	reason TEXT NOT NULL,           -- [plain] what the answer means, or why there was none
	since BIGINT NOT NULL,          -- [plain] real ms since when it is listed or clear
	checked_at BIGINT NOT NULL,     -- [plain] real ms of the last answer that counted; 0: none yet
	PRIMARY KEY (tenant, unit, unit_id, list)
);
ALTER TABLE domain ADD COLUMN listed BIGINT NOT NULL DEFAULT 0; -- [plain] how many lists name it
ALTER TABLE domain ADD COLUMN lists_at BIGINT; -- [plain] real ms when lists were last asked
ALTER TABLE domain ADD COLUMN lists_due BIGINT NOT NULL DEFAULT 0; -- [plain] real ms when they are asked next
CREATE INDEX domain_lists ON domain (lists_due);
