/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Certificates in the running house: renewed in time, renewed too late, and revoked. */
#include "flow.h"

#include <sys/stat.h>

#include "base/file.h"
#include "crypt/seal.h"
#include "crypt/x509.h"

/* ---- the authority, opened with the master key as only the operator can ---- */

static const char *text_of(struct scope *sc, struct lab *l, const char *sql)
{
	const char *out = "";

	OK(lab_sql(sc, l, sql, &out));
	return str_trim(sc->mem, out);
}

static struct x509_pair open_authority(struct scope *sc, struct lab *l)
{
	bool sqlite = l->config.db == LAB_SQLITE;
	const char *hex = text_of(sc, l,
		sqlite ? "SELECT hex(sealed) FROM authority WHERE kind = 'agent'"
		       : "SELECT encode(sealed, 'hex') FROM authority WHERE kind = 'agent'");
	size_t len = strlen(hex) / 2;
	unsigned char *raw = arena_alloc(sc->mem, len);
	struct seal_key master;
	struct bytes key;

	NEED(str_unhex(str_lower(sc->mem, hex), raw, len));
	OK(seal_key_read(sc, lab_path(l, "master.key"), &master));
	OK(seal_open(sc, &master, "authority.agent", 0, 1, bytes_of(raw, len), &key));
	return (struct x509_pair){ text_of(sc, l,
					   "SELECT cert FROM authority WHERE kind = 'agent'"),
		arena_copy(sc->mem, key.data, key.len) };
}

static const char *agent_pem(struct scope *sc, struct lab *l)
{
	struct bytes pem;

	OK(file_read(sc, lab_path(l, "agent/agent.pem"), 65536, &pem));
	return pem.data;
}

/* The company's machine, stopped, has lived with a certificate for FROM..UNTIL (days from now). */
static void give_cert(struct scope *sc, struct company *c, int64_t from, int64_t until)
{
	struct x509_pair ca = open_authority(sc, c->lab);
	const char *key = strstr(agent_pem(sc, c->lab), "-----BEGIN PRIVATE KEY-----"), *csr, *cert;
	int64_t now = now_real(sc).ms;
	struct x509_info info;

	NEED(key != NULL);
	OK(x509_request_for(sc, "appliance", key, &csr));
	OK(x509_sign(sc, &ca, csr, c->appliance, now + from * DAY_MS, now + until * DAY_MS, &cert));
	OK(x509_read(sc, cert, &info));
	OK(lab_write(
		sc, lab_path(c->lab, "agent/agent.pem"), arena_printf(sc->mem, "%s%s", cert, key)));
	OK(lab_sql(sc, c->lab,
		arena_printf(sc->mem, "UPDATE uplink SET cert_serial = '%s', cert_until = %lld",
			info.serial, (long long)info.until),
		NULL));
}

static int64_t days_left(struct scope *sc, struct company *c)
{
	struct x509_info info;

	OK(x509_read(sc, agent_pem(sc, c->lab), &info));
	return (info.until - now_real(sc).ms) / DAY_MS;
}

/* Unit tests stand still; these run in real time. */
static void real_time(struct scope *sc)
{
	static const struct clock clock = { 0, 0, 1, NULL, NULL };

	((struct world *)(uintptr_t)sc->world)->clock = &clock;
}

TEST(a_certificate_is_renewed_before_it_runs_out)
{
	struct company *c = flow_company(sc);

	real_time(sc);
	lab_stop_part(c->lab, &c->lab->agent);
	give_cert(sc, c, -60, 30);
	CHECK_INT(days_left(sc, c), 29);
	OK(agent_start(sc, c->lab));
	CHECK(WAIT_FOR(days_left(sc, c) >= 89, 10000));
	OK(company_wait_online(sc, c));
	CHECK(lab_number(sc, c->lab,
		      "SELECT count(*) FROM event WHERE kind = 'appliance.renewed'") >= 1);
}

TEST(a_certificate_that_ran_out_is_renewed_by_proof_of_its_key)
{
	struct company *c = flow_company(sc);

	real_time(sc);
	lab_stop_part(c->lab, &c->lab->agent);
	give_cert(sc, c, -100, -10);
	OK(agent_start(sc, c->lab));
	CHECK(WAIT_FOR(days_left(sc, c) >= 89, 10000));
	OK(company_wait_online(sc, c));
}

/* ---- revocation ---- */

static struct proc start_machine(struct scope *sc, struct company *c, const char *name)
{
	const char *folder = lab_path(c->lab, name), *token;
	const char *config = arena_printf(sc->mem, "%s.conf", folder);
	const char *const argv[] = { arena_printf(sc->mem, "%s/penguin-agent", c->lab->bin),
		"--config", config, NULL };
	struct proc_spec spec = { "machine", argv, arena_printf(sc->mem, "%s.log", folder), NULL, 0,
		0 };
	struct proc p = { 0, NULL };

	OK(lab_write(sc, config,
		arena_printf(sc->mem,
			"state_dir = %s\nclock.check = no\nlog.file = %s\nmetric.seconds = 1\n",
			folder, c->lab->mail_log)));
	OK(HUB_RUN(sc, c->lab, &token, "enrol-token", "--tenant", c->name, "--appliance", name));
	OK(agent_enrol_as(sc, c->lab, config, token));
	OK(proc_start(sc, c->lab->janitor, &spec, &p));
	return p;
}

static int64_t seen_at(struct scope *sc, struct company *c)
{
	return lab_number(sc, c->lab,
		"SELECT seen_at FROM uplink WHERE appliance = "
		"(SELECT id FROM appliance WHERE name = 'lostone')");
}

TEST(a_lost_machine_is_unheard_at_once_and_thrown_out_by_the_broker)
{
	struct company *c = flow_company(sc);
	struct proc machine = start_machine(sc, c, "lostone");
	const char *said = "";
	int64_t seen;

	NEED(WAIT_FOR(lab_number(sc, c->lab,
			      "SELECT epoch FROM uplink WHERE appliance = "
			      "(SELECT id FROM appliance WHERE name = 'lostone')") > 0,
		10000));
	OK(HUB_RUN(sc, c->lab, NULL, "lost", "--tenant", c->name, "--appliance", "lostone"));
	seen = seen_at(sc, c);
	sleep_ms(1500);
	CHECK_INT(seen_at(sc, c), seen);
	OK(HUB_RUN(sc, c->lab, &said, "broker-sync", "--dir", lab_path(c->lab, "broker")));
	/* Others may have been declared lost in this lab before. */
	CHECK(strstr(said, "no longer let in: ") && !strstr(said, "no longer let in: 0"));
	/* It stays out, and everybody else stays in. */
	CHECK(WAIT_FOR(lab_log_says(sc, c->lab, "broker", "certificate verify failed"), 10000));
	OK(company_wait_online(sc, c));
	proc_kill(c->lab->janitor, &machine);
}
