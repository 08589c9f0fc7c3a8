/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every decoder of the wire, chosen by the first byte. What one accepts, it also writes and reads
   again. */
#include <assert.h>

#include "wire/mailu.h"
#include "wire/warmup.h"

#define TRY(name, type)                                                                            \
	case __COUNTER__: {                                                                        \
		struct type m = { 0 }, again = { 0 };                                              \
                                                                                                   \
		if (wire_get_##name(&sc, text, &m) == ERR_NONE)                                    \
			assert(wire_get_##name(&sc, wire_put_##name(&sc, &m), &again) ==           \
				ERR_NONE);                                                         \
		break;                                                                             \
	}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct world world = { 0 };
	struct bytes text = bytes_of(data + 1, len - 1);
	struct scope sc;

	if (len < 2)
		return 0;
	scope_open(&sc, &world, "fuzz");
	switch (data[0] % 32) {
		TRY(hello, wire_hello)
		TRY(part, wire_part)
		TRY(reported, wire_reported)
		TRY(work, wire_work)
		TRY(taken, wire_taken)
		TRY(event, wire_events)
		TRY(ack, wire_ack)
		TRY(metric, wire_metric)
		TRY(presence, wire_presence)
		TRY(command, wire_command)
		TRY(result, wire_result)
		TRY(csr, wire_csr)
		TRY(cert, wire_cert)
		TRY(spool, wire_spool)
		TRY(stand, wire_stand)
		TRY(link, part_link)
		TRY(mailboxes, part_mailboxes)
		TRY(suppression, part_suppression)
		TRY(segment, part_segment)
		TRY(control, part_control)
		TRY(mailu, part_mailu)
		TRY(accounts, part_accounts)
		TRY(warmup, part_warmup)
		TRY(lane_said, wire_lane_said)
		TRY(lane_day, wire_lane_day)
		TRY(enrol, wire_enrol)
		TRY(enrolled, wire_enrolled)
		TRY(renew, wire_renew)
		TRY(letter, wire_letter)
		TRY(stored, wire_stored)
		TRY(parcel, wire_parcel)
	default: {
		struct enrol_token token;
		int64_t appliance;
		enum wire_type type;
		const char *line = arena_copy(sc.mem, text.data, text.len);

		if (enrol_token_get(&sc, line, &token) == ERR_NONE)
			assert(enrol_token_put(&sc, &token));
		if (wire_topic_parse(&sc, line, &appliance, &type) == ERR_NONE)
			assert(appliance >= 0);
	}
	}
	scope_close(&sc);
	return 0;
}
