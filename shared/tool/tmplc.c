/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * tmplc FILE.tmpl – compiles a page template to C on the standard output.
 *
 *	%% C line             passed through, outside of functions: includes, static helpers
 *	%! name(args)         starts void name(struct scope *sc, struct out *o, args); may say
 *static % C line              passed through, inside the function anything else         goes out,
 *without the blanks at the line's start
 *	{{ expr }}            goes out by its type and place (text/html.h)
 *
 * It follows the HTML well enough to know where each {{ stands, and refuses it in a script, a
 * style, a comment, a style or on… attribute, a tag's name, an unquoted attribute, and in an
 * address attribute whose text before it is neither empty (then a struct href must follow) nor the
 * start of a path. #line makes the compiler speak about the template.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_ 64

enum place {
	PLACE_TEXT,    /* between tags */
	PLACE_TAG,     /* in a tag's name */
	PLACE_BETWEEN, /* in a tag, between attributes */
	PLACE_ATTR,    /* in an attribute's name */
	PLACE_EQUALS,  /* behind its = */
	PLACE_BARE,    /* in an unquoted value */
	PLACE_QUOTED,  /* in a quoted value */
	PLACE_COMMENT,
	PLACE_RAW, /* in a script or style element */
};

struct tmplc {
	const char *path;
	int line;
	bool in_function;
	enum place place;
	char quote;
	char tag[NAME_MAX_];
	char attr[NAME_MAX_];
	char value[8]; /* the first bytes of the quoted value */
	size_t value_len;
	bool value_filled; /* something, text or expression, stands in it already */
};

static void refuse(const struct tmplc *c, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
static void refuse(const struct tmplc *c, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: error: ", c->path, c->line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* ---- following the HTML ---- */

static void add_name(char *name, char ch)
{
	size_t len = strlen(name);

	if (len + 1 < NAME_MAX_) {
		name[len] = (char)tolower((unsigned char)ch);
		name[len + 1] = 0;
	}
}

static bool is_raw_tag(const char *tag)
{
	return strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0;
}

static void end_tag(struct tmplc *c)
{
	c->place = is_raw_tag(c->tag) ? PLACE_RAW : PLACE_TEXT;
}

static void start_attr(struct tmplc *c, char ch)
{
	c->attr[0] = 0;
	add_name(c->attr, ch);
	c->place = PLACE_ATTR;
}

static void follow_tag(struct tmplc *c, char ch)
{
	if (ch == '>')
		end_tag(c);
	else if (isspace((unsigned char)ch))
		c->place = PLACE_BETWEEN;
	else if (strcmp(c->tag, "!-") == 0 && ch == '-')
		c->place = PLACE_COMMENT;
	else
		add_name(c->tag, ch);
}

static void follow_attr(struct tmplc *c, char ch)
{
	if (ch == '>')
		end_tag(c);
	else if (ch == '=')
		c->place = PLACE_EQUALS;
	else if (isspace((unsigned char)ch))
		c->place = PLACE_BETWEEN;
	else
		add_name(c->attr, ch);
}

static void follow_equals(struct tmplc *c, char ch)
{
	if (ch == '"' || ch == '\'') {
		c->quote = ch;
		c->value_len = 0;
		c->value_filled = false;
		c->place = PLACE_QUOTED;
	} else {
		refuse(c, "attribute %s: the value needs quotes", c->attr);
	}
}

static void follow_quoted(struct tmplc *c, char ch)
{
	if (ch == c->quote) {
		c->place = PLACE_BETWEEN;
		return;
	}
	if (!c->value_filled && c->value_len < sizeof c->value)
		c->value[c->value_len++] = ch;
}

/* REST starts with CH; only to see the ends of comments and raw elements. */
static void follow(struct tmplc *c, char ch, const char *rest)
{
	switch (c->place) {
	case PLACE_TEXT:
		if (ch == '<' && (isalpha((unsigned char)rest[1]) || strchr("/!", rest[1]))) {
			c->tag[0] = 0;
			c->place = PLACE_TAG;
		}
		break;
	case PLACE_TAG:
		follow_tag(c, ch);
		break;
	case PLACE_BETWEEN:
		if (ch == '>')
			end_tag(c);
		else if (!isspace((unsigned char)ch) && ch != '/')
			start_attr(c, ch);
		break;
	case PLACE_ATTR:
		follow_attr(c, ch);
		break;
	case PLACE_EQUALS:
	case PLACE_BARE:
		follow_equals(c, ch);
		break;
	case PLACE_QUOTED:
		follow_quoted(c, ch);
		break;
	case PLACE_COMMENT:
		if (ch == '-' && strncmp(rest, "-->", 3) == 0)
			c->place = PLACE_TAG;
		break;
	case PLACE_RAW:
		if (ch == '<' && rest[1] == '/') {
			c->tag[0] = 0;
			c->place = PLACE_TAG;
		}
		break;
	}
}

/* Literal text not written yet; never empty behind markup on the same line. */
static char pending[1 << 16];
static size_t pending_len;

/* ---- which macro an expression takes ---- */

static bool is_address(const char *attr)
{
	static const char *const names[] = { "href", "src", "action", "formaction", "hx-get",
		"hx-post", "hx-put", "hx-patch", "hx-delete", "poster", "data", "cite", "data-live",
		"data-href" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(attr, names[i]) == 0)
			return true;
	return false;
}

static const char *quoted_macro(const struct tmplc *c)
{
	if (strncmp(c->attr, "on", 2) == 0 || strcmp(c->attr, "style") == 0 ||
		strcmp(c->attr, "srcdoc") == 0)
		refuse(c, "{{ in attribute %s", c->attr);
	if (!is_address(c->attr))
		return "OUT";
	if (!c->value_filled && c->value_len == 0)
		return "OUT_HREF";
	if (c->value_len == 0)
		return "OUT_PART"; /* behind a struct href */
	if (c->value[0] == '#' || c->value[0] == '?')
		return "OUT_PART";
	if (c->value[0] != '/' || (c->value_len > 1 && c->value[1] == '/'))
		refuse(c, "{{ in %s: the address must start with / or be one struct href", c->attr);
	return "OUT_PART";
}

static const char *macro(struct tmplc *c)
{
	const char *name;

	switch (c->place) {
	case PLACE_TEXT:
		if (pending_len && strchr("<&", pending[pending_len - 1]))
			refuse(c, "{{ in the name of a tag or entity");
		return "OUT";
	case PLACE_BETWEEN:
		return "OUT_ATTR";
	case PLACE_QUOTED:
		name = quoted_macro(c);
		c->value_filled = true;
		return name;
	case PLACE_RAW:
		refuse(c, "{{ in <%s>", c->tag);
	case PLACE_COMMENT:
		refuse(c, "{{ in a comment");
	case PLACE_TAG:
	case PLACE_ATTR:
		refuse(c, "{{ in the name of a tag or attribute");
	case PLACE_EQUALS:
	case PLACE_BARE:
		refuse(c, "attribute %s: the value needs quotes", c->attr);
	}
	return NULL;
}

/* ---- writing C ---- */

static void write_literal(const char *text, size_t len)
{
	printf("\tout_bytes(o, \"");
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch >= ' ' && ch < 127 && ch != '"' && ch != '\\' && ch != '?')
			putchar(ch);
		else
			printf("\\%03o", ch);
	}
	printf("\", %zu);\n", len);
}

static void flush(void)
{
	if (pending_len)
		write_literal(pending, pending_len);
	pending_len = 0;
}

static void literal(char ch)
{
	if (pending_len == sizeof pending)
		flush();
	pending[pending_len++] = ch;
}

static void write_line_mark(const struct tmplc *c)
{
	printf("#line %d \"%s\"\n", c->line, c->path);
}

/* The }} that ends the expression at TEXT, skipping string and character literals. */
static const char *find_end(struct tmplc *c, const char *text)
{
	for (char quote = 0; *text; text++) {
		if (quote) {
			if (*text == '\\' && text[1])
				text++;
			else if (*text == quote)
				quote = 0;
		} else if (*text == '"' || *text == '\'') {
			quote = *text;
		} else if (text[0] == '}' && text[1] == '}') {
			return text;
		}
	}
	refuse(c, "{{ without }} on its line");
}

static const char *expression(struct tmplc *c, const char *text)
{
	const char *end = find_end(c, text + 2);
	const char *name = macro(c);

	flush();
	write_line_mark(c);
	printf("\t%s(o, (%.*s));\n", name, (int)(end - text - 2), text + 2);
	return end + 2;
}

static void markup_line(struct tmplc *c, const char *text)
{
	bool raw = c->place == PLACE_TEXT || c->place == PLACE_BETWEEN;

	while (raw && (*text == '\t' || *text == ' '))
		text++;
	if (!*text && raw)
		return;
	if (!c->in_function)
		refuse(c, "markup before the first %%!");
	while (*text) {
		if (text[0] == '{' && text[1] == '{') {
			text = expression(c, text);
			continue;
		}
		follow(c, *text, text);
		literal(*text++);
	}
	follow(c, '\n', "\n");
	literal('\n');
}

static void end_function(struct tmplc *c)
{
	if (!c->in_function)
		return;
	flush();
	if (c->place != PLACE_TEXT)
		refuse(c, "the function ends inside <%s", c->tag);
	printf("}\n");
	c->in_function = false;
}

static void start_function(struct tmplc *c, const char *text)
{
	const char *open = strchr(text, '(');
	const char *word = "";

	end_function(c);
	while (*text == ' ')
		text++;
	if (strncmp(text, "static ", 7) == 0) {
		word = "static ";
		text += 7;
	}
	if (!open || !strchr(open, ')'))
		refuse(c, "%%! needs name(arguments) on one line");
	write_line_mark(c);
	printf("%svoid %.*s(struct scope *sc, struct out *o%s%s\n{\n", word, (int)(open - text),
		text, open[1] == ')' ? "" : ", ", open + 1);
	c->in_function = true;
	c->place = PLACE_TEXT;
}

static void compile_line(struct tmplc *c, const char *text)
{
	if (text[0] != '%') {
		markup_line(c, text);
	} else if (text[1] == '%') {
		end_function(c);
		write_line_mark(c);
		printf("%s\n", text + (text[2] == ' ' ? 3 : 2));
	} else if (text[1] == '!') {
		start_function(c, text + 2);
	} else {
		if (!c->in_function)
			refuse(c, "a %% line before the first %%!");
		flush();
		write_line_mark(c);
		printf("\t%s\n", text + 1);
	}
}

int main(int argc, char **argv)
{
	struct tmplc c = { .path = argv[1] };
	FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
	char text[4096];

	if (!in) {
		fprintf(stderr, "usage: tmplc FILE.tmpl\n");
		return 2;
	}
	printf("/* Made by shared/tool/tmplc.c. */\n"
	       "#include \"base/out.h\"\n#include \"base/scope.h\"\n#include \"text/html.h\"\n");
	while (fgets(text, sizeof text, in)) {
		c.line++;
		if (!strchr(text, '\n') && !feof(in))
			refuse(&c, "a line longer than %zu bytes", sizeof text - 2);
		text[strcspn(text, "\r\n")] = 0;
		compile_line(&c, text);
	}
	end_function(&c);
	fclose(in);
	return fflush(stdout) == 0 ? 0 : 1;
}
