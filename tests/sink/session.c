/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "session.h"

#include <string.h>

#define LINE_MAX_BYTES (1 << 20)
#define MAIL_MAX_BYTES (64 << 20)
#define RCPTS          1000

struct session {
	struct rules *rules;                       /* borrowed */
	struct record *record;                     /* borrowed */
	struct arena *in_mem, *mail_mem, *out_mem; /* owned */
	struct out in;                             /* read, not yet worked through */
	size_t in_used;                            /* of it, done with */
	struct out data;
	struct out out;
	size_t out_sent;
	const char *sender;       /* in mail_mem; NULL before MAIL */
	const char *rcpts[RCPTS]; /* in mail_mem */
	const struct rule *held;  /* RCPT that waits for its delay */
	const char *held_rcpt;    /* in mail_mem */
	const char *after_sync;   /* static or in mail_mem; the answer to the final dot */
	size_t rcpt_count;
	int64_t wakes_at;
	bool in_data, over;
};

static void reply(struct session *s, const char *text)
{
	out_text(&s->out, text);
	out_text(&s->out, "\r\n");
}

static void forget_mail(struct session *s)
{
	arena_reset(s->mail_mem);
	out_init(&s->data, s->mail_mem);
	s->sender = NULL;
	s->rcpt_count = 0;
	s->in_data = false;
}

struct session *session_new(struct rules *rules, struct record *record)
{
	struct session *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->rules = rules;
	s->record = record;
	s->in_mem = arena_new();
	s->mail_mem = arena_new();
	s->out_mem = arena_new();
	out_init(&s->in, s->in_mem);
	out_init(&s->out, s->out_mem);
	forget_mail(s);
	reply(s, "220 sink.test ESMTP");
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	arena_free(s->in_mem);
	arena_free(s->mail_mem);
	arena_free(s->out_mem);
	free(s);
}

/* ---- commands ---- */

static void note(struct session *s, const char *what, const char *rcpt, const char *answer)
{
	record_add(s->record,
		&(struct entry){
			.what = what, .rcpt = rcpt, .sender = s->sender, .reply = answer });
}

/* "FROM:<a@b> SIZE=1" gives "a@b"; NULL when there are no angle brackets. */
static const char *path_of(struct arena *mem, const char *args)
{
	const char *open = strchr(args, '<'), *end = open ? strchr(open, '>') : NULL;

	return end ? arena_copy(mem, open + 1, (size_t)(end - open - 1)) : NULL;
}

static void take_rcpt(struct session *s, const char *rcpt)
{
	s->rcpts[s->rcpt_count++] = rcpt;
	reply(s, "250 2.1.5 Ok");
}

static void answer_rcpt(struct session *s, const struct rule *rule, const char *rcpt)
{
	switch (rule->act) {
	case RULE_REFUSE:
		note(s, rule->text[0] == '4' ? "deferred" : "refused", rcpt, rule->text);
		reply(s, rule->text);
		break;
	case RULE_CLOSE:
		note(s, "closed", rcpt, rule->text);
		reply(s, rule->text);
		s->over = true;
		break;
	case RULE_DEFER:
		if (rules_tried(s->rules, rcpt) >= rule->times) {
			take_rcpt(s, rcpt);
			break;
		}
		note(s, "deferred", rcpt, rule->text);
		reply(s, rule->text);
		break;
	case RULE_ACCEPT:
	case RULE_REFUSE_DATA:
	case RULE_DROP:
		take_rcpt(s, rcpt);
		break;
	}
}

static void do_rcpt(struct session *s, const char *args, int64_t now)
{
	const char *rcpt = path_of(s->mail_mem, args);
	const struct rule *rule;

	if (!s->sender || !rcpt) {
		reply(s,
			s->sender ? "501 5.5.4 Syntax: RCPT TO:<address>" : "503 5.5.1 MAIL first");
		return;
	}
	if (s->rcpt_count == RCPTS) {
		reply(s, "452 4.5.3 Too many recipients");
		return;
	}
	rcpt = str_lower(s->mail_mem, rcpt);
	rule = rules_find(s->rules, rcpt);
	if (rule->delay_ms > 0) {
		s->held = rule;
		s->held_rcpt = rcpt;
		s->wakes_at = now + rule->delay_ms;
		return;
	}
	answer_rcpt(s, rule, rcpt);
}

static void do_mail(struct session *s, const char *args, int64_t now)
{
	(void)now;
	forget_mail(s);
	s->sender = path_of(s->mail_mem, args);
	reply(s, s->sender ? "250 2.1.0 Ok" : "501 5.5.4 Syntax: MAIL FROM:<address>");
}

static void do_data(struct session *s, const char *args, int64_t now)
{
	(void)args;
	(void)now;
	if (s->rcpt_count == 0) {
		reply(s, "554 5.5.1 No valid recipients");
		return;
	}
	s->in_data = true;
	reply(s, "354 End data with <CR><LF>.<CR><LF>");
}

static void do_ehlo(struct session *s, const char *args, int64_t now)
{
	(void)args;
	(void)now;
	forget_mail(s);
	reply(s, "250-sink.test");
	reply(s, "250-PIPELINING");
	reply(s, "250-SIZE 67108864");
	reply(s, "250-8BITMIME");
	reply(s, "250-ENHANCEDSTATUSCODES");
	reply(s, "250 SMTPUTF8");
}

static void do_helo(struct session *s, const char *args, int64_t now)
{
	(void)args;
	(void)now;
	forget_mail(s);
	reply(s, "250 sink.test");
}

