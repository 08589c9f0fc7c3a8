/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_priv.h"

SQL(graph_nodes, SQL_TENANT,
	"SELECT id, kind, content, wait, rank FROM node WHERE tenant = $1 AND campaign = $2 "
	"AND retired_at IS NULL ORDER BY rank, id");
SQL(graph_edges, SQL_TENANT,
	"SELECT node, target FROM edge WHERE tenant = $1 AND campaign = $2 AND label = 'next'");
SQL(graph_node_add, SQL_TENANT,
	"INSERT INTO node (tenant, campaign, id, kind, content, wait, rank) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7)");
SQL(graph_edge_add, SQL_TENANT,
	"INSERT INTO edge (tenant, campaign, node, label, rank, target) "
	"VALUES ($1, $2, $3, 'next', 0, $4)");
SQL(graph_nodes_clear, SQL_TENANT, "DELETE FROM node WHERE tenant = $1 AND campaign = $2");
SQL(graph_edges_clear, SQL_TENANT, "DELETE FROM edge WHERE tenant = $1 AND campaign = $2");

SHAPE(node_shape, struct node, COL(struct node, id), COL(struct node, kind),
	COL(struct node, content), COL(struct node, wait), COL(struct node, rank));

struct edge {
	int64_t node, target;
};
SHAPE(edge_shape, struct edge, COL(struct edge, node), COL(struct edge, target));

static const char *const kind_names[] = {
	[NODE_START] = "start",
	[NODE_STEP] = "step",
	[NODE_WAIT] = "wait",
	[NODE_END] = "end",
};

static enum node_kind kind_of(const char *name)
{
	for (size_t i = 0; i < COUNT(kind_names); i++)
		if (str_eq(kind_names[i], name))
			return (enum node_kind)i;
	return NODE_END;
}

const struct node *graph_find(const struct graph *g, int64_t node)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->nodes[i].id == node)
			return &g->nodes[i];
	return NULL;
}

enum err graph_load(struct scope *sc, int64_t campaign, struct graph *g)
{
	struct graph found = { 0 };
	struct node *nodes;
	struct edge *edges;
	size_t count;
	enum err e =
		db_list(sc, &graph_nodes, BIND(V(campaign)), &node_shape, &nodes, &found.count);

	if (!e)
		e = db_list(sc, &graph_edges, BIND(V(campaign)), &edge_shape, &edges, &count);
	if (e)
		return e;
	found.nodes = nodes;
	for (size_t i = 0; i < found.count; i++) {
		nodes[i].is = kind_of(nodes[i].kind);
		for (size_t k = 0; k < count; k++)
			if (edges[k].node == nodes[i].id)
				nodes[i].next = graph_find(&found, edges[k].target);
	}
	for (size_t i = 0; i < found.count && !found.first; i++)
		if (nodes[i].is == NODE_START)
			found.first = nodes[i].next;
	if (found.first && found.first->is == NODE_END)
		found.first = NULL;
	*g = found;
	return ERR_NONE;
}

int64_t graph_steps_from(const struct graph *g, const struct node *node)
{
	int64_t n = 0;

	/* The way never comes back; the count only guards against rows that say otherwise. */
	for (size_t i = 0; node && i <= g->count; i++, node = node->next)
		n += node->is == NODE_STEP;
	return n;
}

/* ---- saving ---- */

struct drawing {
	int64_t campaign, last, rank; /* the node the next one hangs on */
};

static enum err draw(
	struct scope *sc, struct drawing *d, enum node_kind kind, int64_t content, int64_t wait)
{
	int64_t id = new_id(sc);
	enum err e = db_run(sc, &graph_node_add,
		BIND(V(d->campaign), V(id), V(kind_names[kind]), V_REF(content), V_REF(wait),
			V(d->rank)),
		NULL);

	if (!e && d->last)
		e = db_run(sc, &graph_edge_add, BIND(V(d->campaign), V(d->last), V(id)), NULL);
	d->last = id;
	d->rank++;
	return e;
}

enum err graph_clear(struct scope *sc, int64_t campaign)
{
	enum err e = db_run(sc, &graph_edges_clear, BIND(V(campaign)), NULL);

	return e ? e : db_run(sc, &graph_nodes_clear, BIND(V(campaign)), NULL);
}

enum err graph_save(struct scope *sc, int64_t campaign, const struct campaign_step *steps, size_t n)
{
	struct drawing d = { .campaign = campaign };
	enum err e = graph_clear(sc, campaign);

	if (!e)
		e = draw(sc, &d, NODE_START, 0, 0);
	for (size_t i = 0; !e && i < n; i++) {
		if (i > 0 && steps[i].wait > 0)
			e = draw(sc, &d, NODE_WAIT, 0, steps[i].wait);
		if (!e)
			e = draw(sc, &d, NODE_STEP, steps[i].content, 0);
	}
	return e ? e : draw(sc, &d, NODE_END, 0, 0);
}
