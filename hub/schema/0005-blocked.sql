-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Other servers that refuse a machine raise an alarm, once in a while and not once per mail.
ALTER TABLE uplink ADD COLUMN blocked_at BIGINT NOT NULL DEFAULT 0; -- [plain] real ms of the last alarm that others refuse it
