-- Mails that came to their end while Postfix held them: what is left of them there is to be released,
-- or it would lie in the queue for ever. Postfix tries nobody again whom it has served.

CREATE TABLE loose (
	queue_id TEXT NOT NULL PRIMARY KEY -- [plain] Postfix's
);
