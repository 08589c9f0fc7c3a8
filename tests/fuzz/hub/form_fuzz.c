/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever comes as a form, as parts or as JSON: a value that is let through is within its limits,
   and every refusal names its field. The first byte chooses the type of the body. */
#include "web/form.h"

#include <assert.h>
#include <string.h>

struct fuzz_in {
	const char *text, *lines, *secret, *email, *word;
	int64_t n, id;
	bool yes;
	struct ids ids;
	struct upload file;
	const struct json *any;
};
FORM(fuzz_form, struct fuzz_in, 0, FIELD(struct fuzz_in, text, FIELD_TEXT, 2, 9, true, NULL, "T"),
	FIELD(struct fuzz_in, lines, FIELD_LINES, 0, 20, false, NULL, "L"),
	FIELD(struct fuzz_in, secret, FIELD_SECRET, 0, 20, false, NULL, "S"),
	FIELD(struct fuzz_in, email, FIELD_EMAIL, 3, 254, false, NULL, "E"),
	FIELD(struct fuzz_in, word, FIELD_CHOICE, 0, 0, false, "red green", "W"),
	FIELD(struct fuzz_in, n, FIELD_INT, -5, 5, false, NULL, "N"),
	FIELD(struct fuzz_in, id, FIELD_ID, 0, 0, false, "cmp", "I"),
	FIELD(struct fuzz_in, yes, FIELD_BOOL, 0, 1, false, NULL, "Y"),
	FIELD(struct fuzz_in, ids, FIELD_IDS, 0, 3, false, "cmp", "D"),
	FIELD(struct fuzz_in, file, FIELD_FILE, 0, 50, false, NULL, "F"),
	FIELD(struct fuzz_in, any, FIELD_JSON, 0, 0, false, NULL, "A"));

static const char *const types[] = { NULL, "application/json", "multipart/form-data; boundary=x" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	struct input in = { 0 };
	struct fuzz_in out = { 0 };
	struct scope sc;
	enum err e;

	if (size == 0)
		return 0;
	scope_open(&sc, &world, "fuzz");
	e = form_read(&sc, types[data[0] % 3], bytes_of(data + 1, size - 1), 1 << 16, &in);
	if (!e)
		e = form_decode(&sc, &fuzz_form, &in, &out);
	if (!e) {
		assert(out.text && strlen(out.text) >= 2 && strlen(out.text) <= 9);
		assert(!strchr(out.text, '\n') && str_is_utf8(out.text, strlen(out.text)));
		assert(!out.lines || strlen(out.lines) <= 20);
		assert(out.n >= -5 && out.n <= 5 && out.ids.count <= 3 && out.file.data.len <= 50);
	} else if (in.error_count) {
		assert(sc.field && sc.err == ERR_INPUT);
	}
	scope_close(&sc);
	return 0;
}
