/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which GRUB is installed, and what an image for this tree must be told. */
#include "author/grubimage.h"
#include "author/profile.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder with everything that an image needs. The tree's own modules come
 * first: an image and the modules it loads later must be of one version. */
static char *modules_dir(const struct profile *p, const char *target)
{
	/* Debian, Arch, Fedora; openSUSE; others. */
	static const char *const folders[] = { "/usr/lib/grub", "/usr/share/grub2",
					       "/usr/lib/grub2", "/usr/share/grub" };
	struct text path = { 0 };
	char *found = NULL;

	if (p->found.grub_dir != NULL) {
		const struct tree_node *node;

		text_addf(&path, "%s/%s/kernel.img", p->found.grub_dir, target);
		node = tree_lookup(p->plan->tree, text_string(&path));
		text_clear(&path);
		if (node != NULL && tree_is_file(node) && node->content == TREE_HOST)
			tree_node_host_path(node, &path);
		if (path.n > 0 && !path.failed && access(path.bytes, R_OK) == 0)
			found = strdup(path.bytes);
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && found == NULL; i++) {
		const char *paths[2] = { NULL, NULL };

		text_clear(&path);
		text_addf(&path, "%s/%s/kernel.img", folders[i], target);
		paths[0] = text_string(&path);
		found = bootfiles_system_path(p->plan, paths);
	}
	text_free(&path);
	if (found != NULL)
		*strrchr(found, '/') = '\0';
	return found;
}

static void say_no_modules(struct profile *p, const char *target)
{
	static const struct {
		const char *target, *package, *what;
	} known[] = { { "i386-pc", "grub-pc-bin", "no BIOS boots it" },
		      { "x86_64-efi", "grub-efi-amd64-bin", "no UEFI boots it" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct text path = { 0 };

		if (strcmp(target, known[i].target) != 0)
			continue;
		text_addf(&path, "/usr/lib/grub/%s/kernel.img", target);
		plan_note(p->plan, ISOKIT_BUILD_MISSING, text_string(&path),
			  "not installed, so that %s (Debian package %s)", known[i].what,
			  known[i].package);
		text_free(&path);
	}
}

static void make_config(const struct profile *p, const struct tree_node *kernel, struct text *out)
{
	esp_grub_search(p->plan, kernel != NULL ? NULL : p->found.grub_dir, out);
	if (kernel == NULL)
		return;
	text_add_str(out, "linux ($root)");
	tree_node_path(kernel, out);
	text_add_str(out, "\nboot\n");
}

enum isokit_status profile_grub_image(struct profile *p, const char *target,
				      const struct tree_node *kernel, struct text *ret_image,
				      struct isokit_error *err)
{
	static const char *const programs[] = { "/usr/bin/grub-mkimage", "/usr/bin/grub2-mkimage",
						"/usr/local/bin/grub-mkimage", NULL };
	struct grubimage_request request = { .loads_linux = kernel != NULL };
	char *dir = modules_dir(p, target), *program = NULL;
	struct text config = { 0 };
	enum isokit_status status = ISOKIT_OK;

	if (dir == NULL) {
		if (kernel == NULL)
			say_no_modules(p, target);
		return ISOKIT_OK;
	}
	program = bootfiles_system_path(p->plan, programs);
	if (program == NULL) {
		if (kernel == NULL && !p->said_mkimage)
			plan_note(p->plan, ISOKIT_BUILD_MISSING, programs[0],
				  "not installed, and needed to make GRUB's boot images (Debian "
				  "package grub-common)");
		p->said_mkimage = true;
		free(dir);
		return ISOKIT_OK;
	}
	make_config(p, kernel, &config);
	request.program = program;
	request.modules_dir = dir;
	request.format = strcmp(target, "i386-pc") == 0 ? "i386-pc-eltorito" : target;
	request.prefix = p->found.grub_dir != NULL ? p->found.grub_dir : "/boot/grub";
	request.config = text_string(&config);
	if (config.failed)
		status = isokit_fail_nomem(err, "GRUB", config.n);
	if (status >= 0)
		status = grubimage_make(&request, ret_image, err);
	text_free(&config);
	free(program);
	free(dir);
	return status;
}
