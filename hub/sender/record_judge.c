/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/record_judge.h"

#include "base/out.h"
#include "base/words.h"

#define FOUND_MAX   2000 /* bytes of what is kept and shown */
#define SPF_LOOKUPS 10   /* RFC 7208 §4.6.4 */

static const char *join(struct scope *sc, const struct dns_answer *a, const char *start)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < a->count && o.len < FOUND_MAX; i++) {
		const struct dns_record *r = &a->records[i];

		if (start && !str_starts(r->text, start))
			continue;
		if (o.len)
			out_char(&o, '\n');
		if (!start)
			out_printf(&o, "%lld ", (long long)r->priority);
		out_text(&o, r->text);
	}
	return o.len ? o.data : "";
}

static struct verdict unclear(void)
{
	return (struct verdict){ "unclear",
		WORD("No name server gave an answer that counts. It is asked again by itself."),
		"" };
}

static struct verdict said(const char *state, const char *reason, const char *found)
{
	return (struct verdict){ state, reason, found };
}

/* TXT records that begin with the word START; *FIRST is one of them. */
static size_t count_start(const struct dns_answer *a, const char *start, const char **first)
{
	size_t n = 0;

	for (size_t i = 0; i < a->count; i++) {
		const char *text = a->records[i].text;

		if (str_starts(text, start) && strchr(" ;", text[strlen(start)]) && n++ == 0)
			*first = text;
	}
	return n;
}

struct verdict judge_owner(struct scope *sc, const struct dns_answer *a, const char *token)
{
	const char *found = join(sc, a, "");

	if (a->state == DNS_FAILED)
		return unclear();
	for (size_t i = 0; i < a->count; i++)
		if (str_eq(a->records[i].text, token))
			return said("good", "", found);
	if (a->count)
		return said("wrong", WORD("Something else stands there."), found);
	return said("missing", WORD("It is not published yet, or not everywhere."), found);
}

struct verdict judge_mx(struct scope *sc, const struct dns_answer *a)
{
	const char *found = join(sc, a, NULL);

	if (a->state == DNS_FAILED)
		return unclear();
	if (!a->count)
		return said("missing", WORD("Replies and bounces to this domain arrive nowhere."),
			found);
	/* RFC 7505 */
	if (a->count == 1 && str_empty(a->records[0].text))
		return said("wrong", WORD("It says that this domain takes no mail."), found);
	return said("good", "", found);
}

struct verdict judge_mx_exactly(
	struct scope *sc, const struct dns_answer *a, const char *const *hosts, size_t n)
{
	struct verdict v = judge_mx(sc, a);

	for (size_t i = 0; i < n && str_eq(v.state, "good"); i++) {
		bool there = false;

		for (size_t k = 0; k < a->count; k++)
			there = there || str_eq(a->records[k].text, hosts[i]);
		if (!there)
			return said("wrong",
				WORD("It leads elsewhere: replies and bounces do not reach the machine that sends."),
				v.found);
	}
	return v;
}

/* ---- SPF ---- */

static bool is_term(const char *term, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len >= n && strncasecmp(term, name, n) == 0 &&
	       (len == n || strchr(":/=", term[n]) != NULL);
}

struct spf {
	int lookups;
	bool ends, open;
};

static struct spf read_spf(const char *text)
{
	static const char *const asking[] = { "include", "a", "mx", "ptr", "exists", "redirect" };
	struct spf s = { 0 };

	for (const char *p = text + strcspn(text, " "); *p;) {
		size_t len;
		bool pass;

		p += strspn(p, " ");
		pass = !strchr("-~?", *p);
		p += *p && strchr("+-~?", *p) ? 1 : 0;
		len = strcspn(p, " ");
		for (size_t i = 0; i < COUNT(asking); i++)
			s.lookups += is_term(p, len, asking[i]);
		if (is_term(p, len, "all"))
			s.open |= pass;
		s.ends |= is_term(p, len, "all") || is_term(p, len, "redirect");
		p += len;
	}
	return s;
}

struct verdict judge_spf(struct scope *sc, const struct dns_answer *a)
{
	const char *found = join(sc, a, "v=spf1"), *text = NULL;
	size_t n = count_start(a, "v=spf1", &text);
	struct spf s;

	if (a->state == DNS_FAILED)
		return unclear();
	if (!n)
		return said("missing",
			WORD("No policy says which machines may send for this domain."), found);
	if (n > 1)
		return said("wrong",
			WORD("There are several policies: receivers then believe none of them."),
			found);
	s = read_spf(text);
	if (s.open)
		return said("wrong",
			WORD("It lets everybody send in your name. End it with ~all or -all."),
			found);
	if (!s.ends)
		return said("wrong",
			WORD("It does not say what about all others. End it with ~all or -all."),
			found);
	if (s.lookups > SPF_LOOKUPS)
		return said("wrong",
			WORD("It takes more than ten look-ups, so receivers take it for broken."),
			found);
	return said("good", "", found);
}

