-- SPDX-License-Identifier: AGPL-3.0-or-later
-- A company's own rules about what providers' replies ask of it, in versions.
CREATE TABLE shaping (
	tenant BIGINT NOT NULL,         -- [plain]
	version BIGINT NOT NULL,        -- [plain] from 1; never changed, the newest holds
	body TEXT NOT NULL,             -- [plain] the rules, as shared/pace/shape_text reads them
	created BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, version)
);
