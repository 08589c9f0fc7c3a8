/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "dovecot.h"

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wait.h"

#define START_MS 15000

/* Dovecot lets nobody read mail as root. */
static const struct passwd *owner(void)
{
	return getuid() == 0 ? getpwnam("nobody") : getpwuid(getuid());
}

static const char *config_text(struct scope *sc, const struct dovecot *d)
{
	const char *user = owner()->pw_name, *group = getgrgid(owner()->pw_gid)->gr_name;
	const char *f = d->folder;

	return arena_printf(sc->mem,
		"base_dir = %s/run\nstate_dir = %s/run\nlog_path = %s/log\nprotocols = imap\n"
		"listen = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\n"
		"default_internal_user = %s\ndefault_internal_group = %s\n"
		"default_login_user = %s\nmail_location = maildir:%s/mail/%%u\n"
		"first_valid_uid = 1\n"
		"passdb {\n driver = static\n args = password=" DOVECOT_PASSWORD "\n}\n"
		"userdb {\n driver = static\n args = uid=%s gid=%s home=%s/mail/%%u\n}\n"
		"service anvil {\n chroot =\n}\n"
		"service imap-login {\n chroot =\n inet_listener imap {\n port = %d\n }\n"
		" inet_listener imaps {\n port = 0\n }\n}\n",
		f, f, f, user, group, user, f, user, group, f, d->port);
}

static bool answers(void *arg)
{
	const struct dovecot *d = arg;

	return port_answers(d->port);
}

static enum err make_folder(struct scope *sc, const char *path)
{
	const struct passwd *pw = owner();

	if (mkdir(path, 0755) < 0 || chown(path, pw->pw_uid, pw->pw_gid) < 0)
		return fail(sc, ERR_AWAY, "cannot make %s: %m", path);
	return ERR_NONE;
}

enum err dovecot_start(struct scope *sc, struct lab *l, struct dovecot *d)
{
	static const char *const folders[] = { "dovecot", "dovecot/run", "dovecot/mail" };
	const char *file = lab_path(l, "dovecot/dovecot.conf");
	const char *const argv[] = { access("/usr/sbin/dovecot", X_OK) == 0 ? "/usr/sbin/dovecot"
									    : "dovecot",
		"-F", "-c", file, NULL };
	struct proc_spec spec = { "dovecot", argv, lab_path(l, "log/dovecot.log"), owner()->pw_name,
		0, 0 };
	enum err e = ERR_NONE;

	*d = (struct dovecot){ .lab = l, .folder = lab_path(l, "dovecot") };
	for (size_t i = 0; i < COUNT(folders) && !e; i++)
		e = make_folder(sc, lab_path(l, folders[i]));
	if (!e)
		e = port_free(sc, &d->port);
	if (!e)
		e = lab_write(sc, file, config_text(sc, d));
	if (!e && chmod(file, 0644) < 0)
		e = fail(sc, ERR_AWAY, "%s: %m", file);
	if (!e)
		e = proc_start(sc, l->janitor, &spec, &d->proc);
	return e ? e : wait_ready(sc, &d->proc, answers, d, START_MS);
}

void dovecot_stop(struct dovecot *d)
{
	if (d->proc.pid)
		proc_stop(d->lab->janitor, &d->proc, 5000);
}

static const char *mailbox_of(struct scope *sc, const struct dovecot *d, const char *address)
{
	return arena_printf(sc->mem, "%s/mail/%s", d->folder, address);
}

enum err dovecot_put(struct scope *sc, struct dovecot *d, const char *address, const char *mail)
{
	static const char *const folders[] = { "", "/cur", "/new", "/tmp" };
	const char *box = mailbox_of(sc, d, address), *file;
	struct stat st;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < COUNT(folders) && !e; i++) {
		const char *folder = arena_printf(sc->mem, "%s%s", box, folders[i]);

		if (stat(folder, &st) < 0)
			e = make_folder(sc, folder);
	}
	file = arena_printf(sc->mem, "%d.mail", ++d->mails);
	if (!e)
		e = lab_write(sc, arena_printf(sc->mem, "%s/tmp/%s", box, file), mail);
	if (!e && (chmod(arena_printf(sc->mem, "%s/tmp/%s", box, file), 0644) < 0 ||
			  rename(arena_printf(sc->mem, "%s/tmp/%s", box, file),
				  arena_printf(sc->mem, "%s/new/%s", box, file)) < 0))
		e = fail(sc, ERR_AWAY, "a mail for %s: %m", address);
	return e;
}

/* Maildir: what is marked says so behind ":2,". */
int64_t dovecot_count(struct scope *sc, struct dovecot *d, const char *address, int64_t *seen)
{
	static const char *const folders[] = { "cur", "new" };
	int64_t count = 0;

	*seen = 0;
	for (size_t i = 0; i < COUNT(folders); i++) {
		DIR *dir = opendir(
			arena_printf(sc->mem, "%s/%s", mailbox_of(sc, d, address), folders[i]));
		const struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			const char *flags = strstr(entry->d_name, ":2,");

			if (entry->d_name[0] == '.')
				continue;
			count++;
			*seen += flags && strpbrk(flags, "ST");
		}
		if (dir)
			closedir(dir);
	}
	return count;
}
