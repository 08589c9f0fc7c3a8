/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of each message. A field that comes after a release is optional for one version. */
#include "base/id.h"
#include "wire/fields.h"
#include "wire/names.h"

#define PEM  (64 * 1024)
#define NAME 64 /* of a part, a state, a kind, a release */
#define LINE 998
#define BODY (4 * 1024 * 1024)

/* ---- desired state ---- */

MESSAGE(version, wire_version, TOKEN(wire_version, name, NAME), COUNT_(wire_version, version));

MESSAGE(hello, wire_hello, INT(wire_hello, protocol, 1, 1000), TOKEN(wire_hello, version, NAME),
	TEXT_OPT(wire_hello, caps, 1024), IDENT(wire_hello, epoch, ID_EPOCH),
	COUNT_(wire_hello, first_kept), COUNT_(wire_hello, next_seq),
	COUNT_(wire_hello, connection), COUNT_(wire_hello, taken),
	IDENT_OPT(wire_hello, replaces, ID_EPOCH), BOOL(wire_hello, held),
	LIST(wire_hello, "parts", parts, part_count, version, WIRE_MAX_PARTS),
	TEXT_OPT(wire_hello, addresses, 1024));
CODEC(hello, wire_hello, WIRE_MAX_PACKET);

static enum err check_part(struct scope *sc, const char *path, const void *m)
{
	const struct wire_part *part = m;

	if (!part->body == !part->url)
		return codec_refuse(sc, path, "body", "stands in the message or at a url");
	return ERR_NONE;
}

MESSAGE_CHECKED(part, wire_part, check_part, TOKEN(wire_part, name, NAME),
	COUNT_(wire_part, version), HEX(wire_part, hash, 64, 64),
	TEXT_OPT(wire_part, body, WIRE_MAX_PACKET), TOKEN_OPT(wire_part, url, 1024));
CODEC(part, wire_part, WIRE_MAX_PACKET);

MESSAGE(part_report, wire_part_report, TOKEN(wire_part_report, name, NAME),
	COUNT_(wire_part_report, version), WORD(wire_part_report, state, wire_part_states),
	TEXT_OPT(wire_part_report, reason, WIRE_MAX_TEXT));

MESSAGE(record, wire_record, TOKEN(wire_record, name, 255), TOKEN(wire_record, type, 10),
	TEXT(wire_record, value, 2048));
MESSAGE(check, wire_check, TOKEN(wire_check, name, NAME), WORD(wire_check, state, wire_healths),
	TEXT_OPT(wire_check, reason, WIRE_MAX_TEXT), COUNT_(wire_check, since));
MESSAGE(reported, wire_reported, IDENT(wire_reported, epoch, ID_EPOCH),
	COUNT_(wire_reported, taken), COUNT_(wire_reported, room), COUNT_(wire_reported, waiting),
	WORD(wire_reported, health, wire_healths), TEXT_OPT(wire_reported, reason, WIRE_MAX_TEXT),
	LIST(wire_reported, "parts", parts, part_count, part_report, WIRE_MAX_PARTS),
	LIST_OPT(wire_reported, "records", records, record_count, record, 256),
	LIST_OPT(wire_reported, "checks", checks, check_count, check, 64));
CODEC(reported, wire_reported, WIRE_MAX_PACKET);

MESSAGE(link, part_link, TOKEN(part_link, broker_host, 255), INT(part_link, broker_port, 1, 65535),
	TOKEN(part_link, hub_url, 1024), TEXT(part_link, ca, PEM), COUNT_(part_link, anchor_real),
	COUNT_(part_link, anchor_plan), INT(part_link, rate, 1, 10000000));
CODEC(link, part_link, BODY);

static enum err check_mailbox(struct scope *sc, const char *path, const void *m)
{
	const struct part_mailbox *box = m;

	if (box->from_minute >= box->to_minute)
		return codec_refuse(sc, path, "to_minute", "must lie after from_minute");
	if (!str_eq(box->state, "active") && !str_eq(box->state, "stopped"))
		return codec_refuse(sc, path, "state", "is none of the known words");
	return ERR_NONE;
}

