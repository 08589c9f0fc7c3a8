/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tests register themselves: TEST(a_sentence_about_behaviour) { … }. The file is the suite. A test
 * gets an open scope `sc` with a world of its own (clock that stands at 2026-01-01T00:00:00Z
 * unless moved, generator of ids, no database).
 *
 * A program of tests runs those whose name contains its argument, in JOBS processes at once
 * (crew.h); with JOBS=0 in its own, for a debugger.
 */
#ifndef TESTS_KIT_H
#define TESTS_KIT_H

#include <CUnit/CUnit.h>

#include "base/scope.h"
#include "base/str.h"

struct kit {
	struct world world;
	struct clock clock;
	int64_t real_ms; /* what the clock reads; tests move it */
};

enum test_when {
	TEST_ANY,  /* beside others, in any order */
	TEST_SOLO, /* while no other test of the program runs */
	TEST_LAST, /* at the end of every process, whatever it was that it ran; counts once */
};

struct test {
	const char *file; /* static */
	int line;
	const char *name; /* static */
	enum test_when when;
	void (*run)(struct scope *sc, struct kit *kit);
};

#define TEST(name_) TEST_WHEN(name_, TEST_ANY)
#define TEST_WHEN(name_, when_)                                                                    \
	static void name_(struct scope *sc, struct kit *kit);                                      \
	static const struct test name_##_test = { __FILE__, __LINE__, #name_, when_, name_ };      \
	static const struct test *const name_##_listed                                             \
		__attribute__((used, section("test_list"))) = &name_##_test;                       \
	static void name_(                                                                         \
		__attribute__((unused)) struct scope *sc, __attribute__((unused)) struct kit *kit)

/* Goes on after a failure. */
#define CHECK(condition) CU_ASSERT(condition)
/* Ends the test. */
#define NEED(condition) CU_ASSERT_FATAL(condition)
/* Both shown on failure. */
#define CHECK_TEXT(actual, expected) kit_check_text(__FILE__, __LINE__, #actual, actual, expected)
#define CHECK_INT(actual, expected)  kit_check_int(__FILE__, __LINE__, #actual, actual, expected)
/* The call succeeded; its reason is shown where it did not, and the test ends. */
#define OK(call) kit_ok(__FILE__, __LINE__, #call, sc, call)

void kit_check_text(
	const char *file, int line, const char *what, const char *actual, const char *expected);
void kit_check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void kit_ok(const char *file, int line, const char *what, struct scope *sc, enum err e);
/* A fresh folder that goes when the test ends; arena text. */
const char *kit_folder(struct scope *sc);

/* How many processes a program wants that is not told; one, where it does not say. */
extern const int kit_jobs;

#endif
