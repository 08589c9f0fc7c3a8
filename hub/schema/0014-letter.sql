-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What people wrote back: a row with the fact that tells of it, its words as an object once they came.
CREATE TABLE letter (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	message BIGINT NOT NULL,        -- [plain] that it is about
	hash @BYTES@ NOT NULL,          -- [plain] SHA-256 of the words, as the machine told
	appliance BIGINT NOT NULL,      -- [plain] which told, and alone may bring them
	workspace BIGINT NOT NULL,      -- [plain]
	campaign BIGINT,                -- [plain]
	contact BIGINT NOT NULL,        -- [plain] the person it goes with
	kind TEXT NOT NULL CHECK (kind IN ('replied', 'auto_replied')), -- [plain]
	at BIGINT NOT NULL,             -- [plain] real ms it was read
	object BIGINT,                  -- [plain] the words, sealed; NULL until they came
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, message, hash)
);
CREATE INDEX letter_contact ON letter (tenant, contact, id);
CREATE INDEX letter_campaign ON letter (tenant, campaign, id);
