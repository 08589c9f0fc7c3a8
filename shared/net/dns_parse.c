/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One DNS message (RFC 1035) as the answer to one question. */
#include "net/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define HEADER      12
#define CHAIN       8    /* aliases followed within one answer */
#define MAX_SECTION 1024 /* records looked at */
#define CLASS_IN    1
#define TYPE_CNAME  5
#define TYPE_SOA    6

static const struct {
	const char *name;
	int code;
} types[DNS_TYPES] = {
	[DNS_A] = { "A", 1 },
	[DNS_AAAA] = { "AAAA", 28 },
	[DNS_MX] = { "MX", 15 },
	[DNS_TXT] = { "TXT", 16 },
	[DNS_CNAME] = { "CNAME", TYPE_CNAME },
	[DNS_PTR] = { "PTR", 12 },
	[DNS_NS] = { "NS", 2 },
};

int dns_type_code(enum dns_type t)
{
	return types[t].code;
}

struct reader {
	struct arena *mem;
	const unsigned char *data;
	size_t len, pos;
	bool bad;
};

struct rr {
	const char *name; /* arena, lower case */
	int type, class;
	int64_t ttl;
	size_t at, len; /* of its data within the message */
};

static unsigned int number(struct reader *r, int bytes)
{
	unsigned int n = 0;

	if (r->bad || r->len - r->pos < (size_t)bytes) {
		r->bad = true;
		return 0;
	}
	while (bytes-- > 0)
		n = n << 8 | r->data[r->pos++];
	return n;
}

/* Follows compression with the library's own guard against loops. */
static const char *name_at(struct reader *r, size_t *pos)
{
	char *text = NULL, *kept;
	long used = 0;

	if (r->bad || *pos >= r->len ||
		ares_expand_name(r->data + *pos, r->data, (int)r->len, &text, &used) !=
			ARES_SUCCESS ||
		used <= 0 || (size_t)used > r->len - *pos) {
		r->bad = true;
		return "";
	}
	kept = str_lower(r->mem, text);
	ares_free_string(text);
	*pos += (size_t)used;
	return kept;
}

static struct rr record(struct reader *r)
{
	struct rr rr = { .name = name_at(r, &r->pos) };

	rr.type = (int)number(r, 2);
	rr.class = (int)number(r, 2);
	rr.ttl = number(r, 4);
	/* RFC 2181 §8: a set top bit means zero. */
	if (rr.ttl > INT32_MAX)
		rr.ttl = 0;
	rr.len = number(r, 2);
	rr.at = r->pos;
	if (r->bad || rr.len > r->len - r->pos)
		r->bad = true;
	else
		r->pos += rr.len;
	return rr;
}

/* A name that is the whole of a record's data, from OFFSET on. */
static const char *data_name(struct reader *r, const struct rr *rr, size_t offset)
{
	size_t pos = rr->at + offset;
	const char *text;

	if (rr->len <= offset) {
		r->bad = true;
		return "";
	}
	text = name_at(r, &pos);
	if (pos != rr->at + rr->len)
		r->bad = true;
	return text;
}

static const char *data_address(struct reader *r, const struct rr *rr, int family, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (rr->len != len || !inet_ntop(family, r->data + rr->at, text, sizeof text)) {
		r->bad = true;
		return "";
	}
	return arena_text(r->mem, text);
}

static const char *data_text(struct reader *r, const struct rr *rr)
{
	char *text = arena_alloc(r->mem, rr->len + 1);
	size_t pos = rr->at, end = rr->at + rr->len, len = 0;
	bool utf8;

	while (pos < end) {
		size_t part = r->data[pos++];

		if (part > end - pos) {
			r->bad = true;
			return "";
		}
		memcpy(text + len, r->data + pos, part);
		pos += part;
		len += part;
	}
	utf8 = str_is_utf8(text, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 127 || (c > 127 && !utf8))
			text[i] = '?';
	}
	return text;
}

static struct dns_record read_data(struct reader *r, const struct rr *rr, enum dns_type type)
{
	struct dns_record out = { 0 };

	switch (type) {
	case DNS_A:
		out.text = data_address(r, rr, AF_INET, 4);
		break;
	case DNS_AAAA:
		out.text = data_address(r, rr, AF_INET6, 16);
		break;
	case DNS_MX:
		out.text = data_name(r, rr, 2);
		if (!r->bad)
			out.priority = r->data[rr->at] << 8 | r->data[rr->at + 1];
		break;
	case DNS_TXT:
		out.text = data_text(r, rr);
		break;
	default:
		out.text = data_name(r, rr, 0);
	}
	return out;
}

