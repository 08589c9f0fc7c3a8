-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Domains are proved by their DNS records, and looked at again by themselves.

CREATE TABLE record (
	tenant BIGINT NOT NULL,         -- [plain]
	domain BIGINT NOT NULL,         -- [plain]
	purpose TEXT NOT NULL CHECK (purpose IN ('owner', 'mx', 'spf', 'dkim', 'dmarc')), -- [plain] what it is for
	name TEXT NOT NULL,             -- [plain] where it was looked up
	found TEXT NOT NULL,            -- [plain] what stood there, a line each; '' for nothing
	state TEXT NOT NULL CHECK (state IN ('good', 'missing', 'wrong', 'unclear')), -- [plain]
	reason TEXT NOT NULL,           -- [plain] why it is not good, as the catalogue's key; or ''
	checked_at BIGINT NOT NULL,     -- [plain] real ms of the last answer that counted
	since BIGINT NOT NULL,          -- [plain] real ms since when it has this state
	PRIMARY KEY (tenant, domain, purpose)
);
CREATE TABLE domain_claim (
	name TEXT NOT NULL PRIMARY KEY, -- [plain] a domain: only one company's at a time
	tenant BIGINT NOT NULL,         -- [plain] whose
	proof TEXT NOT NULL,            -- [plain] what stood in its DNS, or 'operator'
	proved_at BIGINT NOT NULL       -- [plain] real ms, last seen
);
ALTER TABLE domain ADD COLUMN proved TEXT; -- [plain] by what it was verified: 'dns' or 'operator'; NULL: by hand, before there were checks
ALTER TABLE domain ADD COLUMN selector TEXT NOT NULL DEFAULT 'dkim'; -- [plain] under which its DKIM key is published
ALTER TABLE domain ADD COLUMN checked_at BIGINT; -- [plain] real ms of the last check
ALTER TABLE domain ADD COLUMN check_due BIGINT NOT NULL DEFAULT 0; -- [plain] real ms of the next one
CREATE INDEX domain_check ON domain (check_due);
ALTER TABLE host ADD COLUMN found TEXT; -- [plain] of a tracking host: what its CNAME said
ALTER TABLE host ADD COLUMN reason TEXT; -- [plain] of a tracking host: why the last check failed, or NULL
ALTER TABLE host ADD COLUMN fails BIGINT NOT NULL DEFAULT 0; -- [plain] of a tracking host: failed checks in a row