/* Whether a term of TEXT is none that could be judged here, or one of POLICY's. */
static bool lets_in(const char *text, const char *policy, bool mx_leads_there)
{
	static const char *const foreign[] = { "ip4", "ip6", "include", "exists", "ptr",
		"redirect" };

	for (const char *p = text + strcspn(text, " "); *p;) {
		size_t len;

		p += strspn(p, " ");
		p += *p == '+';
		len = strcspn(p, " ");
		/* These let nobody in. */
		if (*p && strchr("-~?", *p)) {
			p += len;
			continue;
		}
		for (size_t i = 0; i < COUNT(foreign); i++)
			if (is_term(p, len, foreign[i]))
				return true;
		if (len == 2 && strncasecmp(p, "mx", 2) == 0 && mx_leads_there)
			return true;
		for (const char *q = policy; len > 2 && (q = strchr(q, ' ')) != NULL;) {
			size_t n = strcspn(++q, " ");

			if (n == len && strncasecmp(p, q, n) == 0)
				return true;
		}
		p += len;
	}
	return false;
}

struct verdict judge_spf_exactly(
	struct scope *sc, const struct dns_answer *a, const char *policy, bool mx_leads_there)
{
	struct verdict v = judge_spf(sc, a);
	const char *text = NULL;

	if (!str_eq(v.state, "good") || !count_start(a, "v=spf1", &text) ||
		lets_in(text, policy, mx_leads_there))
		return v;
	return said("wrong", WORD("It does not let in the machine that sends."), v.found);
}

/* ---- DKIM and DMARC: lists of tag=value ---- */

/* The value of TAG without blanks, or NULL where the tag is not there. */
static const char *tag_of(struct scope *sc, const char *text, const char *tag)
{
	size_t n = strlen(tag);

	for (const char *p = text; *p;) {
		size_t len = strcspn(p, ";");
		char *part = str_trim(sc->mem, arena_copy(sc->mem, p, len));

		if (strncasecmp(part, tag, n) == 0) {
			const char *value = part + n + strspn(part + n, " \t");

			if (*value == '=')
				return str_trim(sc->mem, value + 1);
		}
		p += len + (p[len] == ';');
	}
	return NULL;
}

struct verdict judge_dkim(struct scope *sc, const struct dns_answer *a)
{
	const char *found = join(sc, a, ""), *key = NULL, *version;
	const char *text = NULL;

	if (a->state == DNS_FAILED)
		return unclear();
	for (size_t i = 0; i < a->count && !key; i++) {
		text = a->records[i].text;
		key = tag_of(sc, text, "p");
	}
	if (!a->count)
		return said("missing",
			WORD("No key is published, so nobody can tell your mail from a forgery."),
			found);
	if (!key)
		return said("wrong", WORD("What stands there is no DKIM key."), found);
	version = tag_of(sc, text, "v");
	if (version && !str_eq(version, "DKIM1"))
		return said("wrong", WORD("What stands there is no DKIM key."), found);
	if (str_empty(key))
		return said("wrong", WORD("The key was revoked: it is empty."), found);
	return said("good", "", found);
}

/* Without the blanks that zones may put into long texts. */
static const char *bare(struct scope *sc, const char *text)
{
	struct out o;

	out_init(&o, sc->mem);
	for (const char *p = text ? text : ""; *p; p++)
		if (*p != ' ' && *p != '\t')
			out_char(&o, *p);
	return o.len ? o.data : "";
}

struct verdict judge_dkim_exactly(
	struct scope *sc, const struct dns_answer *a, const char *expected)
{
	struct verdict v = judge_dkim(sc, a);
	const char *key = bare(sc, tag_of(sc, expected, "p"));

	for (size_t i = 0; i < a->count && str_eq(v.state, "good"); i++)
		if (!str_eq(bare(sc, tag_of(sc, a->records[i].text, "p")), key))
			return said("wrong",
				WORD("Another key stands there than the machine signs with."),
				v.found);
	return v;
}

static struct verdict judge_policy(struct scope *sc, const struct dns_answer *a)
{
	const char *found = join(sc, a, "v=DMARC1"), *text = NULL, *policy;
	size_t n = count_start(a, "v=DMARC1", &text);

	if (!n)
		return said("missing",
			WORD("Large providers want a DMARC policy; p=none is enough to begin with."),
			found);
	if (n > 1)
		return said("wrong",
			WORD("There are several policies: receivers then believe none of them."),
			found);
	policy = tag_of(sc, text, "p");
	if (!policy || (!str_eq_nocase(policy, "none") && !str_eq_nocase(policy, "quarantine") &&
			       !str_eq_nocase(policy, "reject")))
		return said("wrong", WORD("It has no p=none, p=quarantine or p=reject."), found);
	return said("good", "", found);
}

struct verdict judge_dmarc(
	struct scope *sc, const struct dns_answer *a, const struct dns_answer *parent)
{
	struct verdict v = judge_policy(sc, a), above;

	if (a->state == DNS_FAILED)
		return unclear();
	if (!str_eq(v.state, "missing") || !parent)
		return v;
	if (parent->state == DNS_FAILED)
		return unclear();
	above = judge_policy(sc, parent);
	return str_eq(above.state, "good") ? above : v;
}
