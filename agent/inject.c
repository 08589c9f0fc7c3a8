/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "inject.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/out.h"
#include "mailu/reply.h"

/* Jobs per worker beyond the one in its hands: they go on while the loop commits results. */
#define AHEAD     3
#define TIMEOUT_S 120

struct list {
	struct injection *first, **last;
};

struct injector {
	const struct world *world; /* borrowed */
	struct smtp_config plain;  /* host owned */
	struct smtp_config mailu;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct list jobs, results; /* owned; under lock */
	bool stop;                 /* under lock */
	size_t busy;               /* the owner's count */
	int fd;                    /* eventfd */
	size_t threads;
	pthread_t *thread; /* owned */
};

static char *copy(const char *text)
{
	char *c = strdup(text);

	if (!c)
		abort();
	return c;
}

struct injection *injection_new(
	int64_t id, int64_t not_after, const char *sender, const char *recipient, const char *mail)
{
	struct injection *i = calloc(1, sizeof *i);

	if (!i)
		abort();
	i->id = id;
	i->not_after = not_after;
	i->sender = copy(sender);
	i->recipient = copy(recipient);
	i->mail = copy(mail);
	return i;
}

void injection_sign_on(struct injection *i, const char *user, const char *password)
{
	i->signs_on = true;
	i->user = user ? copy(user) : NULL;
	i->password = password ? copy(password) : NULL;
}

static void drop_texts(struct injection *i)
{
	free(TAKE(i->user));
	free(TAKE(i->password));
	free(TAKE(i->sender));
	free(TAKE(i->recipient));
	free(TAKE(i->mail));
}

void injection_free(struct injection *i)
{
	if (!i)
		return;
	drop_texts(i);
	free(i);
}

static void push(struct list *l, struct injection *i)
{
	i->next = NULL;
	if (!l->first)
		l->last = &l->first;
	*l->last = i;
	l->last = &i->next;
}

static struct injection *pop(struct list *l)
{
	struct injection *i = l->first;

	if (i)
		l->first = i->next;
	return i;
}

/* ---- the workers ---- */

/* Lines end in CRLF on the wire; a bare CR would be taken for a line end by some. */
static struct bytes to_wire(struct arena *mem, const char *mail)
{
	struct out o;

	out_init(&o, mem);
	while (*mail) {
		size_t n = strcspn(mail, "\r\n");

		out_bytes(&o, mail, n);
		mail += n;
		if (*mail == '\n')
			out_text(&o, "\r\n");
		if (*mail)
			mail++;
	}
	if (!str_ends(o.data, "\r\n"))
		out_text(&o, "\r\n");
	return bytes_of(o.data, o.len);
}

