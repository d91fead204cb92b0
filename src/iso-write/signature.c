/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures, by gpgv: a program that knows no more than keyrings and an answer. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"
#include "writer.h"

enum { MAX_ARGUMENTS = 256, MAX_ANSWER = 64 * 1024, MAX_SIGNED = 16 * 1024 * 1024 };

static const char *const endings[] = { ".sig", ".asc", ".gpg", ".sign" };

/* ---- running it --------------------------------------------------------------------- */

struct arguments {
	char *list[MAX_ARGUMENTS + 1];
	size_t n;
};

static bool argue(struct arguments *a, const char *s)
{
	if (a->n == MAX_ARGUMENTS)
		return true;
	a->list[a->n] = strdup(s);
	if (!a->list[a->n]) {
		message_error(NULL, "out of memory");
		return false;
	}
	a->n++;
	return true;
}

static void arguments_free(struct arguments *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->list[i]);
}

static bool ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && strcmp(name + n - m, ending) == 0;
}

static bool argue_keyring(struct arguments *a, const char *folder, const char *name)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	if (a->n > MAX_ARGUMENTS - 8)
		return true; /* keyrings without number: the first ones have to do */
	if (n < 0 || (size_t)n >= sizeof(path) || access(path, R_OK) != 0)
		return true;
	return argue(a, "--keyring") && argue(a, path);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_keyring(const struct dirent *e)
{
	return ends_in(e->d_name, ".gpg") || ends_in(e->d_name, ".pgp") ||
	       ends_in(e->d_name, ".kbx");
}

/* Those of the system, and the user's for gpgv. */
static bool argue_keyrings(struct arguments *a)
{
	static const char folder[] = "/usr/share/keyrings";
	const char *home = getenv("HOME"), *gnupg = getenv("GNUPGHOME");
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_keyring, by_name);
	char own[4096];
	bool ok = true;

	for (int i = 0; i < n; i++) {
		ok = ok && argue_keyring(a, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (gnupg && *gnupg)
		(void)snprintf(own, sizeof(own), "%s", gnupg);
	else
		(void)snprintf(own, sizeof(own), "%s/.gnupg", home ? home : "");
	return ok && argue_keyring(a, own, "trustedkeys.kbx") &&
	       argue_keyring(a, own, "trustedkeys.gpg");
}

/* Read two pipes to their ends. */
static void drain(int fds[2], char *text[2], const size_t most[2])
{
	size_t n[2] = { 0, 0 };
	char rest[4096];

	while (fds[0] >= 0 || fds[1] >= 0) {
		struct pollfd p[2] = { { .fd = fds[0], .events = POLLIN },
				       { .fd = fds[1], .events = POLLIN } };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < 2; i++) {
			ssize_t got;

			if (fds[i] < 0 || !(p[i].revents & (POLLIN | POLLHUP | POLLERR)))
				continue;
			got = n[i] < most[i] ? read(fds[i], text[i] + n[i], most[i] - n[i]) :
					       read(fds[i], rest, sizeof(rest));
			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0) {
				(void)close(fds[i]);
				fds[i] = -1;
			} else if (n[i] < most[i]) {
				n[i] += (size_t)got;
			}
		}
	}
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
		text[i][n[i]] = '\0';
	}
}

/* `kept`: what else it needs; -1: nothing. */
static void become(struct arguments *a, int status, int signed_text, const int kept[2])
{
	int null = open("/dev/null", O_RDWR);

	/* Its numbers are part of its arguments; ours are above them. */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    dup2(signed_text, STDOUT_FILENO) < 0 || dup2(status, 3) < 0)
		_exit(126);
	(void)fcntl(3, F_SETFD, 0);
	for (int i = 0; i < 2; i++)
		if (kept[i] >= 0)
			(void)fcntl(kept[i], F_SETFD, 0);
	(void)execvp(a->list[0], a->list);
	_exit(127);
}

/* The answer and what was signed, from malloc. False: it could not be run. */
static bool run_gpgv(struct arguments *a, const int kept[2], char **ret_answer, char **ret_signed)
{
	const size_t most[2] = { MAX_ANSWER, MAX_SIGNED };
	char *text[2] = { malloc(MAX_ANSWER + 1), malloc(MAX_SIGNED + 1) };
	int answer[2] = { -1, -1 }, content[2] = { -1, -1 }, from[2], status = -1;
	pid_t child = -1;

	if (text[0] && text[1] && pipe2(answer, O_CLOEXEC) == 0 && pipe2(content, O_CLOEXEC) == 0) {
		child = fork();
		if (child == 0)
			become(a, answer[1], content[1], kept);
	}
	for (int i = 0; i < 2; i++) {
		int *pair = i ? content : answer;

		if (pair[1] >= 0)
			(void)close(pair[1]);
		from[i] = pair[0];
	}
	if (child > 0) {
		drain(from, text, most);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status) < 126) {
			*ret_answer = text[0];
			*ret_signed = text[1];
			return true;
		}
	} else {
		for (int i = 0; i < 2; i++)
			if (from[i] >= 0)
				(void)close(from[i]);
	}
	free(text[0]);
	free(text[1]);
	return false;
}

/* ---- what it says ------------------------------------------------------------------- */

/* "[GNUPG:] GOODSIG 0123 Name": what comes after the word. NULL: no such line. */
static const char *answer_of(const char *answer, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = answer; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, "[GNUPG:] ", 9) == 0 && strncmp(p + 9, word, n) == 0 &&
		    (p[9 + n] == ' ' || p[9 + n] == '\n'))
			return p + 9 + n + (p[9 + n] == ' ');
		if (*p == '\0')
			break;
	}
	return NULL;
}