static int by_priority(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* Where the aliases among the records lead from NAME; NULL when they never end. */
static const char *follow(struct reader *r, const struct rr *rrs, size_t n, const char *name,
	enum dns_type type, int64_t *ttl)
{
	for (int hop = 0; hop <= CHAIN; hop++) {
		const struct rr *alias = NULL;

		for (size_t i = 0; i < n && !alias; i++)
			if (type != DNS_CNAME && rrs[i].type == TYPE_CNAME &&
				str_eq(rrs[i].name, name))
				alias = &rrs[i];
		if (!alias)
			return name;
		name = data_name(r, alias, 0);
		*ttl = alias->ttl < *ttl ? alias->ttl : *ttl;
	}
	return NULL;
}

static void take_records(struct reader *r, const struct rr *rrs, size_t n, const char *owner,
	enum dns_type type, struct dns_answer *a)
{
	a->records = arena_array(r->mem, DNS_MAX_RECORDS, sizeof *a->records);
	for (size_t i = 0; i < n && a->count < DNS_MAX_RECORDS && !r->bad; i++) {
		if (rrs[i].type != types[type].code || !str_eq(rrs[i].name, owner))
			continue;
		a->records[a->count++] = read_data(r, &rrs[i], type);
		a->ttl_s = rrs[i].ttl < a->ttl_s ? rrs[i].ttl : a->ttl_s;
	}
	if (type == DNS_MX && !r->bad)
		qsort(a->records, a->count, sizeof *a->records, by_priority);
}

/* How long "there is none" holds: the lesser of the zone's SOA's age and its last field. */
static int64_t negative_ttl(struct reader *r, int authorities)
{
	for (int i = 0; i < authorities && !r->bad; i++) {
		struct rr rr = record(r);
		struct reader soa = *r;
		int64_t minimum;

		if (r->bad || rr.type != TYPE_SOA || rr.class != CLASS_IN || rr.len < 20)
			continue;
		soa.pos = rr.at + rr.len - 4;
		minimum = number(&soa, 4);
		return minimum < rr.ttl ? minimum : rr.ttl;
	}
	return 0;
}

/* The question must be ours: an answer to another one is a lie or a mistake. */
static bool read_question(struct reader *r, const struct dns_query *q, int count, const char *want)
{
	const char *name;
	int type, class;

	if (count != 1)
		return false;
	name = name_at(r, &r->pos);
	type = (int)number(r, 2);
	class = (int)number(r, 2);
	return !r->bad && str_eq(name, want) && type == types[q->type].code && class == CLASS_IN;
}

static void answer_is(struct dns_answer *a, enum dns_state state, const char *why)
{
	*a = (struct dns_answer){ .state = state, .why = why };
}

static void read_answers(struct reader *r, const struct dns_query *q, const char *want, int rcode,
	const int *counts, struct dns_answer *a)
{
	struct rr *rrs = arena_array(r->mem, (size_t)counts[1] + 1, sizeof *rrs);
	int64_t ttl = INT32_MAX;
	const char *owner;
	size_t n = 0;

	for (int i = 0; i < counts[1] && !r->bad; i++) {
		struct rr rr = record(r);

		if (!r->bad && rr.class == CLASS_IN)
			rrs[n++] = rr;
	}
	owner = r->bad ? NULL : follow(r, rrs, n, want, q->type, &ttl);
	if (!r->bad && !owner) {
		answer_is(a, DNS_FAILED, "its aliases lead in a circle or too far");
		return;
	}
	answer_is(a, DNS_FOUND, NULL);
	a->ttl_s = ttl;
	if (!r->bad)
		take_records(r, rrs, n, owner, q->type, a);
	if (r->bad) {
		answer_is(a, DNS_FAILED, "the answer is malformed");
	} else if (!a->count) {
		ttl = negative_ttl(r, counts[2]);
		if (rcode == ARES_SUCCESS)
			answer_is(a, DNS_NONE, "there is no record of this type");
		else
			answer_is(a, DNS_NO_NAME, "the name does not exist");
		a->ttl_s = ttl;
	}
}

void dns_parse(
	struct arena *mem, const struct dns_query *q, struct bytes message, struct dns_answer *a)
{
	struct reader r = { .mem = mem, .data = message.data, .len = message.len };
	size_t len = strlen(q->name);
	char *want = str_lower(mem, q->name);
	int flags, rcode, counts[4];

	if (len && want[len - 1] == '.')
		want[len - 1] = 0;
	if (message.len < HEADER || message.len > UINT16_MAX) {
		answer_is(a, DNS_FAILED, "the answer is malformed");
		return;
	}
	number(&r, 2);
	flags = (int)number(&r, 2);
	for (int i = 0; i < 4; i++)
		counts[i] = (int)number(&r, 2);
	rcode = flags & 15;
	if (!(flags & 0x8000) || counts[1] > MAX_SECTION || counts[2] > MAX_SECTION)
		answer_is(a, DNS_FAILED, "the answer is malformed");
	else if (rcode != 0 && rcode != 3)
		answer_is(a, DNS_FAILED,
			rcode == 2   ? "the name server says that it failed (SERVFAIL)"
			: rcode == 5 ? "the name server refused (REFUSED)"
				     : "the name server answered with an error");
	else if (!read_question(&r, q, counts[0], want))
		answer_is(a, DNS_FAILED, "the answer belongs to another question");
	else
		read_answers(&r, q, want, rcode, counts, a);
}
