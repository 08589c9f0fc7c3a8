-- Lanes: each mail belongs to a provider, its attempts count, and a stop holds it in Postfix.

ALTER TABLE item ADD COLUMN provider TEXT NOT NULL DEFAULT 'other'; -- [plain] who keeps the mailbox
ALTER TABLE item ADD COLUMN tried BIGINT NOT NULL DEFAULT 0; -- [plain] attempts that the log told of
ALTER TABLE item ADD COLUMN held BIGINT NOT NULL DEFAULT 0; -- [plain] 1: put on hold in Postfix by us
DROP INDEX item_next;
CREATE INDEX item_lane ON item (state, mailbox, provider, follow_up, due, retry_at);
ALTER TABLE fact ADD COLUMN body TEXT; -- [plain] of kinds that have one, as JSON
CREATE TABLE lane (
	kind BIGINT NOT NULL,           -- [plain] 0 the address, 1 a provider, 2 a mailbox
	mailbox BIGINT NOT NULL,        -- [plain] of a mailbox; else 0
	provider TEXT NOT NULL,         -- [plain] of a provider; else empty
	state TEXT NOT NULL,            -- [plain] step, counters and limits, as JSON
	PRIMARY KEY (kind, mailbox, provider)
);
