/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs grub-mkimage: commands go in through an anonymous file, the image and the
 * complaints come out through others (it wants to sync its output, which a pipe
 * refuses); nothing touches the disk. */
#include "author/grubimage.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_IMAGE_BYTES = 64 << 20, MAX_WORDS_BYTES = 4096, CONFIG_FD = 3 };

/* A menu can use what is inside without finding a module folder in the tree; a
 * module that an older or newer GRUB does not have is left out. */
static const char *const menu_modules[] = {
	"normal", "configfile", "search", "search_fs_uuid", "search_fs_file", "search_label",
	"iso9660", "udf", "fat", "ext2", "part_gpt", "part_msdos", "linux", "linux16", "chain",
	"multiboot", "multiboot2", "boot", "halt", "reboot", "echo", "test", "true", "regexp",
	"loopback", "cat", "ls", "help", "minicmd", "sleep", "loadenv", "probe", "gzio", "serial",
	"terminal", "all_video", "gfxterm", "gfxmenu", "gfxterm_background", "png", "jpeg",
	"font", "keystatus", "date", "cpuid", "efifwsetup", NULL
};
static const char *const kernel_modules[] = {
	"search", "search_fs_uuid", "iso9660", "part_gpt", "part_msdos", "linux", "boot", "echo",
	NULL
};

static bool has_module(const char *dir, const char *name)
{
	struct text path = { 0 };
	bool has;

	text_addf(&path, "%s/%s.mod", dir, name);
	has = !path.failed && access(text_string(&path), R_OK) == 0;
	text_free(&path);
	return has;
}

/* What it said last, without the newline. */
static const char *last_line(struct text *words)
{
	const char *line;

	while (words->n > 0 && words->bytes[words->n - 1] == '\n')
		words->bytes[--words->n] = '\0';
	if (words->n == 0)
		return "no reason given";
	line = strrchr(words->bytes, '\n');
	return line != NULL ? line + 1 : words->bytes;
}

/* What was written to an anonymous file, at most so much. False when it cannot be
 * read or is more. */
static bool read_back(int fd, size_t most, struct text *out)
{
	char buffer[8192];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(fd, buffer, sizeof(buffer), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (out->n + (size_t)n > most)
			return false;
		text_add(out, buffer, (size_t)n);
		at += n;
	}
}

static enum isokit_status start(const struct grubimage_request *request, char *const argv[],
				int config, int image, int words, pid_t *ret_pid,
				struct isokit_error *err)
{
	char lc[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *envp[] = { lc, path, NULL };
	posix_spawn_file_actions_t actions;
	int e = posix_spawn_file_actions_init(&actions);

	if (e != 0)
		return isokit_fail_nomem(err, request->program, sizeof(actions));
	e = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (e == 0)
		e = posix_spawn_file_actions_adddup2(&actions, image, 1);
	if (e == 0)
		e = posix_spawn_file_actions_adddup2(&actions, words, 2);
	if (e == 0)
		e = posix_spawn_file_actions_adddup2(&actions, config, CONFIG_FD);
	if (e == 0)
		e = posix_spawn(ret_pid, request->program, &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	return e == 0 ? ISOKIT_OK :
	       isokit_fail_errno(err, e, request->program, "cannot be started");
}

static enum isokit_status run(const struct grubimage_request *request, char *const argv[],
			      int config, struct text *image, struct isokit_error *err)
{
	int image_fd = memfd_create("grub.img", MFD_CLOEXEC), how = 0;
	int words_fd = memfd_create("grub.err", MFD_CLOEXEC);
	struct text words = { 0 };
	enum isokit_status status;
	bool fits = false;
	pid_t pid = -1;

	if (image_fd < 0 || words_fd < 0)
		status = isokit_fail_errno(err, errno, request->program, "cannot be started");
	else
		status = start(request, argv, config, image_fd, words_fd, &pid, err);
	while (status >= 0 && waitpid(pid, &how, 0) < 0)
		if (errno != EINTR)
			status = isokit_fail_errno(err, errno, request->program, "got lost");
	if (status >= 0) {
		fits = read_back(image_fd, MAX_IMAGE_BYTES, image);
		(void)read_back(words_fd, MAX_WORDS_BYTES, &words);
	}
	if (status >= 0 && (!fits || !WIFEXITED(how) || WEXITSTATUS(how) != 0 || image->n == 0))
		status = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, request->program,
				     "could not make an image for %s: %s", request->format,
				     fits ? last_line(&words) : "too large");
	if (status >= 0 && image->failed)
		status = isokit_fail_nomem(err, request->program, image->n);
	text_free(&words);
	if (image_fd >= 0)
		close(image_fd);
	if (words_fd >= 0)
		close(words_fd);
	return status;
}

enum isokit_status grubimage_make(const struct grubimage_request *request, struct text *ret_image,
				  struct isokit_error *err)
{
	const char *const *modules = request->loads_linux ? kernel_modules : menu_modules;
	bool pc = strncmp(request->format, "i386-pc", 7) == 0;
	const char *argv[16 + sizeof(menu_modules) / sizeof(menu_modules[0])];
	int config = memfd_create("grub.cfg", MFD_CLOEXEC);
	size_t n = 0, length = strlen(request->config);
	struct text image = { 0 };
	enum isokit_status status;

	if (config < 0)
		return isokit_fail_errno(err, errno, request->program, "cannot be started");
	if (write(config, request->config, length) != (ssize_t)length) {
		status = isokit_fail_errno(err, errno, request->program, "cannot be started");
		close(config);
		return status;
	}
	argv[n++] = request->program;
	argv[n++] = "-O";
	argv[n++] = request->format;
	argv[n++] = "-d";
	argv[n++] = request->modules_dir;
	argv[n++] = "-p";
	argv[n++] = request->prefix;
	argv[n++] = "-c";
	argv[n++] = "/dev/fd/3";
	if (pc)
		argv[n++] = "biosdisk";
	for (size_t i = 0; modules[i] != NULL; i++)
		if (has_module(request->modules_dir, modules[i]))
			argv[n++] = modules[i];
	argv[n] = NULL;
	/* posix_spawn() does not change what argv points at. */
	status = run(request, (char *const *)(uintptr_t)argv, config, &image, err);
	close(config);
	if (status >= 0)
		*ret_image = image;
	else
		text_free(&image);
	return status;
}
