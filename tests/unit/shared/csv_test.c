/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/csv.h"

#include "kit.h"

static struct csv reader(const char *text)
{
	struct csv c;

	csv_open(&c, bytes_of(text, strlen(text)));
	return c;
}

TEST(rows_are_cut_at_each_kind_of_line_end_and_empty_lines_are_skipped)
{
	struct csv c = reader("a,b\r\n\r\nc,d\re,\n\nf,g");
	struct csv_row row;

	NEED(csv_next(&c, sc->mem, &row));
	CHECK_INT(row.line, 1);
	CHECK_TEXT(row.fields[1], "b");
	NEED(csv_next(&c, sc->mem, &row));
	CHECK_INT(row.line, 3);
	CHECK_TEXT(row.fields[0], "c");
	NEED(csv_next(&c, sc->mem, &row));
	CHECK_INT((int64_t)row.count, 2);
	CHECK_TEXT(row.fields[1], "");
	NEED(csv_next(&c, sc->mem, &row));
	CHECK_INT(row.line, 6);
	CHECK_TEXT(row.fields[1], "g");
	CHECK(!csv_next(&c, sc->mem, &row));
}

TEST(the_separator_is_found_behind_a_byte_order_mark)
{
	struct csv c = reader("\xef\xbb\xbf\"na,me\";mail\nx;y\n");
	struct csv_row row;

	NEED(csv_next(&c, sc->mem, &row));
	CHECK_TEXT(row.fields[0], "na,me");
	CHECK_TEXT(row.fields[1], "mail");
	c = reader("a\tb,c\td\n");
	CHECK_INT(c.separator, '\t');
}

TEST(quotes_hold_separators_line_ends_and_doubled_quotes)
{
	struct csv c = reader("\"a \"\"b\"\",\nc\",\"\"\nnext,row\n");
	struct csv_row row;

	NEED(csv_next(&c, sc->mem, &row));
	CHECK_TEXT(row.fields[0], "a \"b\",\nc");
	CHECK_TEXT(row.fields[1], "");
	NEED(csv_next(&c, sc->mem, &row));
	CHECK_INT(row.line, 3);
}

TEST(a_broken_row_costs_one_line_and_names_it)
{
	struct csv c = reader("a,b\n\"open,x\nfine,1\nq\"uote,2\n\"x\"y,3\nlast,4\n\"never,5");
	static const enum csv_fault faults[] = { CSV_FINE, CSV_QUOTE, CSV_FINE, CSV_QUOTE,
		CSV_QUOTE, CSV_FINE, CSV_OPEN };
	struct csv_row row;

	for (size_t i = 0; i < COUNT(faults); i++) {
		NEED(csv_next(&c, sc->mem, &row));
		CHECK_INT(row.fault, faults[i]);
		CHECK_INT(row.line, (int64_t)i + 1);
	}
	CHECK(!csv_next(&c, sc->mem, &row));
}

TEST(bytes_that_are_no_text_and_long_fields_are_faults)
{
	char *big = arena_alloc(sc->mem, CSV_MAX_FIELD + 10);
	struct csv c = reader("ok\n\xff,1\nfine\n");
	struct csv_row row;

	NEED(csv_next(&c, sc->mem, &row) && csv_next(&c, sc->mem, &row));
	CHECK_INT(row.fault, CSV_UTF8);
	NEED(csv_next(&c, sc->mem, &row));
	CHECK_TEXT(row.fields[0], "fine");
	memset(big, 'x', CSV_MAX_FIELD + 1);
	c = reader(big);
	NEED(csv_next(&c, sc->mem, &row));
	CHECK_INT(row.fault, CSV_LONG);
}

TEST(reading_goes_on_from_an_offset)
{
	struct csv c = reader("h\n\"1\n1\"\n2\n3\n");
	struct csv_row row;
	struct csv later;

	NEED(csv_next(&c, sc->mem, &row) && csv_next(&c, sc->mem, &row));
	later = reader("h\n\"1\n1\"\n2\n3\n");
	later.at = c.at;
	later.line = c.line;
	NEED(csv_next(&later, sc->mem, &row));
	CHECK_TEXT(row.fields[0], "2");
	CHECK_INT(row.line, 4);
}