static void keep(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* The connections of one worker, opened when they are first needed. */
struct hands {
	struct smtp *plain, *mailu; /* owned */
};

static enum err door_of(struct scope *sc, const struct injector *j, struct hands *h,
	const struct injection *i, struct smtp **out)
{
	struct smtp **smtp = i->signs_on ? &h->mailu : &h->plain;
	enum err e = ERR_NONE;

	if (i->signs_on && !i->user)
		return fail(sc, ERR_AWAY, "%s has no application password yet", i->sender);
	if (!*smtp)
		e = smtp_open(sc, i->signs_on ? &j->mailu : &j->plain, smtp);
	if (e)
		return e;
	if (i->signs_on)
		smtp_login(*smtp, i->user, i->password);
	*out = *smtp;
	return ERR_NONE;
}

static void inject(
	struct scope *sc, const struct injector *j, struct hands *hands, struct injection *i)
{
	struct smtp_result r = { .outcome = SMTP_DEFERRED };
	struct smtp *smtp = NULL;
	enum err e;

	i->late = now_real(sc).ms >= i->not_after;
	if (i->late)
		return;
	e = door_of(sc, j, hands, i, &smtp);
	if (!e)
		e = smtp_send(sc, smtp, i->sender, i->recipient, to_wire(sc->mem, i->mail), &r);
	if (e) {
		/* Refused here before anything was said. */
		r = (struct smtp_result){ .outcome = e == ERR_INPUT ? SMTP_REFUSED : SMTP_DEFERRED,
			.text = sc->why };
	}
	i->outcome = r.outcome;
	if (i->signs_on && r.outcome == SMTP_REFUSED && reply_blames_us(r.code, r.text))
		i->outcome = SMTP_DEFERRED;
	i->code = r.code;
	keep(i->status, sizeof i->status, r.status);
	keep(i->text, sizeof i->text, r.text);
	keep(i->queue_id, sizeof i->queue_id, r.queue_id);
}

static struct injection *next_job(struct injector *j)
{
	struct injection *i = NULL;

	pthread_mutex_lock(&j->lock);
	while (!j->stop && !j->jobs.first)
		pthread_cond_wait(&j->work, &j->lock);
	if (!j->stop)
		i = pop(&j->jobs);
	pthread_mutex_unlock(&j->lock);
	return i;
}

static void give_back(struct injector *j, struct injection *i)
{
	uint64_t one = 1;

	drop_texts(i);
	pthread_mutex_lock(&j->lock);
	push(&j->results, i);
	pthread_mutex_unlock(&j->lock);
	while (write(j->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

static void *work(void *arg)
{
	struct injector *j = arg;
	struct injection *i;
	struct hands hands = { 0 };
	struct scope sc;

	scope_open(&sc, j->world, "inject");
	while ((i = next_job(j))) {
		inject(&sc, j, &hands, i);
		scope_clear(&sc);
		arena_reset(sc.mem);
		give_back(j, i);
	}
	smtp_close(hands.plain);
	smtp_close(hands.mailu);
	scope_close(&sc);
	return NULL;
}

/* ---- the owner ---- */

enum err injector_start(struct scope *sc, const struct injector_config *c, struct injector **out)
{
	struct injector *j = calloc(1, sizeof *j);

	if (!j)
		abort();
	j->world = sc->world;
	j->plain = (struct smtp_config){
		.host = copy(c->host), .port = c->port, .timeout_s = TIMEOUT_S
	};
	j->mailu = (struct smtp_config){ .host = "127.0.0.1",
		.port = c->mailu_port,
		.tls = true,
		.unverified = true,
		.timeout_s = TIMEOUT_S };
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->work, NULL);
	j->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	j->thread = calloc((size_t)c->threads, sizeof *j->thread);
	if (!j->thread)
		abort();
	while (j->fd >= 0 && j->threads < (size_t)c->threads &&
		pthread_create(&j->thread[j->threads], NULL, work, j) == 0)
		j->threads++;
	if (j->threads < (size_t)c->threads) {
		injector_stop(j);
		return fail(sc, ERR_AWAY, "the injector's threads cannot start");
	}
	*out = j;
	return ERR_NONE;
}

static void drop_list(struct list *l)
{
	struct injection *i;

	while ((i = pop(l)))
		injection_free(i);
}

void injector_stop(struct injector *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_broadcast(&j->work);
	pthread_mutex_unlock(&j->lock);
	for (size_t i = 0; i < j->threads; i++)
		pthread_join(j->thread[i], NULL);
	drop_list(&j->jobs);
	drop_list(&j->results);
	if (j->fd >= 0)
		close(j->fd);
	pthread_cond_destroy(&j->work);
	pthread_mutex_destroy(&j->lock);
	free((void *)(uintptr_t)j->plain.host);
	free(j->thread);
	free(j);
}

int injector_fd(const struct injector *j)
{
	return j->fd;
}

void injector_submit(struct injector *j, struct injection *i)
{
	j->busy++;
	pthread_mutex_lock(&j->lock);
	push(&j->jobs, i);
	pthread_cond_signal(&j->work);
	pthread_mutex_unlock(&j->lock);
}

struct injection *injector_results(struct injector *j)
{
	struct injection *list;
	uint64_t seen;

	if (read(j->fd, &seen, sizeof seen) < 0)
		assert(errno == EAGAIN || errno == EINTR);
	pthread_mutex_lock(&j->lock);
	list = TAKE(j->results.first);
	pthread_mutex_unlock(&j->lock);
	for (const struct injection *i = list; i; i = i->next)
		j->busy--;
	return list;
}

size_t injector_busy(const struct injector *j)
{
	return j->busy;
}

size_t injector_width(const struct injector *j)
{
	return j->threads * (1 + AHEAD);
}
