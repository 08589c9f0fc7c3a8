-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who keeps the mailboxes of the domains that contacts have, as the DNS says.

CREATE TABLE site (
	name TEXT NOT NULL PRIMARY KEY, -- [keep 1m] a recipients' domain, whoever's contact; goes when nobody asks for it any more
	provider TEXT NOT NULL,         -- [plain] a name of the table of providers; 'other' also where nobody could say
	number BIGINT NOT NULL,         -- [plain] of the set of its mail servers; 0 for none
	why TEXT,                       -- [plain] why nobody could say, in English; or NULL
	never BIGINT NOT NULL,          -- [plain] 1: it takes no mail, or does not exist
	fails BIGINT NOT NULL,          -- [plain] times in a row that nobody answered
	until BIGINT NOT NULL           -- [plain] real ms; asked again then
);
CREATE INDEX site_until ON site (until);
ALTER TABLE contact ADD COLUMN provider_due BIGINT DEFAULT 0; -- [plain] real ms when its domain is looked at again; NULL: never
CREATE INDEX contact_provider ON contact (tenant, provider_due);
