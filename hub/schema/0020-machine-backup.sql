-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Backups that machines make of their mail servers: asked for by a command, brought in parts.
CREATE TABLE machine_backup (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	appliance BIGINT NOT NULL,      -- [plain] whose mail server it is
	command BIGINT NOT NULL,        -- [plain] that asked for it: its state until the backup is whole
	key @BYTES@ NOT NULL,           -- [secret] of this backup alone, sealed with the tenant's
	asked_at BIGINT NOT NULL,       -- [plain] real ms
	done_at BIGINT,                 -- [plain] real ms it was whole here
	parts BIGINT NOT NULL DEFAULT 0, -- [plain] of a whole one
	size BIGINT NOT NULL DEFAULT 0, -- [plain] bytes, sealed
	files BIGINT NOT NULL DEFAULT 0, -- [plain] in it
	release_to BIGINT,              -- [plain] machine that may take it, to restore it
	release_until BIGINT,           -- [plain] real ms
	PRIMARY KEY (tenant, id)
);
CREATE INDEX machine_backup_list ON machine_backup (tenant, appliance, id);
CREATE TABLE machine_backup_part (
	tenant BIGINT NOT NULL,         -- [plain]
	backup BIGINT NOT NULL,         -- [plain]
	n BIGINT NOT NULL,              -- [plain] from 1
	object BIGINT NOT NULL,         -- [plain]
	size BIGINT NOT NULL,           -- [plain] bytes
	PRIMARY KEY (tenant, backup, n)
);