MESSAGE_CHECKED(mailbox, part_mailbox, check_mailbox, IDENT(part_mailbox, id, ID_MAILBOX),
	ADDRESS(part_mailbox, address), INT(part_mailbox, cap, 0, 1000000),
	INT(part_mailbox, gap_ms, 0, 7 * DAY_MS), INT(part_mailbox, jitter_ms, 0, 7 * DAY_MS),
	INT(part_mailbox, days, 0, 127), INT(part_mailbox, from_minute, 0, 1440),
	INT(part_mailbox, to_minute, 0, 1440), INT(part_mailbox, offset_minutes, -1440, 1440),
	TOKEN(part_mailbox, state, NAME), TOKEN_OPT(part_mailbox, by, NAME));
MESSAGE(mailboxes, part_mailboxes, LIST(part_mailboxes, "list", list, count, mailbox, 1000));
CODEC(mailboxes, part_mailboxes, BODY);

MESSAGE(suppression, part_suppression, HEX(part_suppression, key, 2, 128),
	HASHES(part_suppression, hashes, count, 32, 1000000));
CODEC(suppression, part_suppression, BODY);

static enum err check_segment(struct scope *sc, const char *path, const void *m)
{
	const struct part_segment *s = m;

	if (s->index >= INT64_C(1) << s->bits)
		return codec_refuse(sc, path, "index", "is not one of so many bits");
	return ERR_NONE;
}

MESSAGE_CHECKED(segment, part_segment, check_segment, INT(part_segment, bits, 0, WIRE_SEGMENT_BITS),
	INT(part_segment, index, 0, (1 << WIRE_SEGMENT_BITS) - 1),
	TOKEN_OPT(part_segment, hashes, WIRE_MAX_PACKET));
CODEC(segment, part_segment, BODY);

MESSAGE(control, part_control, BOOL(part_control, stopped),
	TEXT_OPT(part_control, reason, WIRE_MAX_TEXT));
CODEC(control, part_control, BODY);

/* ---- work ---- */

static enum err check_item(struct scope *sc, const char *path, const void *m)
{
	const struct wire_item *item = m;
	const struct {
		const char *name;
		bool there;
	} needs[] = {
		{ "mailbox", item->mailbox != 0 },
		{ "from", item->from != NULL },
		{ "to", item->to != NULL },
		{ "not_after", item->not_after != 0 },
		{ "mail", item->mail != NULL },
	};

	if (item->kind != WORK_PUT)
		return ERR_NONE;
	for (size_t i = 0; i < COUNT(needs); i++)
		if (!needs[i].there)
			return codec_refuse(sc, path, needs[i].name, "is missing");
	return ERR_NONE;
}

MESSAGE_CHECKED(item, wire_item, check_item, WORD(wire_item, kind, wire_work_kinds),
	IDENT(wire_item, id, ID_MESSAGE), IDENT_OPT(wire_item, mailbox, ID_MAILBOX),
	ADDRESS_OPT(wire_item, from), ADDRESS_OPT(wire_item, to),
	TOKEN_OPT(wire_item, provider, NAME), COUNT_OPT(wire_item, due),
	COUNT_OPT(wire_item, not_after), BOOL(wire_item, follow_up),
	{ STRING(wire_item, mail, FIELD_TEXT, 1, WIRE_MAX_MAIL), .optional = true },
	TEXT_OPT(wire_item, reason, WIRE_MAX_TEXT));
MESSAGE(work, wire_work, COUNT_(wire_work, batch),
	LIST(wire_work, "items", items, count, item, WIRE_MAX_BATCH));
CODEC(work, wire_work, WIRE_MAX_PACKET);

MESSAGE(answer, wire_answer, IDENT(wire_answer, id, ID_MESSAGE),
	WORD(wire_answer, answer, wire_answers), TEXT_OPT(wire_answer, reason, WIRE_MAX_TEXT));
MESSAGE(taken, wire_taken, COUNT_(wire_taken, batch), IDENT(wire_taken, epoch, ID_EPOCH),
	COUNT_(wire_taken, taken), COUNT_(wire_taken, room),
	LIST(wire_taken, "answers", answers, count, answer, WIRE_MAX_BATCH));
CODEC(taken, wire_taken, WIRE_MAX_PACKET);

/* ---- facts ---- */

MESSAGE(fact, wire_fact, INT(wire_fact, seq, 1, JSON_WHOLE), COUNT_(wire_fact, at),
	WORD(wire_fact, kind, wire_facts), IDENT_OPT(wire_fact, message, ID_MESSAGE),
	INT_OPT(wire_fact, code, 0, 999), TOKEN_OPT(wire_fact, status, 16),
	TOKEN_OPT(wire_fact, queue_id, 32), TEXT_OPT(wire_fact, text, WIRE_MAX_TEXT),
	COUNT_OPT(wire_fact, first), COUNT_OPT(wire_fact, last),
	TEXT_OPT(wire_fact, body, WIRE_MAX_DOC), HEX_OPT(wire_fact, hash, 64, 64),
	HEX_OPT(wire_fact, object, 64, 64));

