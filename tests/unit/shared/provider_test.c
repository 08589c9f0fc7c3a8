/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/provider.h"

#include <string.h>

#include "kit.h"

static const char *of(struct scope *sc, const char *a, const char *b)
{
	const char *hosts[] = { a, b };

	return provider_of(providers_builtin(sc), hosts, b ? 2 : 1)->name;
}

TEST(a_provider_is_known_by_the_ends_of_its_servers_names)
{
	static const struct {
		const char *host, *provider;
	} known[] = {
		{ "gmail-smtp-in.l.google.com", "google" },
		{ "alt1.gmail-smtp-in.l.google.com", "google" },
		{ "aspmx.l.google.com", "google-hosted" },
		{ "smtp.google.com", "google-hosted" },
		{ "aspmx2.googlemail.com", "google-hosted" },
		{ "outlook-com.olc.protection.outlook.com", "microsoft" },
		{ "contoso-com.mail.protection.outlook.com", "microsoft-hosted" },
		{ "contoso-com.a-v1.mx.microsoft", "microsoft-hosted" },
		{ "mta5.am0.yahoodns.net", "yahoo" },
		{ "mx01.mail.icloud.com", "apple" },
		{ "mx00.emig.gmx.net", "gmx" },
		{ "mx-ha02.web.de", "gmx" },
		{ "mx2.zoho.eu", "zoho" },
		{ "mail.protonmail.ch", "proton" },
		{ "smtp-in.orange.fr", "orange" },
		{ "mx1a1.comcast.net", "comcast" },
		{ "mx3.qq.com", "qq" },
		{ "163mx01.mxmail.netease.com", "163" },
		{ "de-smtp-inbound-1.mimecast.com", "mimecast" },
		{ "mx0a-00112233.pphosted.com", "proofpoint" },
		{ "d12345a.ess.barracudanetworks.com", "barracuda" },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		CHECK_TEXT(of(sc, known[i].host, NULL), known[i].provider);
}

TEST(parts_of_words_and_mixed_sets_are_nobody_we_know)
{
	CHECK_TEXT(of(sc, "mail.acme.com", NULL), "other");
	CHECK_TEXT(of(sc, "mx.olive.com", NULL), "other");
	CHECK_TEXT(of(sc, "notgmx.net", NULL), "other");
	CHECK_TEXT(of(sc, "google.com.example.test", NULL), "other");
	CHECK_TEXT(of(sc, "aspmx.l.google.com", "mx.example.test"), "other");
	CHECK_TEXT(of(sc, "aspmx.l.google.com", "gmail-smtp-in.l.google.com"), "other");
	CHECK_TEXT(of(sc, "aspmx.l.google.com", "alt2.aspmx.l.google.com"), "google-hosted");
	CHECK_TEXT(of(sc, "", NULL), "other");
	CHECK_TEXT(provider_of(providers_builtin(sc), NULL, 0)->name, "other");
	CHECK_TEXT(provider_named(providers_builtin(sc), "yahoo")->title, "Yahoo and AOL");
	CHECK_TEXT(provider_named(providers_builtin(sc), "nobody")->name, "other");
}

TEST(a_site_is_its_set_of_servers_in_any_order)
{
	const char *ab[] = { "a.test", "b.test" }, *ba[] = { "b.test", "a.test" };

	CHECK_INT(provider_site(ab, 2), provider_site(ba, 2));
	CHECK(provider_site(ab, 2) != provider_site(ab, 1));
}

TEST(a_table_that_is_wrong_names_its_line)
{
	static const char *const wrong[] = { "a consumer \"A\"", "A consumer \"A\" a.test",
		"other consumer \"A\" a.test", "a nobody \"A\" a.test", "a consumer \"A\" test",
		"a consumer \"A\" .a.test", "a consumer \"A\" a.test b..test",
		"a consumer \"A\" a.test\na hosted \"B\" b.test", "a consumer \"A a.test" };
	const char *twice = "a consumer \"A\" a.test\nb hosted \"B\" c.test a.test";
	const struct providers *p = NULL;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK_INT(providers_parse(sc, bytes_of(wrong[i], strlen(wrong[i])), &p), ERR_INPUT);
		CHECK(strstr(sc->why, "providers line ") != NULL);
	}
	CHECK_INT(providers_parse(sc, bytes_of(twice, strlen(twice)), &p), ERR_INPUT);
	CHECK(strstr(sc->why, "a.test stands twice") != NULL);
	CHECK(p == NULL);
}
