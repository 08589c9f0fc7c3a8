/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The HTTP door: what a face (a *_page.c or *_api.c file) sees. hub/routes.c is the one table; from
 * a row come dispatch, authorisation (closed by default), validation with an error per field, and
 * /api/v1/openapi.json. A handler gets checked input or never runs.
 */
#ifndef WEB_DOOR_H
#define WEB_DOOR_H

#include "base/out.h"
#include "base/scope.h"
#include "base/str.h"

struct request;
struct json;
struct principal;

/* ---- input ---- */

enum field_type {
	FIELD_TEXT,   /* const char *; LOW..HIGH bytes of UTF-8, one line, trimmed */
	FIELD_LINES,  /* const char *; as FIELD_TEXT with line breaks kept as \n, not trimmed */
	FIELD_SECRET, /* const char *; as FIELD_TEXT, not trimmed, never shown again */
	FIELD_EMAIL,  /* const char *; an address as typed */
	FIELD_INT,    /* int64_t; LOW..HIGH */
	FIELD_BOOL,   /* bool; "1", "on", "true" */
	FIELD_ID,     /* int64_t; PREFIX says of what; LOW 0 allows none */
	FIELD_IDS,    /* struct ids; repeated */
	FIELD_CHOICE, /* const char *; one of the words in PREFIX, separated by blanks */
	FIELD_FILE,   /* struct upload; HIGH bytes at most */
	FIELD_JSON,   /* const struct json *; any value of a JSON body, checked by the handler */
};

struct ids {
	const int64_t *list; /* arena */
	size_t count;
};

struct upload {
	const char *name;  /* arena; the file's name as sent, sanitised */
	struct bytes data; /* arena, or a mapped temporary file */
};

struct field {
	const char *name; /* static; of the form field, the query or the JSON member */
	enum field_type type;
	int64_t low, high;
	bool required;
	const char *prefix; /* static; of FIELD_ID and FIELD_IDS; the words of FIELD_CHOICE */
	size_t offset;      /* in the input struct */
	const char *label;  /* static; English, what the page calls it */
};

/* FIELD(struct campaign_add, name, FIELD_TEXT, 1, 120, true, NULL, "Name") */
#define FIELD(type_, member, kind, low, high, required, prefix, label)                             \
	{                                                                                          \
#member, kind, low, high, required, prefix, offsetof(type_, member), label         \
	}

