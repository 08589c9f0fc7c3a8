-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What comes back about a mail, by mail.

ALTER TABLE message ADD COLUMN replied_at BIGINT; -- [plain] real ms of the first answer by a person
ALTER TABLE message ADD COLUMN complained_at BIGINT; -- [plain] real ms of the first complaint
ALTER TABLE message ADD COLUMN inbound BIGINT NOT NULL DEFAULT 0; -- [plain] answers and complaints written down
ALTER TABLE campaign ADD COLUMN stop_on_reply BIGINT NOT NULL DEFAULT 1; -- [plain] 1: who answers gets no more of its mails
