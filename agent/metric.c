/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "metric.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent.h"
#include "config.h"
#include "outbox.h"
#include "spool.h"

#define FILE_BYTES 8192

/* A small file of /proc; "" when it is not there. */
static const char *slurp(struct scope *sc, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(sc->mem, FILE_BYTES);

	if (fd >= 0) {
		ssize_t n = read(fd, text, FILE_BYTES - 1);

		text[n > 0 ? n : 0] = 0;
		close(fd);
	}
	return text;
}

/* The number behind NAME, "MemTotal:   16384 kB"; 0 when it is not there. */
static int64_t number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

/* "cpu  user nice system idle iowait …": what is not idle, in thousandths of all. */
static int64_t cpu_permille(struct scope *sc, struct agent *a)
{
	const char *p = slurp(sc, "/proc/stat");
	int64_t ticks[8] = { 0 }, all = 0, idle, permille;

	if (!str_starts(p, "cpu "))
		return 0;
	p += strlen("cpu ");
	for (size_t i = 0; i < COUNT(ticks); i++) {
		char *end;

		ticks[i] = strtoll(p, &end, 10);
		all += ticks[i];
		p = end;
	}
	idle = ticks[3] + ticks[4];
	permille = all > a->cpu_all ? 1000 - 1000 * (idle - a->cpu_idle) / (all - a->cpu_all) : 0;
	a->cpu_all = all;
	a->cpu_idle = idle;
	return permille < 0 ? 0 : permille > 1000 ? 1000 : permille;
}

enum err metric_measure(struct scope *sc, struct wire_metric *m)
{
	struct agent *a = agent_of(sc);
	const char *memory = slurp(sc, "/proc/meminfo");
	struct wire_metric now = { .at = now_real(sc).ms };
	struct statvfs disk;
	enum err e = spool_count(sc, ITEM_QUEUED, &now.queue);

	if (!e)
		e = spool_count(sc, ITEM_WAITING, &now.waiting);
	if (e)
		return e;
	now.outbox = outbox_waiting(a->outbox);
	now.cpu_permille = cpu_permille(sc, a);
	now.memory_total_kib = number_after(memory, "MemTotal:");
	now.memory_kib = now.memory_total_kib - number_after(memory, "MemAvailable:");
	now.load_permille = (int64_t)(strtod(slurp(sc, "/proc/loadavg"), NULL) * 1000);
	now.rss_kib = number_after(slurp(sc, "/proc/self/status"), "RssAnon:");
	if (statvfs(a->config->state_dir, &disk) == 0) {
		now.disk_free_kib = (int64_t)(disk.f_bavail * disk.f_frsize / 1024);
		now.disk_total_kib = (int64_t)(disk.f_blocks * disk.f_frsize / 1024);
	}
	*m = now;
	return ERR_NONE;
}