/* A batch leaves no number out: a hole is spelled by a gap, which stands at its last number. */
static enum err check_events(struct scope *sc, const char *path, const void *m)
{
	const struct wire_events *batch = m;
	int64_t next = batch->first;

	for (size_t i = 0; i < batch->count; i++) {
		const struct wire_fact *f = &batch->facts[i];
		bool gap = f->kind == FACT_GAP;

		if (gap && (f->first > f->last || f->seq != f->last))
			return codec_refuse(sc, path, arena_printf(sc->mem, "facts[%zu].last", i),
				"is not the end of the gap");
		if ((gap ? f->first : f->seq) != next)
			return codec_refuse(sc, path, arena_printf(sc->mem, "facts[%zu].seq", i),
				"does not follow the one before");
		next = f->seq + 1;
	}
	return next == batch->last + 1 ? ERR_NONE
				       : codec_refuse(sc, path, "last", "is not the last fact's");
}

MESSAGE_CHECKED(event, wire_events, check_events, IDENT(wire_events, epoch, ID_EPOCH),
	INT(wire_events, first, 1, JSON_WHOLE), COUNT_(wire_events, last),
	LIST(wire_events, "facts", facts, count, fact, WIRE_MAX_EVENTS));
CODEC(event, wire_events, WIRE_MAX_PACKET);

MESSAGE(ack, wire_ack, IDENT(wire_ack, epoch, ID_EPOCH), COUNT_(wire_ack, mark),
	COUNT_OPT(wire_ack, account), BOOL(wire_ack, refused));
CODEC(ack, wire_ack, WIRE_MAX_PACKET);

MESSAGE(metric, wire_metric, COUNT_(wire_metric, at), COUNT_(wire_metric, cpu_permille),
	COUNT_(wire_metric, memory_kib), COUNT_(wire_metric, memory_total_kib),
	COUNT_(wire_metric, disk_free_kib), COUNT_(wire_metric, disk_total_kib),
	COUNT_(wire_metric, load_permille), COUNT_(wire_metric, queue),
	COUNT_(wire_metric, waiting), COUNT_(wire_metric, outbox), COUNT_(wire_metric, rss_kib));
CODEC(metric, wire_metric, WIRE_MAX_PACKET);

MESSAGE(presence, wire_presence, COUNT_(wire_presence, connection), BOOL(wire_presence, up));
CODEC(presence, wire_presence, WIRE_MAX_PACKET);

/* ---- an agent that was restored ---- */

MESSAGE(held, wire_held, IDENT(wire_held, id, ID_MESSAGE));
MESSAGE(spool, wire_spool, IDENT(wire_spool, epoch, ID_EPOCH),
	IDENT_OPT(wire_spool, after, ID_MESSAGE),
	LIST(wire_spool, "ids", ids, count, held, WIRE_MAX_STAND));
CODEC(spool, wire_spool, WIRE_MAX_PACKET);

MESSAGE(stand_item, wire_stand_item, IDENT(wire_stand_item, id, ID_MESSAGE),
	WORD(wire_stand_item, state, wire_stands), IDENT_OPT(wire_stand_item, mailbox, ID_MAILBOX),
	ADDRESS_OPT(wire_stand_item, from), COUNT_OPT(wire_stand_item, not_after),
	TOKEN_OPT(wire_stand_item, queue_id, 32));
MESSAGE(stand, wire_stand, IDENT(wire_stand, epoch, ID_EPOCH),
	IDENT_OPT(wire_stand, after, ID_MESSAGE), IDENT_OPT(wire_stand, next, ID_MESSAGE),
	IDENT_OPT(wire_stand, newest, ID_MESSAGE),
	LIST(wire_stand, "items", items, count, stand_item, 2 * WIRE_MAX_STAND));
CODEC(stand, wire_stand, WIRE_MAX_PACKET);

/* ---- commands ---- */

MESSAGE(command, wire_command, IDENT(wire_command, id, ID_COMMAND), TOKEN(wire_command, kind, NAME),
	COUNT_(wire_command, expires), TEXT_OPT(wire_command, args, WIRE_MAX_PACKET));
CODEC(command, wire_command, WIRE_MAX_PACKET);

