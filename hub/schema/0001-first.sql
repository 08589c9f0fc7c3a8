-- The first stone's tables. Each column: a sentence, and its privacy class in brackets:
--   erase   names or describes a person; goes when the person is erased
--   secret  sealed or hashed credential material
--   keep Nm personal, kept N months
--   plain   neither
-- Times are milliseconds UTC; `due` and `zone` follow the plan clock where the text says so.
-- Keys of tenant tables begin with tenant. `-- @engine` behind the bracket marks the one kind of table
-- whose key begins with tenant all the same but which belongs to the engine: no row security.

-- ---- directory: needed before a tenant is known ----

CREATE TABLE setting (
	name TEXT NOT NULL PRIMARY KEY, -- [plain] one per installation: clock anchor, canary, …
	value TEXT NOT NULL             -- [plain]
);
CREATE TABLE authority (
	kind TEXT NOT NULL CHECK (kind IN ('server', 'agent', 'hub')), -- [plain] which certificate authority
	version BIGINT NOT NULL,        -- [plain] newest signs, all are trusted
	cert TEXT NOT NULL,             -- [plain] PEM
	sealed @BYTES@ NOT NULL,        -- [secret] its key, under the master key
	until BIGINT NOT NULL,          -- [plain] real ms
	PRIMARY KEY (kind, version)
);
CREATE TABLE account (
	id BIGINT NOT NULL PRIMARY KEY, -- [plain]
	realm TEXT NOT NULL,            -- [plain] 'main'; portals get their own
	email_key TEXT NOT NULL,        -- [erase] normalised address
	email TEXT NOT NULL,            -- [erase] as typed
	name TEXT NOT NULL,             -- [erase]
	locale TEXT,                    -- [plain] language, NULL follows the browser
	zone TEXT,                      -- [plain] IANA time zone
	theme TEXT,                     -- [plain] 'light', 'dark' or NULL for the system's
	staff BIGINT NOT NULL DEFAULT 0, -- [plain] 1 for the operator of the installation
	verified_at BIGINT,             -- [plain] the address was proved
	state TEXT NOT NULL CHECK (state IN ('active', 'locked', 'closed')), -- [plain]
	fails BIGINT NOT NULL DEFAULT 0, -- [plain] failed sign-ins in a row
	locked_until BIGINT,            -- [plain] real ms
	created BIGINT NOT NULL,        -- [plain]
	UNIQUE (realm, email_key)
);
CREATE TABLE identity (
	account BIGINT NOT NULL REFERENCES account (id), -- [plain]
	kind TEXT NOT NULL,             -- [plain] 'password'; later totp, passkey, oidc, saml
	issuer TEXT NOT NULL DEFAULT '', -- [plain]
	subject TEXT NOT NULL,          -- [erase] who they are there; the account's id for a password
	realm TEXT NOT NULL,            -- [plain]
	secret TEXT,                    -- [secret] password hash
	sealed @BYTES@,                 -- [secret]
	label TEXT,                     -- [erase]
	used_at BIGINT,                 -- [plain]
	PRIMARY KEY (account, kind, issuer, subject),
	UNIQUE (realm, kind, issuer, subject)
);
CREATE TABLE credential (
	hash @BYTES@ NOT NULL PRIMARY KEY, -- [secret] of the bearer token
	id BIGINT NOT NULL UNIQUE,      -- [plain] to name it without its secret
	kind TEXT NOT NULL CHECK (kind IN ('session', 'key', 'invite', 'reset', 'verify', 'enrol')), -- [plain]
	tenant BIGINT,                  -- [plain] NULL for an account's own
	account BIGINT,                 -- [plain]
	subject BIGINT,                 -- [plain] appliance of 'enrol', role of 'invite'
	email TEXT,                     -- [erase] address an invitation went to
	csrf @BYTES@,                   -- [secret] of a session
	workspace BIGINT,               -- [plain] last chosen in this session
	scopes TEXT,                    -- [plain] space-separated permissions of a key
	label TEXT,                     -- [erase] browser of a session, name of a key
	created BIGINT NOT NULL,        -- [plain]
	expires BIGINT NOT NULL,        -- [plain] real ms
	used_at BIGINT,                 -- [plain] spent, or last seen
	revoked_at BIGINT               -- [plain]
);
CREATE INDEX credential_account ON credential (account);
CREATE INDEX credential_tenant ON credential (tenant, kind);
CREATE TABLE host (
	name TEXT NOT NULL PRIMARY KEY, -- [plain] host name with port where not 443
	tenant BIGINT,                  -- [plain] NULL: the installation's own
	workspace BIGINT,               -- [plain]
	purpose TEXT NOT NULL CHECK (purpose IN ('app', 'track', 'link', 'agent')), -- [plain]
	scheme TEXT NOT NULL DEFAULT 'https' CHECK (scheme IN ('https', 'http')), -- [plain] http on loopback only
	state TEXT NOT NULL CHECK (state IN ('pending', 'verified')), -- [plain]
	target TEXT,                    -- [plain] what its CNAME should say
	checked_at BIGINT               -- [plain]
);
CREATE INDEX host_tenant ON host (tenant);
CREATE INDEX host_purpose ON host (purpose);
CREATE TABLE throttle (
	hash @BYTES@ NOT NULL PRIMARY KEY, -- [secret] keyed hash of what is counted and for whom
	n BIGINT NOT NULL,              -- [plain] times within the window
	until BIGINT NOT NULL           -- [plain] real ms, end of the window
);
CREATE INDEX throttle_until ON throttle (until);
CREATE TABLE outmail (
	id BIGINT NOT NULL PRIMARY KEY, -- [plain] subject of its job
	sealed @BYTES@ NOT NULL,        -- [secret] address and text under the master key, until sent
	created BIGINT NOT NULL         -- [plain]
);

