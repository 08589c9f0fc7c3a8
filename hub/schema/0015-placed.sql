-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Ids of a campaign's people and mails lie side by side, so that facts about them touch few pages of
-- each index. Campaigns from before go on as they began: a restored hub makes their mails again by
-- the same names.
ALTER TABLE campaign ADD COLUMN placed BIGINT NOT NULL DEFAULT 0; -- [plain] 1 where they lie side by side