/* Behind the number of the key, its owner. */
static void say_signer(struct check *k, const char *before, const char *rest)
{
	size_t key = strcspn(rest, " \n");
	const char *name = rest + key + (rest[key] == ' ');

	(void)snprintf(k->words, sizeof(k->words), "%s \"%.*s\" (key %.*s)", before,
		       (int)(strcspn(name, "\n") < 160 ? strcspn(name, "\n") : 160), name,
		       (int)(key < 40 ? key : 40), rest);
}

static void judge(struct check *k, const char *answer)
{
	const char *rest;

	if ((rest = answer_of(answer, "BADSIG")) != NULL) {
		k->result = CHECK_BAD;
		say_signer(k, "bad: it is not what was signed by", rest);
	} else if ((rest = answer_of(answer, "REVKEYSIG")) != NULL) {
		k->result = CHECK_BAD;
		say_signer(k, "bad: the key was revoked by", rest);
	} else if ((rest = answer_of(answer, "GOODSIG")) != NULL) {
		k->result = CHECK_GOOD;
		say_signer(k, "good, by", rest);
	} else if ((rest = answer_of(answer, "EXPKEYSIG")) != NULL) {
		say_signer(k, "good, but the key has expired:", rest);
	} else if ((rest = answer_of(answer, "EXPSIG")) != NULL) {
		say_signer(k, "good, but the signature has expired:", rest);
	} else if ((rest = answer_of(answer, "NO_PUBKEY")) != NULL) {
		(void)snprintf(k->words, sizeof(k->words), "not checked: key %.*s is in no keyring",
			       (int)(strcspn(rest, " \n") < 40 ? strcspn(rest, " \n") : 40), rest);
	} else {
		(void)snprintf(k->words, sizeof(k->words), "not checked: gpgv cannot read it");
	}
}

/* Nothing that begins with a dash is an option to it; what was fetched has a number. */
static bool argue_file(struct arguments *a, const char *path, int fd)
{
	char text[4096], number[FETCHED_BYTES];

	if (fd >= 0) {
		fetched_path(fd, number);
		return argue(a, number);
	}
	(void)snprintf(text, sizeof(text), "%s%s", *path == '-' ? "./" : "", path);
	return argue(a, text);
}

/* `signature` is about `path`, or has it inside when that is NULL. `fds`: of both, where they
 * were fetched. */
static bool check_one(struct checks *c, const char *signature, const char *path,
		      const char *digits, const int fds[2])
{
	struct check *k = checks_add(c, "signature", signature, path);
	struct arguments a = { .n = 0 };
	char *answer = NULL, *inside = NULL;
	bool ok = k && argue(&a, "gpgv") && argue(&a, "--status-fd") && argue(&a, "3") &&
		  (path || (argue(&a, "--output") && argue(&a, "-"))) && argue_keyrings(&a);

	ok = ok && argue_file(&a, signature, fds[0]) && (!path || argue_file(&a, path, fds[1]));
	if (ok && !run_gpgv(&a, fds, &answer, &inside)) {
		(void)snprintf(k->words, sizeof(k->words), "not checked: gpgv is not installed");
	} else if (ok) {
		judge(k, answer);
		if (k->result == CHECK_GOOD && !path && digits && !strstr(inside, digits)) {
			k->result = CHECK_BAD;
			(void)snprintf(k->words, sizeof(k->words),
				       "bad: the line for the image is outside of what is signed");
		}
	}
	free(answer);
	free(inside);
	arguments_free(&a);
	return ok;
}

static bool seen(const struct checks *c, const char *file)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->items[i].kind, "signature") == 0 &&
		    strcmp(c->items[i].file, file) == 0)
			return true;
	return false;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* Is it a text with its signature in it? */
static bool is_signed_inside(const char *path)
{
	static const char mark[] = "-----BEGIN PGP SIGNED MESSAGE-----";
	char head[4096 + 1];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(head, 1, sizeof(head) - 1, f) : 0;

	if (f)
		(void)fclose(f);
	head[n] = '\0';
	return strstr(head, mark) != NULL;
}

/* The names that detached signatures have. False: too long. */
static bool name_signature(char name[4096], const char *path, size_t i)
{
	int n = snprintf(name, 4096, "%s%s", path, endings[i]);

	return n > 0 && n < 4096;
}

/* Detached ones of a list behind an address, and one that it has inside. */
static bool check_fetched(struct checks *c, const char *url, const char *digits)
{
	char signature[4096], path[FETCHED_BYTES];
	int fds[2] = { -1, -1 };
	bool ok = fetch_small(url, &fds[1]);

	if (fds[1] < 0)
		return ok;
	for (size_t i = 0; ok && i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (!name_signature(signature, url, i) || seen(c, signature))
			continue;
		ok = fetch_small(signature, &fds[0]);
		if (!ok || fds[0] < 0)
			continue;
		ok = check_one(c, signature, url, NULL, fds);
		(void)close(fds[0]);
	}
	fetched_path(fds[1], path);
	if (ok && is_signed_inside(path) && !seen(c, url))
		ok = check_one(c, url, NULL, digits, (const int[2]){ fds[1], -1 });
	(void)close(fds[1]);
	return ok;
}

bool signatures_check(struct checks *c, const char *path, const char *digits)
{
	const int none[2] = { -1, -1 };
	char signature[4096];

	if (isokit_source_is_url(path))
		return check_fetched(c, path, digits);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (name_signature(signature, path, i) && is_file(signature) &&
		    !seen(c, signature) && !check_one(c, signature, path, NULL, none))
			return false;
	if (is_signed_inside(path) && !seen(c, path))
		return check_one(c, path, NULL, digits, none);
	return true;
}