-- ---- engine ----

CREATE TABLE slot (
	slot BIGINT NOT NULL PRIMARY KEY, -- [plain] one on SQLite, 64 on PostgreSQL
	head BIGINT NOT NULL            -- [plain] last position given
);
-- @sqlite
INSERT INTO slot (slot, head) VALUES (0, 0);
-- @end
-- @postgres
INSERT INTO slot (slot, head) SELECT n, 0 FROM generate_series(0, 63) AS n;
-- @end
CREATE TABLE cursor (
	follower TEXT NOT NULL,         -- [plain]
	slot BIGINT NOT NULL,           -- [plain]
	pos BIGINT NOT NULL,            -- [plain] last position whose effect is applied
	owner TEXT,                     -- [plain] process that runs it
	until BIGINT NOT NULL DEFAULT 0, -- [plain] real ms, end of its lease
	failed TEXT,                    -- [plain] reason it stands still
	PRIMARY KEY (follower, slot)
);
CREATE TABLE process (
	number BIGINT NOT NULL PRIMARY KEY, -- [plain] 0..63, part of every id it makes
	owner TEXT,                     -- [plain] random name of the process that holds it
	until BIGINT NOT NULL           -- [plain] real ms
);
CREATE TABLE uplink (
	appliance BIGINT NOT NULL PRIMARY KEY, -- [plain] which appliance this connection is
	tenant BIGINT NOT NULL,         -- [plain] whose it is: the one look-up before a tenant is known
	epoch BIGINT NOT NULL DEFAULT 0, -- [plain] of its outbox
	next BIGINT NOT NULL DEFAULT 1, -- [plain] sequence number expected next
	was BIGINT NOT NULL DEFAULT 1,  -- [plain] next before its last move: where the new part of a batch begins
	credit BIGINT NOT NULL DEFAULT 0, -- [plain] taken + room as last reported, in this epoch
	spent BIGINT NOT NULL DEFAULT 0, -- [plain] messages leased to it, in this epoch
	conn BIGINT NOT NULL DEFAULT 0, -- [plain] connection number
	held BIGINT NOT NULL DEFAULT 0, -- [plain] 1 while it takes no work
	stopped BIGINT NOT NULL DEFAULT 0, -- [plain] 1 while it, its tenant or the fleet is stopped
	parts_due BIGINT,               -- [plain] real ms, when parts are to be published; NULL: none
	work_due BIGINT,                -- [plain] real ms, when messages are to be published; NULL: none
	cert_serial TEXT,               -- [plain]
	cert_until BIGINT,              -- [plain]
	revoked_at BIGINT,              -- [plain]
	seen_at BIGINT NOT NULL DEFAULT 0 -- [plain] real ms
);
CREATE INDEX uplink_tenant ON uplink (tenant);
CREATE INDEX uplink_parts ON uplink (parts_due);
CREATE INDEX uplink_work ON uplink (work_due);
CREATE TABLE certificate (
	serial TEXT NOT NULL PRIMARY KEY, -- [plain] hex
	appliance BIGINT NOT NULL,      -- [plain] whom it names
	until BIGINT NOT NULL,          -- [plain] real ms
	revoked_at BIGINT               -- [plain] real ms
);
CREATE INDEX certificate_appliance ON certificate (appliance);
CREATE INDEX certificate_revoked ON certificate (revoked_at, until);
CREATE TABLE job (
	id BIGINT NOT NULL PRIMARY KEY, -- [plain]
	kind TEXT NOT NULL,             -- [plain]
	tenant BIGINT NOT NULL,         -- [plain] 0 for the installation's
	subject BIGINT NOT NULL,        -- [plain] what it is about
	key TEXT NOT NULL,              -- [plain] a second one with the same key is the same job
	due BIGINT NOT NULL,            -- [plain] real ms
	owner TEXT,                     -- [plain]
	until BIGINT NOT NULL DEFAULT 0, -- [plain] end of its lease
	again BIGINT,                   -- [plain] real ms, asked for while it ran
	tries BIGINT NOT NULL DEFAULT 0, -- [plain]
	done BIGINT NOT NULL DEFAULT 0, -- [plain] progress
	total BIGINT NOT NULL DEFAULT 0, -- [plain]
	args TEXT,                      -- [plain] JSON; ids only
	error TEXT,                     -- [plain] last failure
	created BIGINT NOT NULL,        -- [plain]
	UNIQUE (kind, tenant, key)
);
CREATE INDEX job_due ON job (due);
CREATE TABLE turn ( -- @engine
	tenant BIGINT NOT NULL PRIMARY KEY, -- [plain]
	due BIGINT NOT NULL,            -- [plain] plan ms, earliest due mail
	at BIGINT NOT NULL DEFAULT 0,   -- [plain] real ms, last served: least recent goes first
	owner TEXT,                     -- [plain]
	until BIGINT NOT NULL DEFAULT 0, -- [plain] end of the lease
	fence BIGINT NOT NULL DEFAULT 0 -- [plain] grows with each lease
);
CREATE INDEX turn_due ON turn (due);
CREATE TABLE inlet (
	source TEXT NOT NULL,           -- [plain] who sends webhooks here
	ref TEXT NOT NULL,              -- [plain] their id
	tenant BIGINT,                  -- [plain]
	received BIGINT NOT NULL,       -- [plain]
	state TEXT NOT NULL,            -- [plain]
	tries BIGINT NOT NULL DEFAULT 0, -- [plain]
	body @BYTES@,                   -- [keep 3m] raw
	PRIMARY KEY (source, ref)
);
CREATE INDEX inlet_state ON inlet (state, received);

