-- Mail that came in: how far each mailbox was read, and what was read already.

CREATE TABLE inbox (
	address TEXT NOT NULL,          -- [erase] whose mailbox
	folder TEXT NOT NULL,           -- [plain] 'INBOX' …
	validity BIGINT NOT NULL,       -- [plain] UIDVALIDITY that uid belongs to
	uid BIGINT NOT NULL,            -- [plain] everything up to here was read
	PRIMARY KEY (address, folder)
);
CREATE TABLE inbox_read (
	digest TEXT NOT NULL PRIMARY KEY, -- [plain] SHA-256 of a mail, so that one is told of once however its mailbox is numbered
	at BIGINT NOT NULL              -- [plain] real ms
);
CREATE INDEX inbox_read_old ON inbox_read (at);
ALTER TABLE fact ADD COLUMN hash TEXT; -- [plain] SHA-256 of the mail that came in and says so
