/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"

struct record {
	int fd;            /* owned */
	struct arena *mem; /* owned; of the lines not yet synced */
	struct out lines;  /* in mem */
	char mails[256];   /* folder, or "" */
	char mail_name[40];
	int64_t mail_number;
};

enum err record_open(struct scope *sc, const char *path, const char *mails, struct record **out)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct record *r;

	if (fd < 0)
		return fail(sc, ERR_INPUT, "cannot open %s: %m", path);
	r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->fd = fd;
	r->mem = arena_new();
	out_init(&r->lines, r->mem);
	if (mails)
		snprintf(r->mails, sizeof r->mails, "%s", mails);
	*out = r;
	return ERR_NONE;
}

void record_close(struct record *r)
{
	if (!r)
		return;
	close(r->fd);
	arena_free(r->mem);
	free(r);
}

/* A column: never empty, and nothing that would break the line. */
static void put_column(struct out *o, const char *text)
{
	if (str_empty(text))
		text = "-";
	for (; *text; text++)
		out_char(o, (unsigned char)*text < ' ' ? ' ' : *text);
	out_char(o, '\t');
}

void record_add(struct record *r, const struct entry *e)
{
	const struct clock real = { .rate = 1 };
	struct out *o = &r->lines;

	put_column(o, e->what);
	out_printf(o, "%lld\t", (long long)clock_real(&real).ms);
	put_column(o, e->message_id);
	put_column(o, e->rcpt);
	put_column(o, e->sender);
	put_column(o, e->queue_id);
	out_printf(o, "%zu\t", e->size);
	put_column(o, e->reply);
	put_column(o, e->file);
	o->data[o->len - 1] = '\n';
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

const char *record_mail(struct record *r, struct bytes data)
{
	char path[320];
	int fd;

	if (!r->mails[0])
		return NULL;
	snprintf(r->mail_name, sizeof r->mail_name, "%lld.eml", (long long)++r->mail_number);
	snprintf(path, sizeof path, "%s/%s", r->mails, r->mail_name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return NULL;
	write_all(fd, data.data, data.len);
	close(fd);
	return r->mail_name;
}

enum err record_sync(struct scope *sc, struct record *r)
{
	if (r->lines.len == 0)
		return ERR_NONE;
	if (!write_all(r->fd, r->lines.data, r->lines.len) || fdatasync(r->fd) < 0)
		return fail(sc, ERR_AWAY, "cannot write the record: %m");
	arena_reset(r->mem);
	out_init(&r->lines, r->mem);
	return ERR_NONE;
}

/* ---- names in a mail's head ---- */

/* The header field at DATA with its folded lines, as one line without line ends. */
static const char *unfold(struct arena *mem, const char *data, const char *end, const char **next)
{
	struct out o;

	out_init(&o, mem);
	for (;;) {
		const char *line_end = memchr(data, '\n', (size_t)(end - data));

		if (!line_end)
			line_end = end;
		for (const char *c = data; c < line_end; c++)
			out_char(&o, *c == '\r' || *c == '\t' ? ' ' : *c);
		data = line_end < end ? line_end + 1 : end;
		if (data >= end || (*data != ' ' && *data != '\t'))
			break;
	}
	*next = data;
	return str_trim(mem, o.data);
}

/* "Received: from … (Postfix) with ESMTP id 4XyZ… for <…>": the word behind the last " id ". */
static const char *queue_id_of(struct arena *mem, const char *received)
{
	const char *postfix = strstr(received, "(Postfix"), *id, *found = NULL;

	if (!postfix)
		return NULL;
	for (id = strstr(postfix, " id "); id; id = strstr(id + 4, " id "))
		found = id + 4;
	return found ? arena_copy(mem, found, strcspn(found, " ;")) : NULL;
}

void mail_names(
	struct arena *mem, struct bytes mail, const char **message_id, const char **queue_id)
{
	const char *at = mail.data, *end = at + mail.len;

	*message_id = *queue_id = NULL;
	while (at < end && *at != '\r' && *at != '\n') {
		const char *field = unfold(mem, at, end, &at);

		if (!*message_id && strncasecmp(field, "Message-ID:", 11) == 0)
			*message_id = str_trim(mem, field + 11);
		else if (!*queue_id && strncasecmp(field, "Received:", 9) == 0)
			*queue_id = queue_id_of(mem, field);
	}
	if (str_empty(*message_id))
		*message_id = "-";
	if (str_empty(*queue_id))
		*queue_id = "-";
}
