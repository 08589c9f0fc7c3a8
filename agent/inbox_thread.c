/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The thread that reads mailboxes: all of them every inbox.seconds, and the first folder of some at
   once, because their server tells of what comes (RFC 2177). */
#include <poll.h>

#include "base/log.h"
#include "inbox_priv.h"
#include "mailboxes.h"

#define SHUT_OUT_MS (20 * MINUTE_MS) /* after a refused password: MailU locks out who insists */
#define IDLE_MS     (25 * MINUTE_MS) /* servers hang up after half an hour */

/* ---- places ---- */

static struct place *place_of(struct inbox *x, const char *address, const char *folder)
{
	struct place *p;

	for (size_t i = 0; i < x->count; i++)
		if (str_eq(x->places[i].address, address) && str_eq(x->places[i].folder, folder))
			return &x->places[i];
	if (x->count == x->room) {
		x->room = x->room * 2 + 16;
		x->places = realloc(x->places, x->room * sizeof *x->places);
	}
	if (!x->places)
		abort();
	p = &x->places[x->count++];
	*p = (struct place){ .address = strdup(address), .folder = strdup(folder) };
	if (!p->address || !p->folder)
		abort();
	return p;
}

enum err inbox_marks(struct scope *sc, struct inbox *x)
{
	struct inbound_mark *list;
	size_t n = 0;
	enum err e = inbound_marks(sc, &list, &n);

	for (size_t i = 0; i < n; i++) {
		struct place *p = place_of(x, list[i].address, list[i].folder);

		p->validity = list[i].validity;
		p->uid = list[i].uid;
	}
	return e;
}

void inbox_forget(struct inbox *x)
{
	for (size_t i = 0; i < x->count; i++) {
		free(x->places[i].address);
		free(x->places[i].folder);
	}
	free(x->places);
}

/* Said when it begins and when it is over. */
static void say(struct scope *sc, struct place *p, enum err e)
{
	if (e == ERR_AUTH)
		p->not_before = clock_mono() + SHUT_OUT_MS;
	if (e && !p->failing)
		log_failure(sc, "reading a mailbox");
	else if (!e && p->failing)
		log_info(sc, "a mailbox can be read again");
	p->failing = e != ERR_NONE;
	scope_clear(sc);
}

/* ---- reading ---- */

static enum err read_batch(
	struct scope *sc, struct inbox *x, struct imap *imap, struct place *p, bool *more)
{
	const struct inbound_mark mark = { p->address, p->folder, p->validity, p->uid };
	struct inbound_batch b = { 0 };
	enum err e = mailboxes_look(sc, imap, &mark, &b);

	*more = false;
	/* Not every mailbox has every folder. */
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e || (b.uid == p->uid && b.validity == p->validity))
		return e;
	if (!inbox_hand_over(x, &b))
		return ERR_NONE;
	p->uid = b.uid;
	p->validity = b.validity;
	*more = b.count == MAILBOXES_BATCH;
	return ERR_NONE;
}

/* Batch after batch until nothing is left, each in memory of its own. */
static enum err read_folder(
	struct scope *parent, struct inbox *x, struct imap *imap, struct place *p)
{
	bool more = true;
	enum err e = ERR_NONE;

	while (!e && more && !x->stop) {
		struct scope sc;

		scope_open(&sc, parent->world, "inbox");
		e = read_batch(&sc, x, imap, p, &more);
		if (e)
			(void)fail(parent, e, "%s", sc.why);
		scope_close(&sc);
	}
	return e;
}

/* The first folder comes last: it is the one that is looked into from then on. */
static enum err read_folders(
	struct scope *sc, struct inbox *x, const char *address, struct imap *imap)
{
	char *list = arena_text(sc->mem, x->agent->config->inbox_folders), *rest = NULL;
	const char *first = strtok_r(list, " ", &rest), *f;
	enum err e = ERR_NONE;

	while (!e && !x->stop && (f = strtok_r(NULL, " ", &rest)))
		e = read_folder(sc, x, imap, place_of(x, address, f));
	return e || !first || x->stop ? e : read_folder(sc, x, imap, place_of(x, address, first));
}

/* ---- being told ---- */

static struct place *first_place(struct scope *sc, struct inbox *x, const char *address)
{
	const char *list =
		x->agent->config->inbox_folders + strspn(x->agent->config->inbox_folders, " ");

	return place_of(x, address, arena_copy(sc->mem, list, strcspn(list, " ")));
}

/* Its first folder was read just now: from here on its server tells. */
static enum err begin_watch(struct scope *sc, struct inbox *x, struct watch *w)
{
	bool news = true;
	enum err e = ERR_NONE;

	while (!e && news && !x->stop) {
		e = imap_idle(sc, w->imap);
		if (!e)
			e = imap_idle_look(sc, w->imap, &news);
		if (e || !news)
			break;
		e = imap_idle_end(sc, w->imap);
		if (!e)
			e = read_folder(sc, x, w->imap, first_place(sc, x, w->address));
	}
	w->since = clock_mono();
	return e;
}

static void drop_watch(struct inbox *x, struct watch *w)
{
	imap_close(w->imap);
	free(w->address);
	*w = x->watches[--x->watch_count];
}

static struct watch *watch_of(struct inbox *x, const char *address)
{
	for (size_t i = 0; i < x->watch_count; i++)
		if (str_eq(x->watches[i].address, address))
			return &x->watches[i];
	return NULL;
}

