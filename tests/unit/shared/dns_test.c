/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/dns.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"
#include "nsd.h"

#define LONG_TEXT                                                                                  \
	"\"0123456789012345678901234567890123456789012345678901234567890123456789\" "              \
	"\"and the second string of the same record\""

static const struct nsd_zone zones[] = {
	{ "example.test", "@ MX 20 Second.Mail.test.\n@ MX 10 first.mail.test.\n@ A 192.0.2.1\n"
			  "@ AAAA 2001:db8::1\n@ TXT " LONG_TEXT "\nnull MX 0 .\n"
			  "alias CNAME @\nround CNAME round2\nround2 CNAME round\n" },
	{ "2.0.192.in-addr.arpa", "1 PTR mail.example.test.\n" },
};

static struct dns_answer ask(struct scope *sc, const char *servers, const char *name,
	enum dns_type type, int64_t timeout_ms)
{
	struct dns_options o = { .servers = servers, .timeout_ms = timeout_ms };
	struct dns_query q = { name, type };
	struct dns_answer *a;

	OK(dns_look_up(sc, &o, &q, 1, &a));
	return a[0];
}

TEST(records_come_back_as_text_mx_by_priority_with_their_age)
{
	struct nsd n;
	struct dns_answer a;

	nsd_start(sc, &n, zones, COUNT(zones));
	a = ask(sc, n.servers, "Example.TEST.", DNS_MX, 0);
	CHECK_INT(a.state, DNS_FOUND);
	CHECK_INT(a.ttl_s, 300);
	NEED(a.count == 2);
	CHECK_TEXT(a.records[0].text, "first.mail.test");
	CHECK_INT(a.records[0].priority, 10);
	CHECK_TEXT(a.records[1].text, "second.mail.test");
	a = ask(sc, n.servers, "example.test", DNS_A, 0);
	NEED(a.count == 1);
	CHECK_TEXT(a.records[0].text, "192.0.2.1");
	a = ask(sc, n.servers, "example.test", DNS_AAAA, 0);
	NEED(a.count == 1);
	CHECK_TEXT(a.records[0].text, "2001:db8::1");
	a = ask(sc, n.servers, "example.test", DNS_TXT, 0);
	NEED(a.count == 1);
	CHECK(str_ends(a.records[0].text, "6789and the second string of the same record"));
	a = ask(sc, n.servers, dns_reverse(sc->mem, "192.0.2.1"), DNS_PTR, 0);
	NEED(a.count == 1);
	CHECK_TEXT(a.records[0].text, "mail.example.test");
	a = ask(sc, n.servers, "null.example.test", DNS_MX, 0);
	NEED(a.count == 1);
	CHECK_TEXT(a.records[0].text, "");
	nsd_stop(&n);
}

TEST(silence_has_a_reason_no_name_no_record_nobody)
{
	struct nsd n;
	struct dns_answer a;

	nsd_start(sc, &n, zones, COUNT(zones));
	a = ask(sc, n.servers, "nobody.example.test", DNS_MX, 0);
	CHECK_INT(a.state, DNS_NO_NAME);
	CHECK_INT(a.ttl_s, 60);
	CHECK_TEXT(a.why, "the name does not exist");
	a = ask(sc, n.servers, "example.test", DNS_PTR, 0);
	CHECK_INT(a.state, DNS_NONE);
	a = ask(sc, n.servers, "elsewhere.test", DNS_MX, 0);
	CHECK_INT(a.state, DNS_FAILED);
	CHECK_TEXT(a.why, "each name server refused, failed or cannot be reached");
	a = ask(sc, n.servers, "two..dots", DNS_MX, 0);
	CHECK_INT(a.state, DNS_FAILED);
	CHECK_TEXT(a.why, "this is not a name of the DNS");
	nsd_stop(&n);
	/* Nobody listens there any more. */
	a = ask(sc, n.servers, "example.test", DNS_MX, 300);
	CHECK_INT(a.state, DNS_FAILED);
	CHECK(a.why != NULL);
}

TEST(aliases_are_followed_and_circles_end)
{
	struct nsd n;
	struct dns_answer a;

	nsd_start(sc, &n, zones, COUNT(zones));
	a = ask(sc, n.servers, "alias.example.test", DNS_MX, 0);
	CHECK_INT(a.state, DNS_FOUND);
	CHECK_INT(a.count, 2);
	a = ask(sc, n.servers, "alias.example.test", DNS_CNAME, 0);
	NEED(a.count == 1);
	CHECK_TEXT(a.records[0].text, "example.test");
	a = ask(sc, n.servers, "round.example.test", DNS_MX, 0);
	CHECK_INT(a.state, DNS_FAILED);
	nsd_stop(&n);
}

TEST(many_questions_go_out_together_and_answers_keep_their_order)
{
	struct nsd n;
	struct dns_query q[200];
	struct dns_options o = { 0 };
	struct dns_answer *a;

	nsd_start(sc, &n, zones, COUNT(zones));
	o.servers = n.servers;
	for (size_t i = 0; i < COUNT(q); i++)
		q[i] = i % 2 ? (struct dns_query){ "example.test", DNS_MX }
			     : (struct dns_query){ "none.example.test", DNS_A };
	OK(dns_look_up(sc, &o, q, COUNT(q), &a));
	for (size_t i = 0; i < COUNT(q); i++)
		CHECK_INT(a[i].state, i % 2 ? DNS_FOUND : DNS_NO_NAME);
	nsd_stop(&n);
}