-- ---- tenants and people ----

CREATE TABLE tenant (
	tenant BIGINT NOT NULL PRIMARY KEY, -- [plain]
	name TEXT NOT NULL,             -- [plain] company
	standing TEXT NOT NULL CHECK (standing IN ('active', 'stopped', 'closed')), -- [plain]
	reason TEXT,                    -- [plain] of a stop
	stopped_by TEXT CHECK (stopped_by IN ('tenant', 'operator')), -- [plain] whose stop it is: an operator's outranks
	slot BIGINT NOT NULL,           -- [plain] where its events go
	locale TEXT NOT NULL DEFAULT 'en', -- [plain]
	zone TEXT NOT NULL DEFAULT 'UTC', -- [plain]
	postal TEXT NOT NULL DEFAULT '', -- [plain] address of the company, in every mail
	created BIGINT NOT NULL,        -- [plain]
	closed BIGINT                   -- [plain]
);
CREATE TABLE tenant_key (
	tenant BIGINT NOT NULL,         -- [plain]
	version BIGINT NOT NULL,        -- [plain]
	sealed @BYTES@ NOT NULL,        -- [secret] under the master key; backed up apart
	created BIGINT NOT NULL,        -- [plain]
	retired BIGINT,                 -- [plain]
	PRIMARY KEY (tenant, version)
);
CREATE TABLE workspace (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	name TEXT NOT NULL,             -- [plain]
	slug TEXT NOT NULL,             -- [plain]
	zone TEXT NOT NULL,             -- [plain] IANA
	postal TEXT NOT NULL DEFAULT '', -- [plain] instead of the tenant's, where not empty
	state TEXT NOT NULL CHECK (state IN ('active', 'archived')), -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, slug)
);
CREATE TABLE member (
	tenant BIGINT NOT NULL,         -- [plain]
	account BIGINT NOT NULL,        -- [plain]
	state TEXT NOT NULL CHECK (state IN ('active', 'removed')), -- [plain]
	joined BIGINT NOT NULL,         -- [plain]
	removed BIGINT,                 -- [plain]
	PRIMARY KEY (tenant, account)
);
CREATE INDEX member_account ON member (account);
CREATE TABLE role (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	name TEXT NOT NULL,             -- [plain] owner, admin, member, viewer, or the tenant's own
	perms TEXT NOT NULL,            -- [plain] space-separated names of permissions
	builtin BIGINT NOT NULL DEFAULT 0, -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, name)
);
CREATE TABLE permit (
	tenant BIGINT NOT NULL,         -- [plain]
	who TEXT NOT NULL CHECK (who IN ('account', 'team', 'key')), -- [plain]
	who_id BIGINT NOT NULL,         -- [plain]
	workspace BIGINT NOT NULL,      -- [plain] 0: all of them
	role BIGINT NOT NULL,           -- [plain]
	PRIMARY KEY (tenant, who, who_id, workspace, role)
);

