-- Parts whose application takes minutes: what is wanted stands here until it is decided, so that it
-- is not forgotten when the agent ends meanwhile.

CREATE TABLE part_next (
	name TEXT NOT NULL PRIMARY KEY, -- [plain] 'mailu', …
	version BIGINT NOT NULL,        -- [plain] of body
	body TEXT NOT NULL              -- [erase] as JSON
);
