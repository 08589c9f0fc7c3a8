-- What people wrote back, until the hub has it; and for as long as the fact that names it is kept, for
-- a hub restored from a copy asks again.

CREATE TABLE letter (
	object TEXT NOT NULL PRIMARY KEY, -- [plain] SHA-256 of body, hex
	at BIGINT NOT NULL,             -- [plain] real ms
	size BIGINT NOT NULL,           -- [plain] bytes of body
	stored BIGINT NOT NULL,         -- [plain] 1: the hub has it, or does not want it
	body BLOB NOT NULL              -- [erase] a wire_letter
);
CREATE INDEX letter_left ON letter (stored, at, size);
ALTER TABLE fact ADD COLUMN object TEXT; -- [plain] SHA-256 of the letter that follows
CREATE INDEX fact_object ON fact (object) WHERE object IS NOT NULL;