-- ---- machines and names ----

CREATE TABLE appliance (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	name TEXT NOT NULL,             -- [plain]
	state TEXT NOT NULL CHECK (state IN ('planned', 'active', 'stopped', 'lost', 'retired')), -- [plain]
	health TEXT NOT NULL DEFAULT 'unknown', -- [plain] ok, degraded, held, unknown
	reason TEXT,                    -- [plain] of health or state
	version TEXT,                   -- [plain] the agent's
	caps TEXT,                      -- [plain]
	seal_key @BYTES@,               -- [plain] public key parts are sealed to
	metric TEXT,                    -- [plain] JSON of the last metric
	waiting BIGINT NOT NULL DEFAULT 0, -- [plain] in its spool, as last reported
	created BIGINT NOT NULL,        -- [plain]
	enrolled_at BIGINT,             -- [plain]
	seen_at BIGINT,                 -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, name)
);
CREATE TABLE part (
	tenant BIGINT NOT NULL,         -- [plain]
	appliance BIGINT NOT NULL,      -- [plain]
	name TEXT NOT NULL,             -- [plain]
	version BIGINT NOT NULL,        -- [plain] desired
	hash TEXT NOT NULL,             -- [plain]
	body TEXT NOT NULL,             -- [plain] JSON; secrets inside are sealed to the appliance
	applied BIGINT NOT NULL DEFAULT 0, -- [plain] version reported as applied
	reported BIGINT NOT NULL DEFAULT 0, -- [plain] version the state speaks of
	state TEXT NOT NULL DEFAULT 'none' CHECK (state IN ('none', 'applying', 'applied', 'error', 'reverted')), -- [plain]
	reason TEXT,                    -- [plain]
	sent_at BIGINT NOT NULL DEFAULT 0, -- [plain] real ms, last published
	changed_at BIGINT NOT NULL,     -- [plain]
	PRIMARY KEY (tenant, appliance, name)
);
CREATE TABLE domain (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	workspace BIGINT NOT NULL,      -- [plain]
	name TEXT NOT NULL,             -- [plain] A-labels, lower case
	appliance BIGINT,               -- [plain]
	state TEXT NOT NULL CHECK (state IN ('pending', 'verified', 'stopped')), -- [plain]
	created BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, name)
);
CREATE TABLE mailbox (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	workspace BIGINT NOT NULL,      -- [plain]
	domain BIGINT NOT NULL,         -- [plain]
	address TEXT NOT NULL,          -- [plain] a sender's address, not a contact's
	name TEXT NOT NULL,             -- [plain] display name
	appliance BIGINT,               -- [plain]
	state TEXT NOT NULL CHECK (state IN ('active', 'stopped')), -- [plain]
	cap BIGINT NOT NULL,            -- [plain] mails in a plan day
	gap BIGINT NOT NULL,            -- [plain] plan ms between two mails, at least
	jitter BIGINT NOT NULL,         -- [plain] plan ms added at most
	days BIGINT NOT NULL,           -- [plain] bit 0 Sunday … bit 6 Saturday
	from_minute BIGINT NOT NULL,    -- [plain]
	to_minute BIGINT NOT NULL,      -- [plain]
	zone TEXT NOT NULL,             -- [plain] IANA, of the window
	secret @BYTES@,                 -- [secret] sealed submission token
	created BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, address)
);
CREATE INDEX mailbox_workspace ON mailbox (tenant, workspace);
CREATE INDEX mailbox_appliance ON mailbox (tenant, appliance);

