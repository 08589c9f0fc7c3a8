-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Machines that are mail servers of their own with MailU, and the DNS records these ask for.
CREATE TABLE mailu (
	tenant BIGINT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	state TEXT NOT NULL CHECK (state IN ('on', 'off')), -- [plain]
	version TEXT NOT NULL,          -- [plain] MailU's release
	host TEXT NOT NULL,             -- [plain] what the server calls itself
	domain TEXT NOT NULL,           -- [plain] its main domain, of postmaster
	postmaster TEXT NOT NULL,       -- [plain] local part
	subnet TEXT NOT NULL,           -- [plain] of its containers
	address TEXT NOT NULL,          -- [plain] IPv4 that port 25 is open on
	tls TEXT NOT NULL CHECK (tls IN ('cert', 'letsencrypt')), -- [plain] where its certificate comes from
	digests TEXT NOT NULL,          -- [plain] lines of a service and the digest of its image
	selector TEXT NOT NULL,         -- [plain] of the DKIM keys that sign
	number BIGINT NOT NULL,         -- [plain] how many selectors it has had
	next TEXT,                      -- [plain] selector that shall sign once its records are published
	old TEXT,                       -- [plain] selector that signed before
	old_until BIGINT,               -- [plain] real ms until which its keys are kept; NULL: the new one does not sign yet
	changed_at BIGINT NOT NULL,     -- [plain] real ms
	PRIMARY KEY (tenant, appliance)
);
CREATE TABLE mailu_limit (
	tenant BIGINT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	provider TEXT NOT NULL,         -- [plain] whose domains have a way out of their own
	delay BIGINT NOT NULL,          -- [plain] seconds between two mails to one domain
	many BIGINT NOT NULL,           -- [plain] connections to one domain at a time
	PRIMARY KEY (tenant, appliance, provider)
);
CREATE TABLE mailu_account (
	tenant BIGINT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	address TEXT NOT NULL,          -- [plain] the company's own, not a contact's
	name TEXT NOT NULL,             -- [plain] shown; of a mailbox
	targets TEXT NOT NULL,          -- [plain] mailboxes an alias leads to, a line each; '' of a mailbox
	created BIGINT NOT NULL,        -- [plain] real ms
	PRIMARY KEY (tenant, appliance, address)
);
CREATE TABLE wanted (
	tenant BIGINT NOT NULL,         -- [plain]
	zone TEXT NOT NULL,             -- [plain] the domain it is for
	appliance BIGINT NOT NULL,      -- [plain] which asks for it
	name TEXT NOT NULL,             -- [plain] where it shall stand
	type TEXT NOT NULL,             -- [plain] MX, TXT …
	value TEXT NOT NULL,            -- [plain] as a zone takes it
	place BIGINT NOT NULL,          -- [plain] among what the appliance asks for
	state TEXT NOT NULL CHECK (state IN ('unchecked', 'good', 'missing', 'wrong', 'unclear')), -- [plain] in the DNS
	reason TEXT NOT NULL,           -- [plain] why it is not good, as the catalogue's key; or ''
	found TEXT NOT NULL,            -- [plain] what stood there, a line each
	checked_at BIGINT NOT NULL,     -- [plain] real ms of the last answer that counted; 0: none yet
	since BIGINT NOT NULL,          -- [plain] real ms since when it has this state
	PRIMARY KEY (tenant, zone, appliance, name, type)
);
CREATE INDEX wanted_appliance ON wanted (tenant, appliance);
