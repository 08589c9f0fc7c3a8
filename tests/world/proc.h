/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Child processes that never outlive the test: each leads a process group of its own, and a
 * janitor process, told of every one, kills what is left and removes the folder once this process
 * is gone, however it went.
 */
#ifndef WORLD_PROC_H
#define WORLD_PROC_H

#include <sys/types.h>

#include "base/scope.h"
#include "base/str.h"

/* Limits of time in tests are limits of patience, meant for a machine that has nothing else to do:
   waiting lasts this many times longer, under sanitizers and beside other tests too. */
#define PATIENCE 6

struct janitor;

/* FOLDER is removed at the end unless KEEP. */
enum err janitor_start(struct scope *sc, const char *folder, bool keep, struct janitor **out) MUST;
/* Cleans up now and waits for it. Accepts NULL. */
void janitor_stop(struct janitor *j);

struct proc {
	pid_t pid;        /* 0 when it does not run */
	const char *name; /* borrowed */
};

struct proc_spec {
	const char *name;        /* static; in messages */
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in the path */
	const char *log;         /* file its output is appended to; NULL drops it */
	const char *user;        /* run as, where this process is root; NULL keeps */
	int in;                  /* becomes its standard input where > 0 */
	int out;                 /* its standard output where > 0, instead of the log */
};

enum err proc_start(
	struct scope *sc, struct janitor *j, const struct proc_spec *s, struct proc *p) MUST;
bool proc_is_alive(struct proc *p);
/* SIGTERM, then SIGKILL after TIMEOUT_MS and our patience; the exit status, or -1 for one that was
 * killed. */
int proc_stop(struct janitor *j, struct proc *p, int timeout_ms);
/* SIGKILL to the whole group. */
void proc_kill(struct janitor *j, struct proc *p);

/* Runs to its end. ERR_UPSTREAM with the last of its error output unless it exits 0 within
   TIMEOUT_MS and our patience. *OUTPUT is standard output, arena; may be NULL. */
enum err proc_run(
	struct scope *sc, const struct proc_spec *s, int timeout_ms, const char **output) MUST;

/* A free TCP port of 127.0.0.1, this process's until it ends: no other lab is given it and no
   connection of anybody's begins on it. */
enum err port_free(struct scope *sc, int *port) MUST;
/* Somebody listens there. */
bool port_answers(int port);
bool address_answers(const char *ipv4, int port);

void sleep_ms(int64_t ms);
enum err lab_write(struct scope *sc, const char *path, const char *text) MUST;
/* The whole file, arena, at most 64 MiB. */
enum err lab_read(struct scope *sc, const char *path, struct bytes *data) MUST;

#endif
