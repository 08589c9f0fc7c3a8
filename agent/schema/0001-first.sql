-- The agent's own database: what it holds, what it has sent, what it has still to tell. Each column:
-- a sentence, and its privacy class in brackets:
--   erase   names or describes a person; goes with the mail or the fact
--   plain   does not
-- Times are milliseconds UTC; `due`, `day` and `last` follow the plan clock.

CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY, -- [plain] 'epoch', 'next_seq', 'acked', 'taken', 'cursor', …
	number BIGINT NOT NULL DEFAULT 0, -- [plain]
	text TEXT                       -- [plain]
);
CREATE TABLE part (
	name TEXT NOT NULL PRIMARY KEY, -- [plain] 'link', 'mailboxes', …
	version BIGINT NOT NULL,        -- [plain] of the newest that came
	state BIGINT NOT NULL,          -- [plain] applied, or error
	reason TEXT,                    -- [plain] of an error
	applied BIGINT NOT NULL,        -- [plain] version of body; 0 when none was ever applied
	body TEXT                       -- [erase] the last one applied, as JSON
);
CREATE TABLE item (
	id BIGINT NOT NULL PRIMARY KEY, -- [plain] the message
	state BIGINT NOT NULL,          -- [plain] 0 waits, 1 may be in Postfix, 2 is in Postfix
	mailbox BIGINT NOT NULL,        -- [plain]
	follow_up BIGINT NOT NULL,      -- [plain] 1 goes first
	due BIGINT NOT NULL,            -- [plain] plan ms
	not_after BIGINT NOT NULL,      -- [plain] real ms; never injected later
	retry_at BIGINT NOT NULL DEFAULT 0, -- [plain] real ms; after Postfix put it off
	tries BIGINT NOT NULL DEFAULT 0, -- [plain] injections begun
	recipient TEXT NOT NULL,        -- [erase]
	sender TEXT NOT NULL,           -- [plain] envelope sender, of this message alone
	intent_at BIGINT,               -- [plain] real ms; state 1 began
	answered BIGINT NOT NULL DEFAULT 0, -- [plain] 1: the injection ended without saying how
	blind BIGINT NOT NULL DEFAULT 0, -- [plain] 1: lines of the log were lost since intent_at
	queue_id TEXT,                  -- [plain] Postfix's, from state 2 on
	queued_at BIGINT                -- [plain] real ms
);
CREATE INDEX item_next ON item (state, mailbox, follow_up, due, retry_at);
CREATE INDEX item_late ON item (state, not_after);
CREATE UNIQUE INDEX item_queue ON item (queue_id);
CREATE TABLE body (
	id BIGINT NOT NULL PRIMARY KEY, -- [plain] the message
	mail TEXT NOT NULL              -- [erase] complete; goes when Postfix has it
);
CREATE TABLE taken (
	id BIGINT NOT NULL PRIMARY KEY, -- [plain] every message that came, for 30 days
	state BIGINT NOT NULL,          -- [plain] held, recalled, unsent or past recall
	not_after BIGINT NOT NULL,      -- [plain] of the lease it came under
	at BIGINT NOT NULL              -- [plain] real ms, of the last change
);
CREATE INDEX taken_old ON taken (at);
CREATE TABLE used (
	mailbox BIGINT NOT NULL PRIMARY KEY, -- [plain]
	day BIGINT NOT NULL,            -- [plain] plan days since 1970 (UTC)
	count BIGINT NOT NULL,          -- [plain] mails released on that day
	last BIGINT NOT NULL            -- [plain] plan ms of the last one
);
CREATE TABLE fact (
	seq BIGINT NOT NULL PRIMARY KEY, -- [plain] without a hole within the epoch
	at BIGINT NOT NULL,             -- [plain] real ms
	kind BIGINT NOT NULL,           -- [plain]
	message BIGINT NOT NULL,        -- [plain] 0 for none
	code BIGINT NOT NULL,           -- [plain] SMTP reply
	status TEXT,                    -- [plain] enhanced status
	queue_id TEXT,                  -- [plain]
	text TEXT                       -- [erase] the reply, which may name a person
);
CREATE INDEX fact_message ON fact (message);
CREATE TABLE mark (
	hour BIGINT NOT NULL PRIMARY KEY, -- [plain] real hours since 1970
	seq BIGINT NOT NULL             -- [plain] acknowledged up to here by then
);