/* Keeps IMAP, whose folders were read, or closes it. */
static enum err keep(struct scope *sc, struct inbox *x, const char *address, struct imap *imap)
{
	struct watch *w = &x->watches[x->watch_count];
	bool can = false;
	enum err e = ERR_NONE;

	if (x->watch_count < (size_t)x->agent->config->inbox_idle && !x->stop)
		e = imap_can_idle(sc, imap, &can);
	if (e || !can) {
		imap_close(imap);
		return e;
	}
	*w = (struct watch){ .address = strdup(address), .imap = imap, .wanted = true };
	if (!w->address)
		abort();
	x->watch_count++;
	e = begin_watch(sc, x, w);
	if (e)
		drop_watch(x, w);
	return e;
}

/* What the server of W has said: mail that came is read at once. A connection that broke is made
   anew with the next round, and every so often one is used, lest it be taken for dead. */
static void attend(struct inbox *x, struct watch *w, bool ask)
{
	bool news = false;
	struct scope sc;
	enum err e;

	scope_open(&sc, &x->agent->world, "inbox");
	e = imap_idle_look(&sc, w->imap, &news);
	if (!e && (news || ask)) {
		e = imap_idle_end(&sc, w->imap);
		if (!e)
			e = read_folder(&sc, x, w->imap, first_place(&sc, x, w->address));
		if (!e)
			e = begin_watch(&sc, x, w);
	}
	if (e) {
		if (!x->stop)
			log_info(&sc, "a server tells of new mail no more: %s", sc.why);
		drop_watch(x, w);
	}
	scope_close(&sc);
}

/* ---- rounds ---- */

static enum err read_anew(struct scope *sc, struct inbox *x, const struct mailbox_key *key)
{
	struct imap *imap = NULL;
	enum err e = mailboxes_open(sc, x->agent->config, key, &imap);

	if (!e)
		e = read_folders(sc, x, key->address, imap);
	if (!e)
		return keep(sc, x, key->address, imap);
	imap_close(imap);
	return e;
}

static enum err read_watched(struct scope *sc, struct inbox *x, struct watch *w)
{
	enum err e = imap_idle_end(sc, w->imap);

	w->wanted = true;
	if (!e)
		e = read_folders(sc, x, w->address, w->imap);
	if (!e)
		e = begin_watch(sc, x, w);
	if (e)
		drop_watch(x, w);
	return e;
}

static void read_mailbox(struct scope *parent, struct inbox *x, const struct mailbox_key *key)
{
	struct watch *w = watch_of(x, key->address);
	struct scope sc;
	enum err e = ERR_UPSTREAM;

	if (place_of(x, key->address, "")->not_before > clock_mono())
		return;
	scope_open(&sc, parent->world, "inbox");
	if (w)
		e = read_watched(&sc, x, w);
	/* A connection that broke meanwhile is no news; a server that is away is. */
	if (e && !x->stop) {
		scope_clear(&sc);
		e = read_anew(&sc, x, key);
	}
	if (!x->stop)
		say(&sc, place_of(x, key->address, ""), e);
	scope_close(&sc);
}

static void read_round(struct scope *sc, struct inbox *x)
{
	struct mailbox_key *list;
	size_t n;

	if (mailboxes_list(sc, x->agent->config, &list, &n)) {
		say(sc, place_of(x, "", ""), sc->err);
		return;
	}
	for (size_t i = 0; i < x->watch_count; i++)
		x->watches[i].wanted = false;
	for (size_t i = 0; i < n && !x->stop; i++)
		read_mailbox(sc, x, &list[i]);
	for (size_t i = x->watch_count; i-- > 0 && !x->stop;)
		if (!x->watches[i].wanted)
			drop_watch(x, &x->watches[i]);
}

/* Until somebody says something, at most until UNTIL (monotonic ms). */
static void listen_until(struct inbox *x, int64_t until)
{
	struct pollfd list[64 + 1] = { { .fd = x->wake, .events = POLLIN } };
	size_t n = x->watch_count;
	int64_t left;

	for (size_t i = 0; i < n; i++) {
		list[i + 1] =
			(struct pollfd){ .fd = imap_socket(x->watches[i].imap), .events = POLLIN };
		if (x->watches[i].since + IDLE_MS < until)
			until = x->watches[i].since + IDLE_MS;
	}
	left = until - clock_mono();
	if (left > 0)
		(void)poll(list, (nfds_t)n + 1, (int)left);
	/* From the last, since dropping one moves the last into its place. */
	for (size_t i = n; i-- > 0 && !x->stop;) {
		bool ask = x->watches[i].since + IDLE_MS <= clock_mono();

		if (list[i + 1].revents || ask)
			attend(x, &x->watches[i], ask);
	}
}

/* False when it is time to end. */
static bool wait_round(struct inbox *x)
{
	int64_t until = clock_mono() + x->agent->config->inbox_s * SECOND_MS;

	while (!x->stop && clock_mono() < until)
		listen_until(x, until);
	return !x->stop;
}

void *inbox_thread(void *arg)
{
	struct inbox *x = arg;

	do {
		struct scope sc;

		scope_open(&sc, &x->agent->world, "inbox");
		read_round(&sc, x);
		scope_close(&sc);
	} while (wait_round(x));
	while (x->watch_count)
		drop_watch(x, &x->watches[0]);
	return NULL;
}