-- ---- audience ----

CREATE TABLE contact (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	workspace BIGINT NOT NULL,      -- [plain]
	email_key TEXT NOT NULL,        -- [erase] normalised address
	email TEXT NOT NULL,            -- [erase] as typed
	name TEXT,                      -- [erase]
	company TEXT,                   -- [erase]
	country TEXT,                   -- [erase]
	zone TEXT,                      -- [erase]
	lang TEXT,                      -- [erase]
	provider TEXT,                  -- [plain] mailbox provider, NULL until resolved
	state TEXT NOT NULL CHECK (state IN ('active', 'unsubscribed', 'bounced', 'erased')), -- [plain]
	source BIGINT,                  -- [plain] the import that brought it
	created BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, workspace, email_key)
);
CREATE INDEX contact_workspace ON contact (tenant, workspace, id);
CREATE TABLE field (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	workspace BIGINT NOT NULL,      -- [plain]
	name TEXT NOT NULL,             -- [plain] as templates write it
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, workspace, name)
);
CREATE TABLE value (
	tenant BIGINT NOT NULL,         -- [plain]
	field BIGINT NOT NULL,          -- [plain]
	contact BIGINT NOT NULL,        -- [plain]
	n BIGINT NOT NULL,              -- [plain] 0 for single values
	text TEXT,                      -- [erase]
	num BIGINT,                     -- [erase]
	PRIMARY KEY (tenant, field, contact, n)
);
CREATE INDEX value_contact ON value (tenant, contact);
CREATE TABLE import (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	workspace BIGINT NOT NULL,      -- [plain]
	name TEXT NOT NULL,             -- [plain] of the file
	object BIGINT,                  -- [plain] the file's bytes, until done
	state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')), -- [plain]
	rows BIGINT NOT NULL DEFAULT 0, -- [plain] data rows seen
	added BIGINT NOT NULL DEFAULT 0, -- [plain]
	updated BIGINT NOT NULL DEFAULT 0, -- [plain]
	repeated BIGINT NOT NULL DEFAULT 0, -- [plain] twice in the file
	broken BIGINT NOT NULL DEFAULT 0, -- [plain]
	offset_bytes BIGINT NOT NULL DEFAULT 0, -- [plain] how far it got
	size_bytes BIGINT NOT NULL DEFAULT 0, -- [plain]
	reason TEXT,                    -- [plain] of a failure
	created BIGINT NOT NULL,        -- [plain]
	done_at BIGINT,                 -- [plain]
	PRIMARY KEY (tenant, id)
);
CREATE INDEX import_workspace ON import (tenant, workspace, id);
CREATE TABLE import_member (
	tenant BIGINT NOT NULL,         -- [plain]
	import BIGINT NOT NULL,         -- [plain]
	contact BIGINT NOT NULL,        -- [plain] a row of the file was about this one
	PRIMARY KEY (tenant, import, contact)
);
CREATE INDEX import_member_contact ON import_member (tenant, contact);
CREATE TABLE import_error (
	tenant BIGINT NOT NULL,         -- [plain]
	import BIGINT NOT NULL,         -- [plain]
	line BIGINT NOT NULL,           -- [plain]
	reason TEXT NOT NULL,           -- [plain] never quotes the row
	PRIMARY KEY (tenant, import, line)
);
CREATE TABLE suppression (
	tenant BIGINT NOT NULL,         -- [plain] 0: the whole platform
	scope TEXT NOT NULL CHECK (scope IN ('tenant', 'workspace', 'campaign')), -- [plain]
	scope_id BIGINT NOT NULL,       -- [plain] 0 for the tenant
	key_hash @BYTES@ NOT NULL,      -- [secret] keyed hash of the normalised address
	reason TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'manual', 'erased')), -- [plain]
	source TEXT NOT NULL,           -- [plain]
	at BIGINT NOT NULL,             -- [plain]
	expires BIGINT,                 -- [plain]
	PRIMARY KEY (tenant, scope, scope_id, key_hash)
);
CREATE INDEX suppression_at ON suppression (tenant, at);