static void do_rset(struct session *s, const char *args, int64_t now)
{
	(void)args;
	(void)now;
	forget_mail(s);
	reply(s, "250 2.0.0 Ok");
}

static void do_noop(struct session *s, const char *args, int64_t now)
{
	(void)args;
	(void)now;
	reply(s, "250 2.0.0 Ok");
}

static void do_quit(struct session *s, const char *args, int64_t now)
{
	(void)args;
	(void)now;
	reply(s, "221 2.0.0 Bye");
	s->over = true;
}

static const struct {
	const char *verb;
	void (*run)(struct session *s, const char *args, int64_t now);
} commands[] = {
	{ "EHLO", do_ehlo },
	{ "HELO", do_helo },
	{ "MAIL", do_mail },
	{ "RCPT", do_rcpt },
	{ "DATA", do_data },
	{ "RSET", do_rset },
	{ "NOOP", do_noop },
	{ "QUIT", do_quit },
};

static void do_command(struct session *s, const char *line, int64_t now)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		size_t len = strlen(commands[i].verb);

		if (strncasecmp(line, commands[i].verb, len) == 0 &&
			(line[len] == 0 || line[len] == ' ')) {
			commands[i].run(s, line + len, now);
			return;
		}
	}
	reply(s, "500 5.5.2 Unknown command");
}

/* ---- data ---- */

/* The rule that decides the one answer to a mail with several recipients. */
static const struct rule *data_rule(struct session *s)
{
	const struct rule *found = NULL;

	for (size_t i = 0; i < s->rcpt_count; i++) {
		const struct rule *rule = rules_find(s->rules, s->rcpts[i]);

		if (rule->act == RULE_REFUSE_DATA)
			return rule;
		if (rule->act == RULE_DROP && rules_tried(s->rules, s->rcpts[i]) < rule->times)
			found = rule;
	}
	return found;
}

static void end_data(struct session *s)
{
	const struct rule *rule = data_rule(s);
	struct bytes mail = bytes_of(s->data.data, s->data.len);
	struct entry e = { .what = "accepted", .sender = s->sender, .size = mail.len };

	s->after_sync = "250 2.0.0 Ok: received";
	if (rule && rule->act == RULE_REFUSE_DATA) {
		e.what = rule->text[0] == '4' ? "deferred" : "refused";
		s->after_sync = rule->text;
	} else if (rule) {
		e.what = "dropped";
		s->after_sync = "";
	} else {
		e.file = record_mail(s->record, mail);
	}
	e.reply = s->after_sync;
	mail_names(s->mail_mem, mail, &e.message_id, &e.queue_id);
	for (size_t i = 0; i < s->rcpt_count; i++) {
		e.rcpt = s->rcpts[i];
		record_add(s->record, &e);
	}
}

static void data_line(struct session *s, const char *line, size_t len)
{
	if (line[0] == '.') {
		if (len == 2 || (len == 3 && line[1] == '\r')) {
			end_data(s);
			return;
		}
		line++;
		len--;
	}
	if (s->data.len + len <= MAIL_MAX_BYTES)
		out_bytes(&s->data, line, len);
}

bool session_waits_for_sync(const struct session *s)
{
	return s->after_sync != NULL;
}

void session_synced(struct session *s)
{
	if (!s->after_sync)
		return;
	if (*s->after_sync)
		reply(s, s->after_sync);
	else
		s->over = true;
	s->after_sync = NULL;
	forget_mail(s);
}

/* ---- bytes ---- */

void session_feed(struct session *s, struct bytes data)
{
	out_bytes(&s->in, data.data, data.len);
}

static void drop_used(struct session *s)
{
	char *rest;
	size_t len = s->in.len - s->in_used;

	if (s->in_used == 0)
		return;
	rest = malloc(len + 1);
	if (!rest)
		abort();
	memcpy(rest, s->in.data + s->in_used, len);
	arena_reset(s->in_mem);
	out_init(&s->in, s->in_mem);
	out_bytes(&s->in, rest, len);
	free(rest);
	s->in_used = 0;
}

static void one_line(struct session *s, char *line, size_t len, int64_t now)
{
	if (s->in_data) {
		data_line(s, line, len);
		return;
	}
	line[len - 1] = 0;
	if (len > 1 && line[len - 2] == '\r')
		line[len - 2] = 0;
	do_command(s, line, now);
}

void session_step(struct session *s, int64_t now)
{
	if (s->held && now >= s->wakes_at) {
		const struct rule *rule = s->held;

		s->held = NULL;
		s->wakes_at = 0;
		answer_rcpt(s, rule, s->held_rcpt);
	}
	while (!s->over && !s->after_sync && !s->held) {
		char *line = s->in.data + s->in_used;
		size_t rest = s->in.len - s->in_used;
		char *end = memchr(line, '\n', rest);

		if (!end) {
			if (rest > LINE_MAX_BYTES) {
				reply(s, "500 5.5.2 Line too long");
				s->over = true;
			}
			break;
		}
		s->in_used += (size_t)(end - line) + 1;
		one_line(s, line, (size_t)(end - line) + 1, now);
	}
	drop_used(s);
}

int64_t session_wakes_at(const struct session *s)
{
	return s->wakes_at;
}

struct bytes session_output(const struct session *s)
{
	return bytes_of(s->out.data + s->out_sent, s->out.len - s->out_sent);
}

void session_sent(struct session *s, size_t len)
{
	s->out_sent += len;
	if (s->out_sent == s->out.len) {
		arena_reset(s->out_mem);
		out_init(&s->out, s->out_mem);
		s->out_sent = 0;
	}
}

bool session_is_over(const struct session *s)
{
	return s->over;
}