struct form {
	const struct field *fields; /* static */
	size_t count;
	size_t size; /* of the input struct */
	size_t body; /* largest body in bytes; 0 takes 64 KiB */
};
#define FORM(var, type_, body_, ...)                                                               \
	static const struct field var##_fields[] = { __VA_ARGS__ };                                \
	const struct form var = { var##_fields, COUNT(var##_fields), sizeof(type_), body_ }

/* ---- routes ---- */

/* Who may. Each is the name of a permission in a role's list but for the first five. */
enum need {
	NEED_UNSET,     /* a row without a need answers nobody */
	NEED_NOBODY,    /* open to the world */
	NEED_ACCOUNT,   /* signed in, no tenant needed */
	NEED_STAFF,     /* the operator */
	NEED_APPLIANCE, /* client certificate or enrolment token, checked by the handler */
	NEED_VIEW,      /* see everything of the workspace but people's secrets */
	NEED_CAMPAIGN,  /* make, change, launch, pause campaigns */
	NEED_CONTACT,   /* import, change, export, erase contacts */
	NEED_FLEET,     /* plan appliances, enrol, stop, declare lost */
	NEED_SENDER,    /* domains and mailboxes */
	NEED_MEMBER,    /* invite and remove people, roles */
	NEED_SETTING,   /* company, postal address, workspace settings */
	NEED_MAX,
};
/* "view", "campaign" … as roles store them; NULL for the first five. */
const char *need_name(enum need n);

enum door_kind {
	DOOR_PAGE,  /* HTML; session cookie; CSRF token on everything but GET */
	DOOR_API,   /* JSON under /api/v1; bearer token or session with CSRF header */
	DOOR_OPEN,  /* HTML without session: sign-in, invitation, reset; CSRF by double submit */
	DOOR_TRACK, /* /t/ and /u/ on tracking and link hosts; never a session */
	DOOR_AGENT, /* the agents' HTTPS listener */
};

typedef enum err route_fn(struct scope *sc, struct request *q, const void *input);

struct route {
	const char *method;  /* static */
	const char *pattern; /* static; "/campaigns/:cmp": a name is the prefix of an id; a final *
				takes the rest of the path, one byte at least */
	enum need need;
	enum door_kind kind;
	const struct form *form; /* static; NULL takes no input */
	route_fn *run;
	const char *summary; /* static; English, for the API's document */
};

/* ---- in a handler ---- */

/* The id in the pattern's place named PREFIX. Always valid: others answered 404. */
int64_t request_id(const struct request *q, const char *prefix);
/* A page is only a fragment when htmx asked for it. */
bool request_is_fragment(const struct request *q);
/* The session's CSRF token, for forms. */
const char *request_csrf(const struct request *q);
/* What the final "*" of the pattern stands for, unescaped. */
const char *request_rest(const struct request *q);
/* The body as it came, at most the form's BODY bytes; for doors with a decoder of their own. */
struct bytes request_body(const struct request *q);
/* The client's network address; behind a trusted proxy, the one it names. */
const char *request_from(const struct request *q);
/* The client certificate as PEM, not verified yet; NULL when there is none. */
const char *request_certificate(struct scope *sc, struct request *q);
/* A raw query parameter that is no field (paging cursors have fields); NULL when absent. */
const char *request_query(const struct request *q, const char *name);
const char *request_header(const struct request *q, const char *name);
/* Who is signed in (guard/principal.h); NULL for nobody. */
const struct principal *request_principal(const struct request *q);
/* The caller may do what NEED names in the chosen workspace: to hide what would be refused. */
bool request_may(const struct request *q, enum need n);

/* ---- answers: exactly one per handler that returns ERR_NONE ---- */

/* An HTML page inside the shell (hub/web/layout.tmpl), or alone as a fragment for htmx. */
struct page {
	const char *title; /* already in the reader's language */
	const char *nav;   /* static; id of the sidebar entry: "campaigns" … */
	struct out *body;
};
void reply_page(struct scope *sc, struct request *q, const struct page *p);
void reply_json(struct scope *sc, struct request *q, int status, const struct out *json);
/* The API's usual answers. An object, open for its members; the call that closes and sends it is
   ERR_NONE, so that a handler may end with it. */
struct out *reply_open(struct scope *sc);
enum err reply_close(struct scope *sc, struct request *q, int status, struct out *o) MUST;
/* {"list": […], "after": …}: its rows are put in between. AFTER is where the next page begins; NULL
   where there is none. */
struct out *reply_open_list(struct scope *sc);
enum err reply_close_list(
	struct scope *sc, struct request *q, struct out *o, const char *after) MUST;
/* 201 with the id of what was made. */
enum err reply_added(struct scope *sc, struct request *q, const char *prefix, int64_t id) MUST;
/* 303 to a path of this host. TOAST, where not NULL, is announced on the next page; UNDO, where not
   NULL, is the path a POST of which takes it back. */
void reply_go(
	struct scope *sc, struct request *q, const char *path, const char *toast, const char *undo);
/* The session cookie of TOKEN goes with the answer; NULL takes it away. */
void reply_session(struct request *q, const char *token);
void reply_redirect(struct request *q, const char *url); /* 302 to another host: click links */
void reply_bytes(struct request *q, int status, const char *mime, struct bytes data);
/* As reply_bytes() with a file name to save under. */
void reply_file(struct request *q, const char *mime, const char *name, struct bytes data);
void reply_header(struct request *q, const char *name, const char *value);
void reply_none(struct request *q, int status);
/*
 * A refused form (ERR_INPUT or ERR_CONFLICT of a page's POST) is drawn again with what was typed
 * and the error beside its field. The page is that of the GET route of pattern/new, of the same
 * pattern, or of the nearest pattern above. An error that no
 * field of the page asked for stands on top of it.
 */
/* What was typed into field NAME of the refused form, or NULL; and what is wrong with it. */
const char *form_value(const struct request *q, const char *name);
const char *form_error(const struct request *q, const char *name);
/* The sentence of an error that belongs to no field; NULL when there is none. */
const char *form_trouble(const struct request *q);

#endif
