/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Each mail of the ledger against what the sink wrote down. */
#include "drill.h"

#include <stdlib.h>

struct arrival {
	const char *id; /* "msg_…": what stands before @ in the Message-ID */
	const char *queue_id;
};

static int by_id(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : strcmp(x->queue_id, y->queue_id);
}

/* "<msg_…@drill.test>" */
static const char *id_of(struct scope *sc, const char *message_id)
{
	const char *from = message_id + (*message_id == '<');

	return arena_copy(sc->mem, from, strcspn(from, "@>"));
}

static enum err list_arrivals(struct scope *sc, struct drill *d, struct arrival **list, size_t *n)
{
	struct got *rows;
	size_t count;
	enum err e = got_list(sc, d->lab, &rows, &count);

	if (e)
		return e;
	*list = arena_array(sc->mem, count + 1, sizeof **list);
	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (str_eq(rows[i].what, "accepted"))
			(*list)[(*n)++] =
				(struct arrival){ id_of(sc, rows[i].message_id), rows[i].queue_id };
	qsort(*list, *n, sizeof **list, by_id);
	return ERR_NONE;
}

static void count_repeats(const struct arrival *list, size_t n, struct drill_verdict *v)
{
	for (size_t i = 1; i < n; i++) {
		if (!str_eq(list[i].id, list[i - 1].id))
			continue;
		if (str_eq(list[i].queue_id, list[i - 1].queue_id))
			v->redelivered++;
		else
			v->duplicated++;
	}
}

static bool has_arrived(const struct arrival *list, size_t n, const char *id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(list[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && str_eq(list[low].id, id);
}

static void judge_mail(const char *state, bool arrived, struct drill_verdict *v)
{
	v->messages++;
	if (str_eq(state, "delivered")) {
		v->delivered++;
		v->lost += !arrived;
	} else if (str_eq(state, "bounced")) {
		v->bounced++;
		v->stray += arrived;
	} else if (str_eq(state, "unknown")) {
		v->unknown++;
	} else if (str_eq(state, "skipped") || str_eq(state, "failed") ||
		   str_eq(state, "expired")) {
		v->stray += arrived;
	} else {
		v->lost++; /* no terminal state at the end */
	}
}

enum err drill_judge(struct scope *sc, struct drill *d, struct drill_verdict *v)
{
	const char *after = "";
	struct arrival *list;
	size_t n;
	enum err e = list_arrivals(sc, d, &list, &n);

	*v = (struct drill_verdict){ 0 };
	if (e)
		return e;
	count_repeats(list, n, v);
	while (after) {
		const struct json *page = NULL;

		e = client_do(sc, &d->company.api, "GET",
			arena_printf(sc->mem, "/api/v1/campaigns/%s/messages?limit=200%s%s",
				d->campaign, *after ? "&after=" : "", after),
			NULL, &page);
		if (e)
			return e;
		JSON_EACH(m, json_get(page, "list"))
		judge_mail(json_text(m, "state"), has_arrived(list, n, json_text(m, "id")), v);
		after = json_text(page, "after");
	}
	return ERR_NONE;
}