MESSAGE(result, wire_result, IDENT(wire_result, id, ID_COMMAND), TOKEN(wire_result, state, NAME),
	TEXT_OPT(wire_result, reason, WIRE_MAX_TEXT), TEXT_OPT(wire_result, body, WIRE_MAX_PACKET));
CODEC(result, wire_result, WIRE_MAX_PACKET);

/* ---- trust ---- */

MESSAGE(csr, wire_csr, TEXT(wire_csr, csr, PEM));
CODEC(csr, wire_csr, WIRE_MAX_PACKET);

MESSAGE(cert, wire_cert, TEXT_OPT(wire_cert, cert, PEM), TEXT_OPT(wire_cert, ca, PEM),
	COUNT_OPT(wire_cert, until), TEXT_OPT(wire_cert, reason, WIRE_MAX_TEXT));
CODEC(cert, wire_cert, WIRE_MAX_PACKET);

MESSAGE(enrol, wire_enrol, TOKEN(wire_enrol, secret, 256), TEXT(wire_enrol, csr, PEM),
	HEX(wire_enrol, seal_key, 64, 64), TOKEN(wire_enrol, version, NAME));
CODEC(enrol, wire_enrol, WIRE_MAX_PACKET);

MESSAGE(enrolled, wire_enrolled, IDENT(wire_enrolled, appliance, ID_APPLIANCE),
	TEXT(wire_enrolled, cert, PEM), TEXT(wire_enrolled, link, WIRE_MAX_PACKET));
CODEC(enrolled, wire_enrolled, WIRE_MAX_PACKET);

MESSAGE(renew, wire_renew, TEXT(wire_renew, cert, PEM), TEXT(wire_renew, csr, PEM),
	TOKEN(wire_renew, sig, 2048));
CODEC(renew, wire_renew, WIRE_MAX_PACKET);

static bool is_plain(const char *text, const char *but)
{
	for (const char *p = text ? text : ""; *p; p++)
		if (((unsigned char)*p < ' ' && !strchr(but, *p)) || *p == 0x7f)
			return false;
	return true;
}

/* Strangers' words, and a machine's word for them: what steers a terminal is in none of them. */
static enum err check_letter(struct scope *sc, const char *path, const void *m)
{
	const struct wire_letter *l = m;

	if (!is_plain(l->from, ""))
		return codec_refuse(sc, path, "from", "must be one line");
	if (!is_plain(l->subject, ""))
		return codec_refuse(sc, path, "subject", "must be one line");
	return is_plain(l->text, "\n") ? ERR_NONE
				       : codec_refuse(sc, path, "text", "must be lines of text");
}

MESSAGE_CHECKED(letter, wire_letter, check_letter, IDENT(wire_letter, message, ID_MESSAGE),
	TEXT_OPT(wire_letter, from, LINE), TEXT_OPT(wire_letter, subject, LINE),
	TEXT_OPT(wire_letter, text, WIRE_MAX_WORDS), BOOL(wire_letter, cut));
CODEC(letter, wire_letter, WIRE_MAX_LETTER);

#define PARTS(t)                                                                                   \
	INT(t, parts, 1, WIRE_MAX_PARCELS), INT(t, size, 1, WIRE_MAX_PARCELS *WIRE_PARCEL_BYTES)
MESSAGE(stored, wire_stored, PARTS(wire_stored), COUNT_(wire_stored, files));
CODEC(stored, wire_stored, WIRE_MAX_PACKET);

MESSAGE(parcel, wire_parcel, PARTS(wire_parcel), HEX(wire_parcel, key, 160, 160));
CODEC(parcel, wire_parcel, WIRE_MAX_PACKET);

/* ---- by topic ---- */

const struct message *wire_shape(enum wire_type type)
{
	static const struct message *const shapes[WIRE_TYPES] = {
		[WIRE_HELLO] = &hello,
		[WIRE_PART] = &part,
		[WIRE_REPORTED] = &reported,
		[WIRE_WORK] = &work,
		[WIRE_TAKEN] = &taken,
		[WIRE_EVENT] = &event,
		[WIRE_ACK] = &ack,
		[WIRE_METRIC] = &metric,
		[WIRE_PRESENCE] = &presence,
		[WIRE_COMMAND] = &command,
		[WIRE_RESULT] = &result,
		[WIRE_CSR] = &csr,
		[WIRE_CERT] = &cert,
		[WIRE_SPOOL] = &spool,
		[WIRE_STAND] = &stand,
	};

	return shapes[type];
}