-- ---- content and campaigns ----

CREATE TABLE content (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	lang TEXT NOT NULL,             -- [plain]
	hash @BYTES@ NOT NULL,          -- [plain] of subject, html and text: versions never change
	subject TEXT NOT NULL,          -- [plain] Liquid
	html TEXT NOT NULL,             -- [plain] Liquid; '' for text only
	text TEXT NOT NULL,             -- [plain] Liquid; '' derives it from html
	created BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, hash)
);
CREATE TABLE link (
	tenant BIGINT NOT NULL,         -- [plain]
	content BIGINT NOT NULL,        -- [plain]
	n BIGINT NOT NULL,              -- [plain] its place in the content
	url TEXT NOT NULL,              -- [plain]
	PRIMARY KEY (tenant, content, n)
);
CREATE TABLE campaign (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	workspace BIGINT NOT NULL,      -- [plain]
	name TEXT NOT NULL,             -- [plain]
	state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'finished', 'cancelled')), -- [plain]
	track_opens BIGINT NOT NULL DEFAULT 0, -- [plain]
	track_clicks BIGINT NOT NULL DEFAULT 0, -- [plain]
	audience BIGINT NOT NULL DEFAULT 0, -- [plain] import whose contacts it mails; 0: all of the workspace
	version BIGINT NOT NULL DEFAULT 1, -- [plain] for optimistic edits
	frozen BIGINT NOT NULL DEFAULT 0, -- [plain] newest contact of the audience at launch
	enrolled BIGINT NOT NULL DEFAULT 0, -- [plain] contact up to which the audience is enrolled
	enrolling BIGINT NOT NULL DEFAULT 0, -- [plain] 1 while there is more of it
	created BIGINT NOT NULL,        -- [plain]
	launched_at BIGINT,             -- [plain] real ms
	ended_at BIGINT,                -- [plain]
	PRIMARY KEY (tenant, id)
);
CREATE INDEX campaign_workspace ON campaign (tenant, workspace, state);
CREATE TABLE campaign_mailbox (
	tenant BIGINT NOT NULL,         -- [plain]
	campaign BIGINT NOT NULL,       -- [plain]
	mailbox BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, campaign, mailbox)
);
CREATE TABLE node (
	tenant BIGINT NOT NULL,         -- [plain]
	campaign BIGINT NOT NULL,       -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	kind TEXT NOT NULL CHECK (kind IN ('start', 'step', 'wait', 'end')), -- [plain]
	content BIGINT,                 -- [plain] of a step
	wait BIGINT,                    -- [plain] plan ms of a wait
	rank BIGINT NOT NULL,           -- [plain] drawing order
	retired_at BIGINT,              -- [plain]
	PRIMARY KEY (tenant, campaign, id)
);
CREATE TABLE edge (
	tenant BIGINT NOT NULL,         -- [plain]
	campaign BIGINT NOT NULL,       -- [plain]
	node BIGINT NOT NULL,           -- [plain]
	label TEXT NOT NULL,            -- [plain] 'next'; later yes, no, arms
	rank BIGINT NOT NULL,           -- [plain]
	target BIGINT NOT NULL,         -- [plain]
	PRIMARY KEY (tenant, campaign, node, label, rank)
);
CREATE TABLE enrolment (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	campaign BIGINT NOT NULL,       -- [plain]
	contact BIGINT NOT NULL,        -- [plain]
	round BIGINT NOT NULL,          -- [plain] 1; later re-entries
	node BIGINT NOT NULL,           -- [plain] where the person stands
	visit BIGINT NOT NULL,          -- [plain] how often that node was reached
	state TEXT NOT NULL CHECK (state IN ('under_way', 'finished', 'stopped')), -- [plain]
	reason TEXT,                    -- [plain] of stopped
	due BIGINT,                     -- [plain] plan ms; NULL while a mail is moving
	mailbox BIGINT,                 -- [plain] that sent the first mail
	thread TEXT,                    -- [plain] Message-ID a follow-up refers to
	subject TEXT,                   -- [erase] of the first mail, rendered
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, campaign, contact, round)
);
CREATE INDEX enrolment_due ON enrolment (tenant, campaign, due);
CREATE INDEX enrolment_contact ON enrolment (tenant, contact);
CREATE INDEX enrolment_state ON enrolment (tenant, campaign, state, node);
CREATE TABLE message (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain] derived from tenant, origin and key
	workspace BIGINT NOT NULL,      -- [plain]
	origin TEXT NOT NULL CHECK (origin IN ('step', 'reply', 'api', 'test', 'seed', 'notice')), -- [plain]
	key TEXT NOT NULL,              -- [plain] enrolment/node/visit of a step
	campaign BIGINT,                -- [plain]
	contact BIGINT,                 -- [plain]
	enrolment BIGINT,               -- [plain]
	node BIGINT,                    -- [plain]
	content BIGINT,                 -- [plain]
	rcpt TEXT,                      -- [erase] address where there is no contact (test, notice)
	mailbox BIGINT,                 -- [plain] chosen at lease
	appliance BIGINT,               -- [plain] chosen at lease
	provider TEXT,                  -- [plain]
	state TEXT NOT NULL CHECK (state IN ('due', 'leased', 'handed', 'queued', 'delivered',
		'bounced', 'expired', 'unknown', 'skipped', 'failed')), -- [plain]
	rank BIGINT NOT NULL,           -- [plain] of the state: facts merge upwards (hub/send/message.h)
	was TEXT,                       -- [plain] the state before: what counters move from
	reason TEXT,                    -- [plain] of a terminal state
	recall TEXT,                    -- [plain] why it is wanted back, until answered
	due BIGINT NOT NULL,            -- [plain] plan ms
	until BIGINT,                   -- [plain] real ms: not_after once leased
	sent_at BIGINT NOT NULL DEFAULT 0, -- [plain] real ms, last published to the appliance
	follow_up BIGINT NOT NULL DEFAULT 0, -- [plain]
	thread TEXT,                    -- [plain] Message-ID it answers
	queue_id TEXT,                  -- [plain] Postfix's
	code BIGINT,                    -- [plain] last SMTP code
	status TEXT,                    -- [plain] last enhanced status
	defers BIGINT NOT NULL DEFAULT 0, -- [plain]
	tries BIGINT NOT NULL DEFAULT 0, -- [plain] how often it was leased
	created BIGINT NOT NULL,        -- [plain]
	leased_at BIGINT,               -- [plain] real ms of the last lease: its Date, and the fence of answers
	queued_at BIGINT,               -- [plain] real ms
	done_at BIGINT,                 -- [plain] real ms of the terminal state
	opened_at BIGINT,               -- [plain]
	clicked_at BIGINT,              -- [plain]
	hits BIGINT NOT NULL DEFAULT 0, -- [plain] opens and clicks written down
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, origin, key)
);
CREATE INDEX message_due ON message (tenant, state, due);
CREATE INDEX message_appliance ON message (tenant, appliance, state);
CREATE INDEX message_contact ON message (tenant, contact);
CREATE INDEX message_campaign ON message (tenant, campaign, state, follow_up, due);
CREATE INDEX message_enrolment ON message (tenant, enrolment);

