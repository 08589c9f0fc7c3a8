/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every message between hub and agent: one struct, one encoder, one decoder each. JSON over MQTT 5
 * under pm/1/<appliance>/. Ids travel as prefixed strings, times as milliseconds, so that no JSON
 * number exceeds 2^53. A decoder bounds every field, ignores and counts fields it does not know,
 * and changes nothing on failure (ERR_INPUT, with the field's path in sc->field).
 *
 * All texts of a decoded struct live in the scope's arena.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/scope.h"
#include "base/str.h"

#define WIRE_PROTOCOL 1

#define WIRE_MAX_PACKET (256 * 1024)
#define WIRE_MAX_BATCH  50           /* messages of one work */
#define WIRE_MAX_EVENTS 1000         /* of one event batch */
#define WIRE_MAX_MAIL   (100 * 1024) /* bytes of one mail inside a work */
#define WIRE_MAX_TEXT   512          /* an SMTP reply, a reason */
#define WIRE_MAX_DOC    4096         /* the body of a fact */
#define WIRE_MAX_STAND  200          /* ids asked for, and mails told of unasked, at once */
#define WIRE_MAX_WORDS  (32 * 1024)  /* what a mail that came in says */
#define WIRE_MAX_LETTER (80 * 1024)  /* … with everything round it, as it is written */

/* The last level of a topic, and which way it goes. */
enum wire_type {
	WIRE_HELLO,    /* up */
	WIRE_PART,     /* down */
	WIRE_REPORTED, /* up */
	WIRE_WORK,     /* down */
	WIRE_TAKEN,    /* up */
	WIRE_EVENT,    /* up */
	WIRE_ACK,      /* down */
	WIRE_METRIC,   /* up */
	WIRE_PRESENCE, /* up; also the last will */
	WIRE_COMMAND,  /* down */
	WIRE_RESULT,   /* up */
	WIRE_CSR,      /* up */
	WIRE_CERT,     /* down */
	WIRE_SPOOL,    /* up */
	WIRE_STAND,    /* down */
	WIRE_TYPES,
};

/* "hello", "part" … */
const char *wire_type_name(enum wire_type t);
/* From an appliance to the hub; the others go down. */
bool wire_goes_up(enum wire_type t);
/* pm/1/<appliance>/<type> */
const char *wire_topic(struct scope *sc, int64_t appliance, enum wire_type t);
/* ERR_INPUT for anything else. */
enum err wire_topic_parse(
	struct scope *sc, const char *topic, int64_t *appliance, enum wire_type *t) MUST;

/* ---- desired state ---- */

struct wire_version {
	const char *name; /* the part's */
	int64_t version;
};

struct wire_hello {
	int64_t protocol;
	const char *version; /* the agent's release */
	const char *caps;    /* space-separated capabilities */
	int64_t epoch;
	int64_t first_kept; /* lowest sequence number still in the outbox; next_seq when empty */
	int64_t next_seq;
	int64_t connection; /* counts up with each connection of this epoch */
	int64_t taken;      /* messages stored since the epoch began */
	int64_t replaces;   /* the epoch before this one, which was given up; 0 for none */
	bool held;          /* intake is held (restored, or out of trust) */
	struct wire_version *parts;
	size_t part_count;
	const char *addresses; /* public ones that mail leaves from, blanks between; or NULL */
};

struct wire_part {
	const char *name;
	int64_t version;
	const char *hash; /* SHA-256 of body, hex */
	const char *body; /* JSON text of the part's own struct below; NULL when fetched from url */
	const char *url;
};

enum part_state { PART_NONE, PART_APPLYING, PART_APPLIED, PART_ERROR, PART_REVERTED };
const char *part_state_name(enum part_state s);

struct wire_part_report {
	const char *name;
	int64_t version;
	int64_t state; /* enum part_state, as its name on the wire */
	const char *reason;
};

enum health { HEALTH_OK, HEALTH_DEGRADED, HEALTH_HELD };
const char *health_name(enum health h);

/* A DNS record that the appliance wants published; a TXT in quoted strings of at most 255 bytes. */
struct wire_record {
	const char *name, *type, *value;
};

/* One thing that a machine with a mail server of its own looks after. */
struct wire_check {
	const char *name;   /* "smtp", "disk", "certificate" … */
	int64_t state;      /* enum health, as its name on the wire */
	const char *reason; /* of a state that is not ok */
	int64_t since;      /* real ms; of this state */
};

struct wire_reported {
	int64_t epoch;
	int64_t taken;      /* stored since the epoch began, monotone */
	int64_t room;       /* how many more it takes now: credit is taken + room */
	int64_t waiting;    /* in the spool, not yet injected */
	int64_t health;     /* enum health */
	const char *reason; /* of a health that is not ok */
	struct wire_part_report *parts;
	size_t part_count;
	struct wire_record *records; /* all of them where any is there: told when they change */
	size_t record_count;
	struct wire_check *checks; /* likewise */
	size_t check_count;
};

/* Part `link`: where the hub is and how plan time runs. */
struct part_link {
	const char *broker_host;
	int64_t broker_port;
	const char *hub_url; /* https, for objects and renewal */
	const char *ca;      /* PEM, server authorities */
	int64_t anchor_real, anchor_plan, rate;
};

/* Part `mailboxes`: who may send from here, and how fast. A mailbox not listed sends nothing. */
struct part_mailbox {
	int64_t id;
	const char *address;
	int64_t cap;                    /* mails in a plan day (UTC) */
	int64_t gap_ms;                 /* least plan time between two mails */
	int64_t jitter_ms;              /* at most this much is added to each gap */
	int64_t days;                   /* bit 0 Sunday … bit 6 Saturday */
	int64_t from_minute, to_minute; /* of the day, in the zone below; from < to */
	int64_t offset_minutes;         /* the zone's distance from UTC now */
	const char *state;              /* "active" or "stopped" */
	const char *by;                 /* who set the state or cap: "plan", "tenant", "operator" */
};
struct part_mailboxes {
	struct part_mailbox *list;
	size_t count;
};

/* Part `suppression`: keyed hashes of addresses this appliance must not mail, sorted, hex of the
   first 16 bytes of HMAC-SHA-256(key, normalised address). */
struct part_suppression {
	const char *key; /* hex */
	const char **hashes;
	size_t count;
};

/* Parts `suppression.0` …, where there are more addresses than fit one packet: the first 8 bytes of
   all hashes whose first BITS bits are INDEX, sorted, as base64url; under the key of `suppression`,
   which holds the newest. */
#define WIRE_SEGMENT_BITS  8
#define WIRE_SEGMENT_HASH  8
#define WIRE_SEGMENT_BYTES (176 * 1024) /* so that it fits a packet */
#define WIRE_MAX_PARTS     320
struct part_segment {
	int64_t bits, index;
	const char *hashes; /* NULL for none */
};

/* Part `control`: the operator's hand. */
struct part_control {
	bool stopped; /* nothing is injected while set */
	const char *reason;
};

/* ---- work ---- */

enum work_kind { WORK_PUT, WORK_RECALL };

struct wire_item {
	int64_t kind; /* enum work_kind, "put" or "recall" */
	int64_t id;   /* the message */
	/* of a put: */
	int64_t mailbox;
	const char *from; /* header From address = the mailbox's */
	const char *to;
	const char *provider; /* the recipient's mailbox provider, or "other" */
	int64_t due;          /* plan ms: not before */
	int64_t not_after;    /* real ms: never injected later */
	bool follow_up;       /* goes before first mails */
	const char *mail;     /* complete, LF line ends, 7-bit clean or 8-bit UTF-8 */
	/* of a recall: */
	const char *reason;
};

struct wire_work {
	int64_t batch; /* the hub's number, answered with it */
	struct wire_item *items;
	size_t count;
};

enum taken_answer { TAKEN_STORED, TAKEN_REFUSED, TAKEN_RECALLED, TAKEN_TOO_LATE };

struct wire_answer {
	int64_t id;
	int64_t answer; /* enum taken_answer */
	const char *reason;
};

struct wire_taken {
	int64_t batch;
	int64_t epoch;
	int64_t taken, room;
	struct wire_answer *answers;
	size_t count;
};

/* ---- facts ---- */

/* What an agent reports; the hub's log uses the same kinds. */
enum fact {
	FACT_QUEUED = 1, /* Postfix has it: queue_id; text names its mailbox */
	FACT_DEFERRED,   /* one attempt failed for now: code, status, text */
	FACT_DELIVERED,  /* the remote MX took it */
	FACT_BOUNCED,    /* refused for good: code, status, text */
	FACT_EXPIRED,    /* given up after too long in the queue */
	FACT_UNKNOWN,    /* cannot be known; text says why; never sent again */
	FACT_UNSENT, /* not injected: recalled, past not_after, mailbox gone …; reason in text */
	FACT_FAILED, /* Postfix refused it for good */
	FACT_GAP,    /* sequence numbers first..last are lost */
	FACT_HEALTH, /* the box's trust in itself changed: text */
	FACT_HELD,   /* in the spool, perhaps on its way into Postfix; text names its mailbox */
	FACT_ACCOUNTED,    /* all it holds is said: text is the number it was asked with */
	FACT_LANE,         /* a lane's gate or rule decided: body as in wire/warmup.h */
	FACT_LANE_DAY,     /* a lane's day so far: the same */
	FACT_REPLIED,      /* somebody answered it: hash */
	FACT_AUTO_REPLIED, /* a machine did: text says by what it is known; hash */
	FACT_COMPLAINED,   /* somebody called it spam: text is the report's type; hash */
	FACT_RECEIVED,     /* a mail about none of ours came in: text is its kind; hash */
	FACT_MAX,
};
const char *fact_name(enum fact f); /* "queued" … */

struct wire_fact {
	int64_t seq;
	int64_t at;           /* real ms, the agent's clock */
	int64_t kind;         /* enum fact */
	int64_t message;      /* 0 where none */
	int64_t code;         /* SMTP reply code, or 0 */
	const char *status;   /* "5.1.1", or NULL */
	const char *queue_id; /* or NULL */
	const char *text;     /* may name a person: goes to the sealed side row */
	int64_t first, last;  /* of a gap */
	const char *body;     /* JSON text of a struct of the kind's own, or NULL; names nobody */
	const char *hash;     /* SHA-256 of the mail that came in and says so, hex; or NULL */
	const char *object;   /* SHA-256 of the wire_letter that follows, hex; or NULL */
};

struct wire_events {
	int64_t epoch;
	int64_t first, last;
	struct wire_fact *facts;
	size_t count;
};

struct wire_ack {
	int64_t epoch;
	int64_t mark; /* everything up to here is stored; may be lower than before */
	/* Not 0: the hub was restored from a copy. Say hello, name what the spool holds
	   (FACT_HELD), and end with FACT_ACCOUNTED; once for each number. An ack of another epoch
	   asks for hello. */
	int64_t account;
	/* The hello's epoch neither stands nor replaces the one that does, which is EPOCH: whoever
	   said it holds a copy, or lost its database. */
	bool refused;
};

struct wire_metric {
	int64_t at;
	int64_t cpu_permille, memory_kib, memory_total_kib, disk_free_kib, disk_total_kib;
	int64_t load_permille;
	int64_t queue;   /* mails in Postfix's queue */
	int64_t waiting; /* in the spool */
	int64_t outbox;  /* facts not yet acknowledged */
	int64_t rss_kib; /* the agent's RssAnon */
};

struct wire_presence {
	int64_t connection;
	bool up;
};

struct wire_command {
	int64_t id;
	const char *kind;
	int64_t expires;  /* real ms */
	const char *args; /* JSON text, or NULL */
};

struct wire_result {
	int64_t id;
	const char *state; /* "done", "failed", "unsupported", "expired" */
	const char *reason;
	const char *body; /* JSON text, or NULL */
};

struct wire_csr {
	const char *csr; /* PEM */
};

struct wire_cert {
	const char *cert;   /* PEM */
	const char *ca;     /* PEM, server authorities */
	int64_t until;      /* real ms */
	const char *reason; /* of a refusal; cert is NULL then */
};

/* ---- an agent that was restored ---- */

/* Where the hub has a mail, seen from one appliance. */
enum stand {
	STAND_DONE,   /* at its end: whoever holds it lets it go */
	STAND_BACK,   /* not with this appliance (any more) */
	STAND_HELD,   /* with it, not known to be in its Postfix */
	STAND_QUEUED, /* in its Postfix as queue_id */
};

struct wire_held {
	int64_t id; /* the message */
};

/* "Where do these stand, and what else do I hold?", page by page. */
struct wire_spool {
	int64_t epoch;
	int64_t after; /* the last mail told of unasked; 0 at the start */
	struct wire_held *ids;
	size_t count;
};

struct wire_stand_item {
	int64_t id;
	int64_t state; /* enum stand */
	/* of one held or queued: */
	int64_t mailbox;
	const char *from;
	int64_t not_after;
	const char *queue_id;
};

struct wire_stand {
	int64_t epoch;
	int64_t after, next; /* of the question; of the next one, 0 when nothing is left */
	int64_t newest;      /* the mail last known to have come into Postfix there, or 0 */
	struct wire_stand_item *items;
	size_t count;
};

/* ---- codec ---- */

/*
 * The names pair by type: wire_put_hello() / wire_get_hello() … and for parts wire_put_link() …
 * Encoders cannot fail. Decoders refuse what is malformed, oversized or outside its limits.
 */
#define WIRE_CODEC(name, type)                                                                     \
	struct bytes wire_put_##name(struct scope *sc, const struct type *m);                      \
	enum err wire_get_##name(struct scope *sc, struct bytes payload, struct type *m) MUST

WIRE_CODEC(hello, wire_hello);
WIRE_CODEC(part, wire_part);
WIRE_CODEC(reported, wire_reported);
WIRE_CODEC(work, wire_work);
WIRE_CODEC(taken, wire_taken);
WIRE_CODEC(event, wire_events);
WIRE_CODEC(ack, wire_ack);
WIRE_CODEC(metric, wire_metric);
WIRE_CODEC(presence, wire_presence);
WIRE_CODEC(command, wire_command);
WIRE_CODEC(result, wire_result);
WIRE_CODEC(csr, wire_csr);
WIRE_CODEC(cert, wire_cert);
WIRE_CODEC(spool, wire_spool);
WIRE_CODEC(stand, wire_stand);
WIRE_CODEC(link, part_link);
WIRE_CODEC(mailboxes, part_mailboxes);
WIRE_CODEC(suppression, part_suppression);
WIRE_CODEC(segment, part_segment);
WIRE_CODEC(control, part_control);

/* ---- enrolment (HTTPS, before there is a certificate) ---- */

/* The one-time token an operator pastes: "pme_" and base64url of {url, SHA-256 of the server
   authority's key, secret}. */
struct enrol_token {
	const char *url;
	unsigned char ca_sha256[32];
	const char *secret;
};
const char *enrol_token_put(struct scope *sc, const struct enrol_token *t);
enum err enrol_token_get(struct scope *sc, const char *text, struct enrol_token *t) MUST;

/* POST <url>/enrol */
struct wire_enrol {
	const char *secret;
	const char *csr;      /* PEM */
	const char *seal_key; /* hex of the X25519 public key parts are sealed to */
	const char *version;
};
struct wire_enrolled {
	int64_t appliance;
	const char *cert; /* PEM */
	const char *link; /* JSON text of a part_link */
};
WIRE_CODEC(enrol, wire_enrol);
WIRE_CODEC(enrolled, wire_enrolled);

/* POST <url>/renew, when the certificate has run out; answered with a wire_cert. */
struct wire_renew {
	const char *cert; /* PEM; the old one */
	const char *csr;  /* PEM */
	const char *sig;  /* hex; the old key's signature over csr's text */
};
WIRE_CODEC(renew, wire_renew);

/*
 * ---- what somebody wrote back (HTTPS, with the agent's certificate) ----
 *
 * PUT <url>/letters/<SHA-256 of the body, hex>, after the fact that names it was acknowledged.
 */
struct wire_letter {
	int64_t message;  /* that it is about */
	const char *from; /* as it says itself; or NULL */
	const char *subject;
	const char *text; /* without markup; or NULL */
	bool cut;         /* it said more */
};
WIRE_CODEC(letter, wire_letter);

/*
 * ---- a machine's backup (HTTPS, with the agent's certificate) ----
 *
 * PUT and GET <url>/backups/<id>/parts/<n>, n from 1, each but the last of WIRE_PARCEL_BYTES.
 */
#define WIRE_PARCEL_BYTES ((int64_t)4 * 1024 * 1024)
#define WIRE_MAX_PARCELS  4096

/* POST <url>/backups/<id>/stored: all of it is there. */
struct wire_stored {
	int64_t parts, size; /* of the sealed file */
	int64_t files;       /* in it */
};
WIRE_CODEC(stored, wire_stored);

/* GET <url>/backups/<id>, by the machine that it was released to. */
struct wire_parcel {
	int64_t parts, size;
	const char *key; /* hex; what it is sealed with, sealed to the machine */
};
WIRE_CODEC(parcel, wire_parcel);

/* Fields skipped because nobody here knows them, since the process started; for /metrics. */
int64_t wire_unknown_fields(void);

#endif
