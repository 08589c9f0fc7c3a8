/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* penguin-box mail: one mail on standard input, what it says on standard output. See box.h. */
#include <errno.h>
#include <unistd.h>

#include "box/box.h"
#include "box/child/cage.h"
#include "box/child/parse.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_NOT_UNDERSTOOD, EXIT_NO_MAIL = BOX_NO_MAIL };

static bool read_all(struct arena *mem, struct bytes *mail)
{
	char *data = arena_alloc(mem, BOX_MAX_MAIL);
	size_t len = 0;

	while (len < BOX_MAX_MAIL) {
		ssize_t n = read(STDIN_FILENO, data + len, BOX_MAX_MAIL - len);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return false;
		len += n > 0 ? (size_t)n : 0;
	}
	*mail = bytes_of(data, len);
	return true;
}

static bool write_all(struct bytes answer)
{
	const char *data = answer.data;

	for (size_t at = 0; at < answer.len;) {
		ssize_t n = write(STDOUT_FILENO, data + at, answer.len - at);

		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

int main(int argc, char **argv)
{
	const struct world world = { 0 };
	struct box_mail m;
	struct bytes mail;
	struct scope sc;
	int status = EXIT_FAILED;

	if (argc != 2 || !str_eq(argv[1], "mail"))
		return EXIT_NOT_UNDERSTOOD;
	if (!cage_limit())
		return EXIT_FAILED;
	parse_prepare();
	if (!cage_lock())
		return EXIT_FAILED;
	scope_open(&sc, &world, "box");
	if (read_all(sc.mem, &mail))
		status = parse_mail(&sc, mail, &m)          ? EXIT_NO_MAIL
			 : write_all(box_mail_put(&sc, &m)) ? EXIT_DONE
							    : EXIT_FAILED;
	/* Nothing of GMime's is worth tidying up: the process is at its end. */
	_exit(status);
}
