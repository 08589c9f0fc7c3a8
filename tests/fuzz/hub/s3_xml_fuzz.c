/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a store answers, what is read of it is short, printable text. */
#include <assert.h>

#include "backup/s3_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "Code", "Message", "UploadId" };
	static const struct world world;
	struct scope sc;

	scope_open(&sc, &world, "fuzz");
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *text = s3_xml_text(&sc, bytes_of(data, size), names[i]);

		if (!text)
			continue;
		assert(strlen(text) <= S3_XML_TEXT_MAX);
		for (; *text; text++)
			assert((unsigned char)*text >= ' ' && *text != 0x7f);
	}
	scope_close(&sc);
	return 0;
}