TEST(reverse_names_of_both_families)
{
	CHECK_TEXT(dns_reverse(sc->mem, "192.0.2.1"), "1.2.0.192.in-addr.arpa");
	CHECK(str_starts(dns_reverse(sc->mem, "2001:db8::1"), "1.0.0.0.0.0."));
	CHECK(str_ends(dns_reverse(sc->mem, "2001:db8::1"), "8.b.d.0.1.0.0.2.ip6.arpa"));
	CHECK(dns_reverse(sc->mem, "300.0.0.1") == NULL);
}

/* ---- a server that lies ---- */

/* Puts TAIL behind the question it was asked, with COUNT answers announced. */
struct liar {
	int fd, port, rcode, count;
	const char *tail;
	size_t len;
	bool other_question;
	pthread_t thread;
};

static void *lie(void *arg)
{
	struct liar *l = arg;
	unsigned char m[2048];
	struct sockaddr_in from;
	socklen_t flen = sizeof from;
	ssize_t got;

	while ((got = recvfrom(l->fd, m, 512, 0, (struct sockaddr *)&from, &flen)) > 12) {
		size_t end = 12;

		while (m[end])
			end += m[end] + 1U;
		end += 5;
		m[2] = 0x84;
		m[3] = (unsigned char)l->rcode;
		memcpy(m + 4, (unsigned char[]){ 0, 1, 0, (unsigned char)l->count, 0, 0, 0, 0 }, 8);
		if (l->other_question)
			m[13] ^= 1;
		memcpy(m + end, l->tail, l->len);
		sendto(l->fd, m, end + l->len, 0, (struct sockaddr *)&from, flen);
	}
	return NULL;
}

static struct dns_answer hear(struct scope *sc, struct liar l)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	struct dns_answer a;

	l.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	NEED(bind(l.fd, (struct sockaddr *)&at, sizeof at) == 0);
	NEED(getsockname(l.fd, (struct sockaddr *)&at, &len) == 0);
	NEED(pthread_create(&l.thread, NULL, lie, &l) == 0);
	a = ask(sc, arena_printf(sc->mem, "127.0.0.1:%d", ntohs(at.sin_port)), "a.test", DNS_MX,
		1000);
	shutdown(l.fd, SHUT_RDWR);
	pthread_join(l.thread, NULL);
	close(l.fd);
	return a;
}

/* The question "a.test" stands at 12; c0 0c points to it. */
#define OWNER "\xc0\x0c"
#define MX    "\0\x0f\0\1"
#define TTL   "\0\0\0\x3c"

TEST(a_name_that_points_at_itself_is_malformed)
{
	/* Its owner starts at 24 and points there. */
	struct dns_answer a = hear(sc,
		(struct liar){ .count = 1, .tail = "\xc0\x18" MX TTL "\0\4\0\1" OWNER, .len = 16 });

	CHECK_INT(a.state, DNS_FAILED);
	CHECK_TEXT(a.why, "the answer is malformed");
	/* As does the host of the MX, at 38. */
	a = hear(sc,
		(struct liar){ .count = 1, .tail = OWNER MX TTL "\0\4\0\1\xc0\x26", .len = 16 });
	CHECK_TEXT(a.why, "the answer is malformed");
}

TEST(data_longer_than_the_message_or_than_its_field_is_malformed)
{
	CHECK_TEXT(hear(sc, (struct liar){ .count = 1,
				    .tail = OWNER MX TTL "\xff\xff\0\1" OWNER,
				    .len = 16 })
			   .why,
		"the answer is malformed");
	CHECK_TEXT(hear(sc,
			   (struct liar){
				   .count = 1, .tail = OWNER MX TTL "\0\3\0\1" OWNER, .len = 16 })
			   .why,
		"the answer is malformed");
	/* More answers announced than there are. */
	CHECK_TEXT(hear(sc,
			   (struct liar){
				   .count = 2, .tail = OWNER MX TTL "\0\4\0\1" OWNER, .len = 16 })
			   .why,
		"the answer is malformed");
}

TEST(records_of_another_type_class_or_name_are_not_the_answer)
{
	/* The right one first, so that the liar itself is known to work. */
	CHECK_INT(hear(sc,
			  (struct liar){
				  .count = 1, .tail = OWNER MX TTL "\0\4\0\1" OWNER, .len = 16 })
			  .state,
		DNS_FOUND);
	CHECK_INT(hear(sc, (struct liar){ .count = 1,
				   .tail = OWNER "\0\1\0\1" TTL "\0\4\1\2\3\4",
				   .len = 16 })
			  .state,
		DNS_NONE);
	CHECK_INT(hear(sc, (struct liar){ .count = 1,
				   .tail = OWNER "\0\x0f\0\3" TTL "\0\4\0\1" OWNER,
				   .len = 16 })
			  .state,
		DNS_NONE);
	/* "test" alone, at 14. */
	CHECK_INT(hear(sc, (struct liar){ .count = 1,
				   .tail = "\xc0\x0e" MX TTL "\0\4\0\1" OWNER,
				   .len = 16 })
			  .state,
		DNS_NONE);
}

TEST(an_answer_to_another_question_is_no_answer)
{
	struct dns_answer a = hear(sc, (struct liar){ .count = 1,
					       .tail = OWNER MX TTL "\0\4\0\1" OWNER,
					       .len = 16,
					       .other_question = true });

	CHECK_INT(a.state, DNS_FAILED);
	CHECK_TEXT(a.why, "no name server answered in time");
}
