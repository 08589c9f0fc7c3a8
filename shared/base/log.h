/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One line per fact, `key=value`, on standard error with the priority prefix that journald reads.
 * Only owners of scopes log: servers, job runner, pumps and main. Libraries return errors.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/scope.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/* FD is borrowed. Lines above LEVEL are dropped. PROGRAM is static. */
struct log *log_new(int fd, const char *program, enum log_level level);
void log_free(struct log *l);

/* A sentence without ids in FMT; the scope's kind, number, tenant and actor come first. Line
   breaks and control bytes are escaped. SC->world->log may be NULL: then nothing happens. */
void log_info(const struct scope *sc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const struct scope *sc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_error(const struct scope *sc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const struct scope *sc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The scope's last error, after WHAT was tried. While a database or a disk is away, the
   same WHAT is said once in five seconds. */
void log_failure(const struct scope *sc, const char *what);

#endif
