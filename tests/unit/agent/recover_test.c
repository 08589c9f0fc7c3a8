/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "outbox.h"
#include "outcome.h"
#include "queue.h"
#include "recover.h"

#define ID INT64_C(4711)

TEST(the_table_of_recovery_decisions_holds)
{
	static const struct {
		struct recover_case c;
		enum recover_verdict verdict;
	} rows[] = {
		/* A committed file is proof at once, whatever else. */
		{ { RECOVER_COMMITTED, false, true, false, 0, 5 }, RECOVER_QUEUED },
		{ { RECOVER_COMMITTED, true, false, true, 9, 5 }, RECOVER_QUEUED },
		/* No proof, and the log without a hole: again. */
		{ { RECOVER_ABSENT, true, false, true, 5, 5 }, RECOVER_AGAIN },
		{ { RECOVER_ABSENT, true, false, false, 5, 5 }, RECOVER_AGAIN },
		/* Too early to say. */
		{ { RECOVER_ABSENT, true, false, true, 4, 5 }, RECOVER_WAIT },
		{ { RECOVER_ABSENT, false, false, true, 9, 5 }, RECOVER_WAIT },
		{ { RECOVER_UNFINISHED, true, false, true, 9, 5 }, RECOVER_WAIT },
		{ { RECOVER_UNFINISHED, true, true, true, 9, 5 }, RECOVER_WAIT },
		/* The log broke: never again. */
		{ { RECOVER_ABSENT, true, true, true, 9, 5 }, RECOVER_UNKNOWN },
		{ { RECOVER_UNREADABLE, true, true, true, 9, 5 }, RECOVER_UNKNOWN },
		/* Blind, only a running qmgr has said what it found. */
		{ { RECOVER_UNREADABLE, true, false, false, 9, 5 }, RECOVER_WAIT },
		{ { RECOVER_UNREADABLE, true, false, true, 9, 5 }, RECOVER_AGAIN },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_INT(recover_decide(&rows[i].c), rows[i].verdict);
}

static void put_file(struct scope *sc, const char *folder, const char *below, const char *name,
	const char *sender, mode_t mode)
{
	char *path = arena_printf(sc->mem, "%s/%s/%s", folder, below, name);
	FILE *f = fopen(path, "w");

	NEED(f != NULL);
	if (sender) {
		fputs("C\x0f"
		      "    123     456",
			f);
		fprintf(f, "T\x03%s", "abc");
		fprintf(f, "S%c%s", (int)strlen(sender), sender);
	}
	fclose(f);
	CHECK_INT(chmod(path, mode), 0);
}

static void make_queue(struct scope *sc, const char *folder)
{
	static const char *const names[] = { "incoming", "active", "deferred", "deferred/4" };

	for (size_t i = 0; i < COUNT(names); i++)
		CHECK_INT(mkdir(arena_printf(sc->mem, "%s/%s", folder, names[i]), 0700), 0);
}

static int64_t files_time(struct scope *sc, const char *folder)
{
	struct stat st;

	CHECK_INT(stat(arena_printf(sc->mem, "%s/incoming/4b3", folder), &st), 0);
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

TEST(an_unfinished_file_without_a_writer_is_told_from_one_that_is_being_written)
{
	const char *folder = kit_folder(sc);
	struct queue_file *files;
	size_t n;
	int writer;

	make_queue(sc, folder);
	put_file(sc, folder, "incoming", "4b1", "a@x", 0600);
	put_file(sc, folder, "incoming", "4b2", "b@x", 0700);
	put_file(sc, folder, "incoming", "4b3", "c@x", 0600);
	writer = open(arena_printf(sc->mem, "%s/incoming/4b3", folder), O_RDWR | O_CLOEXEC);
	NEED(writer >= 0 && flock(writer, LOCK_EX | LOCK_NB) == 0);
	/* The files' times are the machine's own. */
	kit->real_ms = files_time(sc, folder);
	OK(queue_list(sc, folder, true, &files, &n));
	NEED(n == 3);
	CHECK(!files[0].abandoned);
	kit->real_ms += 3 * SECOND_MS;
	OK(queue_list(sc, folder, true, &files, &n));
	CHECK(files[0].abandoned);
	CHECK(!files[1].abandoned);
	CHECK(!files[2].abandoned);
	close(writer);
}

TEST(the_queue_tells_committed_mails_from_unfinished_ones)
{
	const char *folder = kit_folder(sc);
	struct queue_file *files;
	size_t n;

	CHECK_INT(queue_list(sc, folder, true, &files, &n), ERR_AWAY);
	make_queue(sc, folder);
	put_file(sc, folder, "incoming", "4b2", "b@x", 0600);
	put_file(sc, folder, "deferred/4", "4b1", "a@x", 0700);
	put_file(sc, folder, "active", "4b3", NULL, 0600);
	OK(queue_list(sc, folder, true, &files, &n));
	CHECK_INT(n, 3);
	CHECK_TEXT(files[0].id, "4b1");
	CHECK_TEXT(files[0].sender, "a@x");
	CHECK(files[0].committed);
	CHECK_TEXT(files[1].sender, "b@x");
	CHECK(!files[1].committed);
	CHECK_TEXT(files[2].sender, "");
	CHECK(queue_has(files, n, "4b2"));
	CHECK(!queue_has(files, n, "4b4"));
	CHECK(!queue_has(files, 0, "4b4"));
}

static enum err hand_over(struct scope *sc, void *arg)
{
	bool moved;
	enum err e = spool_intend(sc, ID, &moved);

	return e ? e : spool_unanswered(sc, ID, true);
}

static enum err settle(struct scope *sc, void *arg)
{
	return recover_settle(sc, arg, true);
}

static enum err break_log(struct scope *sc, void *arg)
{
	return spool_blind(sc);
}

/* A mail whose hand-over was cut off, six seconds ago. */
static void cut_off(struct scope *sc, struct kit *kit, struct agent_kit *ak)
{
	struct wire_item put;

	agent_kit_open(sc, kit, ak);
	make_queue(sc, ak->config.queue_dir);
	put = agent_kit_put(ak, ID);
	agent_kit_take(ak, &put);
	agent_kit_write(ak, hand_over, NULL);
}

static void look_and_settle(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct recover_look *look;

	OK(recover_look(sc, &look));
	agent_kit_write(ak, settle, look);
}

TEST(a_mail_without_a_trace_is_sent_again)
{
	struct agent_kit ak;

	cut_off(sc, kit, &ak);
	look_and_settle(&ak);
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_INTENT);
	kit->real_ms += 6000;
	look_and_settle(&ak);
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_WAITING);
	agent_kit_close(&ak);
}

