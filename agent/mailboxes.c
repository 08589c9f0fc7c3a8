/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailboxes.h"

#include "base/file.h"
#include "base/log.h"
#include "box/box.h"
#include "crypt/secret.h"
#include "text/json.h"

#define MAX_FILE  (1024 * 1024)
#define TIMEOUT_S 10

/* ---- who ---- */

static const char *file_of(struct scope *sc, const struct agent_config *c)
{
	return str_empty(c->inbox_passwords)
		       ? arena_printf(sc->mem, "%s/mailu.tokens", c->state_dir)
		       : c->inbox_passwords;
}

enum err mailboxes_list(
	struct scope *sc, const struct agent_config *c, struct mailbox_key **list, size_t *n)
{
	const struct json *json = NULL;
	struct bytes text;
	enum err e = file_read(sc, file_of(sc, c), MAX_FILE, &text);

	*n = 0;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		e = json_parse(sc, text, MAX_FILE, &json);
	if (e)
		return e;
	*list = arena_array(sc->mem, json->count, sizeof **list);
	JSON_EACH(item, json)
	{
		struct mailbox_key k = { json_text(item, "address"), json_text(item, "password") };

		if (!str_empty(k.address) && k.password)
			(*list)[(*n)++] = k;
	}
	return ERR_NONE;
}

enum err mailboxes_open(struct scope *sc, const struct agent_config *c,
	const struct mailbox_key *key, struct imap **out)
{
	bool mailu = str_empty(c->inbox_host);

	return imap_open(sc,
		&(struct imap_config){ .host = mailu ? "127.0.0.1" : c->inbox_host,
			.port = (int)(mailu ? c->mailu_imap_port : c->inbox_port),
			.tls = mailu || c->inbox_tls,
			/* The certificate is for the machine's name in the world. */
			.unverified = mailu,
			.user = key->address,
			.password = key->password,
			.timeout_s = TIMEOUT_S },
		out);
}

/* ---- what ---- */

static const char *digest_of(struct scope *sc, struct bytes mail)
{
	unsigned char hash[HASH_BYTES];

	sha256(mail, hash);
	return str_hex(sc->mem, hash, sizeof hash);
}

/* What of a fact must outlive the mail it was read from. */
static struct wire_fact kept(struct scope *sc, const struct wire_fact *f)
{
	struct wire_fact copy = *f;

	copy.status = arena_text(sc->mem, f->status);
	copy.text = arena_text(sc->mem, f->text);
	return copy;
}

/* The whole mail is in memory while it is read, and no longer. */
static enum err read_one(struct scope *parent, struct imap *imap, int64_t uid, struct inbound *out)
{
	struct box_mail m;
	struct bytes mail, letter = { 0 };
	struct wire_fact f;
	struct scope sc;
	enum err e, read;

	scope_open(&sc, parent->world, "mail");
	e = imap_fetch(&sc, imap, uid, MAILBOXES_MAIL, &mail);
	read = e ? e : box_read_mail(&sc, mail, &m);
	if (read == ERR_INPUT)
		log_failure(&sc, "reading a mail that came in");
	if (!e && read && read != ERR_INPUT)
		e = read;
	if (!e) {
		f = inbound_fact(&sc, read ? NULL : &m);
		letter = read ? letter : inbound_letter(&sc, &m, &f);
		*out = (struct inbound){ uid, digest_of(parent, mail), kept(parent, &f),
			bytes_of(arena_copy(parent->mem, letter.data, letter.len), letter.len) };
	} else {
		(void)fail(parent, e, "%s", sc.why);
	}
	scope_close(&sc);
	return e;
}

static enum err read_all(
	struct scope *sc, struct imap *imap, const int64_t *uids, size_t n, struct inbound_batch *b)
{
	enum err e = ERR_NONE;

	b->list = arena_array(sc->mem, n, sizeof *b->list);
	for (size_t i = 0; i < n && !e; i++) {
		e = read_one(sc, imap, uids[i], &b->list[b->count]);
		if (!e)
			b->count++;
		/* Somebody removed it between the two questions. */
		if (e == ERR_MISSING) {
			scope_clear(sc);
			e = ERR_NONE;
		}
		if (!e)
			b->uid = uids[i];
	}
	/* What was read counts, whatever hindered the next. */
	if (e && b->count) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	return e;
}

enum err mailboxes_look(struct scope *sc, struct imap *imap, const struct inbound_mark *mark,
	struct inbound_batch *b)
{
	int64_t uids[MAILBOXES_BATCH];
	struct imap_folder f;
	size_t n = 0;
	enum err e = imap_examine(sc, imap, mark->folder, &f);

	if (e)
		return e;
	*b = (struct inbound_batch){ .address = mark->address,
		.folder = mark->folder,
		.validity = f.validity,
		.uid = f.validity == mark->validity ? mark->uid : 0 };
	if (!f.next || f.next > b->uid + 1)
		e = imap_list(sc, imap, b->uid + 1, COUNT(uids), uids, &n);
	return e ? e : read_all(sc, imap, uids, n, b);
}