-- ---- facts ----

CREATE TABLE event (
	tenant BIGINT NOT NULL,         -- [plain]
	slot BIGINT NOT NULL,           -- [plain]
	pos BIGINT NOT NULL,            -- [plain] gapless in its slot
	at BIGINT NOT NULL,             -- [plain] real ms
	kind TEXT NOT NULL,             -- [plain]
	v BIGINT NOT NULL,              -- [plain] version of data
	subject BIGINT NOT NULL,        -- [plain] id of what it is about
	workspace BIGINT NOT NULL,      -- [plain] 0 where none
	actor_kind BIGINT NOT NULL,     -- [plain] enum actor_kind
	actor BIGINT NOT NULL,          -- [plain]
	via BIGINT NOT NULL,            -- [plain]
	data TEXT,                      -- [plain] JSON of ids, kinds, codes, numbers
	PRIMARY KEY (tenant, slot, pos, at)
);
CREATE INDEX event_pos ON event (slot, pos);
CREATE INDEX event_subject ON event (tenant, subject, pos);
CREATE TABLE detail (
	tenant BIGINT NOT NULL,         -- [plain]
	slot BIGINT NOT NULL,           -- [plain]
	pos BIGINT NOT NULL,            -- [plain] of its event
	class TEXT NOT NULL,            -- [plain] what is inside
	contact BIGINT,                 -- [plain] whom it names, for erasure
	keep_until BIGINT NOT NULL,     -- [plain]
	sealed @BYTES@ NOT NULL,        -- [keep 3m] under the tenant's key
	PRIMARY KEY (tenant, slot, pos)
);
CREATE INDEX detail_keep ON detail (keep_until);
CREATE INDEX detail_contact ON detail (tenant, contact);
CREATE TABLE tally (
	tenant BIGINT NOT NULL,         -- [plain]
	dim TEXT NOT NULL,              -- [plain] 'campaign', 'appliance', 'mailbox', 'tenant'
	key BIGINT NOT NULL,            -- [plain] id of it
	grain TEXT NOT NULL,            -- [plain] 'all', or 'day' of plan time
	bucket BIGINT NOT NULL,         -- [plain] 0, or the day
	kind TEXT NOT NULL,             -- [plain] 'mail.delivered', 'people.finished', …
	n BIGINT NOT NULL,              -- [plain]
	PRIMARY KEY (tenant, dim, key, grain, bucket, kind)
);
CREATE TABLE object (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	hash @BYTES@ NOT NULL,          -- [plain] SHA-256 of the bytes
	size BIGINT NOT NULL,           -- [plain]
	mime TEXT NOT NULL,             -- [plain]
	class TEXT NOT NULL,            -- [plain] 'import', 'export', 'part'
	place TEXT NOT NULL,            -- [plain] file name under the object folder
	refs BIGINT NOT NULL DEFAULT 1, -- [plain]
	expires BIGINT,                 -- [plain]
	PRIMARY KEY (tenant, id)
);
CREATE INDEX object_hash ON object (tenant, hash);
CREATE INDEX object_expires ON object (expires);
CREATE TABLE audit (
	tenant BIGINT NOT NULL,         -- [plain]
	id BIGINT NOT NULL,             -- [plain]
	at BIGINT NOT NULL,             -- [plain]
	actor_kind BIGINT NOT NULL,     -- [plain]
	actor BIGINT NOT NULL,          -- [plain]
	via BIGINT NOT NULL,            -- [plain]
	action TEXT NOT NULL,           -- [plain]
	subject BIGINT NOT NULL,        -- [plain]
	PRIMARY KEY (tenant, id)
);