TEST(a_mail_in_the_queue_is_not_sent_again)
{
	struct agent_kit ak;
	struct wire_fact fact;

	cut_off(sc, kit, &ak);
	put_file(sc, ak.config.queue_dir, "incoming", "4bABC", spool_sender(sc, ID, KIT_ADDRESS),
		0700);
	kit->real_ms += 6000;
	look_and_settle(&ak);
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_QUEUED);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_QUEUED);
	CHECK_TEXT(fact.queue_id, "4bABC");
	agent_kit_close(&ak);
}

TEST(a_mail_handed_over_when_the_log_broke_is_unknown)
{
	struct agent_kit ak;

	cut_off(sc, kit, &ak);
	agent_kit_write(&ak, break_log, NULL);
	kit->real_ms += 6000;
	look_and_settle(&ak);
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_UNKNOWN);
	agent_kit_close(&ak);
}

TEST(the_log_s_word_between_look_and_decision_counts)
{
	struct agent_kit ak;
	struct recover_look *look;

	cut_off(sc, kit, &ak);
	kit->real_ms += 6000;
	OK(recover_look(&ak.scope, &look));
	OK(outbox_write(&ak.scope, (db_write_fn *)settle, NULL));
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_INTENT);
	agent_kit_close(&ak);
}

static enum err queued(struct scope *sc, void *arg)
{
	return outcome_found(sc, ID, "4bXY");
}

static enum err settle_lost(struct scope *sc, void *arg)
{
	return recover_settle_lost(sc, arg, true);
}

TEST(a_mail_that_vanished_from_the_queue_becomes_unknown_at_the_second_look)
{
	struct agent_kit ak;
	struct recover_lost *lost;

	cut_off(sc, kit, &ak);
	agent_kit_write(&ak, queued, NULL);
	OK(recover_look_lost(&ak.scope, &lost));
	CHECK(lost == NULL);
	kit->real_ms += 31 * SECOND_MS;
	for (int look = 0; look < 2; look++) {
		CHECK_INT(agent_kit_state(&ak, ID), ITEM_QUEUED);
		OK(recover_look_lost(&ak.scope, &lost));
		NEED(lost != NULL);
		agent_kit_write(&ak, settle_lost, lost);
	}
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_UNKNOWN);
	agent_kit_close(&ak);
}
