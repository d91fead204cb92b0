/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an EFI system partition must hold so that the loaders of a tree do not
 * only start but also find what they are to load: firmware and systemd-boot see
 * nothing but this partition; GRUB can look elsewhere when it is told where. */
#include "author/esp.h"

#include "base/array.h"
#include "base/byteorder.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	/* More than this in the EFI folder is no boot loader: only EFI/BOOT goes in. */
	MAX_FOLDER_BYTES = 256 << 20,
	MAX_FOLDER_FILES = 10000,
	MAX_LOADER_BYTES = 16 << 20, /* read to see whether it is GRUB */
	MAX_CONFIG_BYTES = 1 << 20,
	MAX_LINKS = 8,
};

void esp_release(struct esp *esp)
{
	for (size_t i = 0; i < esp->n_files; i++) {
		char *path;

		memcpy(&path, &esp->files[i].path, sizeof(path));
		free(path);
	}
	free(esp->files);
	*esp = (struct esp){ 0 };
}

bool esp_has(const struct esp *esp, const char *path)
{
	while (*path == '/')
		path++;
	for (size_t i = 0; i < esp->n_files; i++)
		if (strcasecmp(esp->files[i].path, path) == 0)
			return true;
	return false;
}

static enum isokit_status add(struct esp *esp, const char *path, const struct tree_node *node,
			      struct isokit_error *err)
{
	char *copy;

	while (*path == '/')
		path++;
	if (esp_has(esp, path))
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(esp->files, esp->capacity_files, esp->n_files + 1) ||
	    (copy = strdup(path)) == NULL)
		return isokit_fail_nomem(err, path, sizeof(*esp->files));
	esp->files[esp->n_files++] = (struct fatimage_file){ .path = copy, .node = node };
	if (node != NULL) {
		esp->bytes += node->size;
		/* The tree's nodes are the plan's; only this mark is made. */
		((struct tree_node *)(uintptr_t)node)->flags |= TREE_QUOTED;
	}
	if (strncasecmp(path, "EFI/BOOT/", 9) == 0 && bootfiles_is_loader_name(path + 9))
		esp->has_loader = true;
	return ISOKIT_OK;
}

enum isokit_status esp_add_memory(struct esp *esp, struct plan *plan, const char *path,
				  const struct text *content, struct isokit_error *err)
{
	/* In no tree: what a tree holds gets a place of its own in the image. */
	struct tree_node *node = arena_alloc(&plan->arena, sizeof(*node));
	char *name = arena_strndup(&plan->arena, path, strlen(path));

	if (node == NULL || name == NULL || content->failed)
		return isokit_fail_nomem(err, path, content->n);
	node->name = name;
	node->name_bytes = (uint16_t)strlen(name);
	node->mode = S_IFREG | 0444;
	node->content = content->n > 0 ? TREE_MEMORY : TREE_EMPTY;
	node->flags = TREE_GENERATED;
	node->size = content->n;
	node->u.memory = arena_memdup(&plan->arena, content->bytes, content->n);
	if (content->n > 0 && node->u.memory == NULL)
		return isokit_fail_nomem(err, path, content->n);
	return add(esp, path, node, err);
}

/* Where a symbolic link leads inside the tree, or NULL. */
static const struct tree_node *follow(const struct plan *plan, const struct tree_node *node)
{
	for (int i = 0; node != NULL && (node->mode & S_IFMT) == S_IFLNK; i++) {
		struct text path = { 0 };

		if (i == MAX_LINKS)
			return NULL;
		if (node->u.target[0] != '/') {
			const struct tree_node *at = node->parent;
			const char *p = node->u.target;

			/* tree_lookup() knows no "..": climb by hand. */
			while (strncmp(p, "../", 3) == 0 && at != NULL) {
				at = at->parent;
				p += 3;
			}
			if (at == NULL)
				return NULL;
			tree_node_path(at, &path);
			text_add_char(&path, '/');
			text_add_str(&path, p);
		} else {
			text_add_str(&path, node->u.target);
		}
		node = path.failed ? NULL : tree_lookup_nocase(plan->tree, text_string(&path));
		text_free(&path);
	}
	return node;
}

enum isokit_status esp_add_file(struct esp *esp, const struct plan *plan, const char *path,
				const struct tree_node *node, struct isokit_error *err)
{
	const struct tree_node *target = follow(plan, node);

	if (target == NULL || !tree_is_file(target))
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is no regular file");
	return add(esp, path, target, err);
}

enum isokit_status esp_add_folder(struct esp *esp, struct plan *plan, const char *path,
				  const struct tree_node *folder, struct isokit_error *err)
{
	enum isokit_status status = ISOKIT_OK;

	if (path[0] != '\0')
		status = add(esp, path, NULL, err);
	for (uint32_t i = 0; i < folder->u.dir.n && status >= 0; i++) {
		struct tree_node *child = folder->u.dir.children[i];
		const struct tree_node *target = follow(plan, child);
		struct text at = { 0 };

		text_add_str(&at, path);
		if (path[0] != '\0')
			text_add_char(&at, '/');
		text_add_str(&at, child->name);
		if (at.failed)
			status = isokit_fail_nomem(err, child->name, child->name_bytes);
		else if (tree_is_dir(child))
			status = esp_add_folder(esp, plan, text_string(&at), child, err);
		else if (target != NULL && tree_is_file(target) && esp_has(esp, text_string(&at)))
			status = isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET,
					     text_string(&at), "is there twice in the EFI partition "
					     "(FAT does not tell upper from lower case)");
		else if (target != NULL && tree_is_file(target))
			status = add(esp, text_string(&at), target, err);
		else
			plan_note(plan, ISOKIT_BUILD_WARNING, text_string(&at),
				  "left out of the EFI partition: FAT holds only files and folders");
		text_free(&at);
	}
	return status;
}

/* ---- systemd-boot ---------------------------------------------------------------- */

/* One line of a loader entry: "linux /path", with blanks before and between. */
static bool entry_path(const char *line, size_t n, struct text *ret_path)
{
	static const char *const keys[] = { "linux", "initrd", "efi", "devicetree", "uki" };

	while (n > 0 && (*line == ' ' || *line == '\t'))
		line++, n--;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t key = strlen(keys[i]);

		if (n <= key || strncmp(line, keys[i], key) != 0 ||
		    (line[key] != ' ' && line[key] != '\t'))
			continue;
		line += key;
		n -= key;
		while (n > 0 && (*line == ' ' || *line == '\t'))
			line++, n--;
		while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r'))
			n--;
		text_clear(ret_path);
		for (size_t k = 0; k < n; k++)
			text_add_char(ret_path, line[k] == '\\' ? '/' : line[k]);
		return n > 0;
	}
	return false;
}

static enum isokit_status add_entry_files(struct esp *esp, struct plan *plan,
					  const struct tree_node *entry, struct isokit_error *err)
{
	struct text path = { 0 };
	enum isokit_status status;
	char *bytes, *p, *end;

	if (entry->size == 0 || entry->size > MAX_CONFIG_BYTES)
		return ISOKIT_OK;
	bytes = malloc((size_t)entry->size + 1);
	if (bytes == NULL)
		return isokit_fail_nomem(err, entry->name, (size_t)entry->size);
	status = tree_node_read(entry, 0, bytes, (size_t)entry->size, err);
	end = bytes + entry->size;
	for (p = bytes; p < end && status >= 0;) {
		char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol != NULL ? eol : end) - p);

		if (entry_path(p, n, &path)) {
			const char *name = text_string(&path);
			struct tree_node *node = tree_lookup_nocase(plan->tree, name);
			const struct tree_node *target = follow(plan, node);

			if (target != NULL && tree_is_file(target))
				status = add(esp, name, target, err);
			else if (!esp_has(esp, name))
				plan_note(plan, ISOKIT_BUILD_WARNING, name,
					  "not in the tree given, but an entry of systemd-boot needs it");
		}
		p += n + 1;
	}
	free(bytes);
	text_free(&path);
	return status;
}

/* systemd-boot reads its own partition and nothing else. */
static enum isokit_status add_systemd(struct esp *esp, struct plan *plan,
				      const struct bootfiles *found, struct isokit_error *err)
{
	static const char *const names[4] = { "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/BOOTIA32.EFI",
					      "EFI/BOOT/BOOTAA64.EFI", "EFI/BOOT/BOOTARM.EFI" };
	struct tree_node *loader = tree_lookup_nocase(plan->tree, "/loader"), *entries;
	enum isokit_status status = ISOKIT_OK;

	for (size_t i = 0; i < 4 && status >= 0; i++)
		if (found->systemd_boot[i] != NULL)
			status = esp_add_file(esp, plan, names[i], found->systemd_boot[i], err);
	if (status < 0 || loader == NULL || !tree_is_dir(loader))
		return status;
	status = esp_add_folder(esp, plan, "loader", loader, err);
	entries = tree_child_nocase(loader, "entries");
	for (uint32_t i = 0; entries != NULL && tree_is_dir(entries) && i < entries->u.dir.n &&
			     status >= 0; i++)
		if (tree_is_file(entries->u.dir.children[i]))
			status = add_entry_files(esp, plan, entries->u.dir.children[i], err);
	return status;
}

/* ---- GRUB ------------------------------------------------------------------------- */

void esp_grub_search(const struct plan *plan, const char *grub_dir, struct text *out)
{
	const char *d = plan->uuid_digits;

	text_addf(out, "search --no-floppy --fs-uuid --set=root "
		  "%.4s-%.2s-%.2s-%.2s-%.2s-%.2s-%.2s\n",
		  d, d + 4, d + 6, d + 8, d + 10, d + 12, d + 14);
	if (grub_dir != NULL)
		text_addf(out, "set prefix=($root)%s\n", grub_dir);
}

/* A GRUB keeps the folder of its configuration as text, "/EFI/debian" for example. */
static void find_prefixes(const char *bytes, size_t n, char prefixes[4][64], size_t *n_prefixes)
{
	const char *p = bytes, *end = bytes + n;

	while (*n_prefixes < 4 && (p = memmem(p, (size_t)(end - p), "/EFI/", 5)) != NULL) {
		size_t k = 5;

		while (p + k < end && k < 40 &&
		       ((p[k] >= 'a' && p[k] <= 'z') || (p[k] >= 'A' && p[k] <= 'Z') ||
			(p[k] >= '0' && p[k] <= '9') || p[k] == '-' || p[k] == '_'))
			k++;
		if (k > 5 && k < 40 && p + k < end && p[k] == '\0') {
			memcpy(prefixes[*n_prefixes], p, k);
			prefixes[*n_prefixes][k] = '\0';
			(*n_prefixes)++;
		}
		p += k;
	}
}

/* For each GRUB among the loaders a grub.cfg where it looks for one, unless the tree
 * brings its own. */
static enum isokit_status add_grub_stubs(struct esp *esp, struct plan *plan, const char *grub_dir,
					 struct isokit_error *err)
{
	char prefixes[4][64] = { "/EFI/BOOT" };
	size_t n_prefixes = 1;
	struct text words = { 0 };
	enum isokit_status status = ISOKIT_OK;
	bool grub = false;

	for (size_t i = 0; i < esp->n_files && status >= 0; i++) {
		const struct tree_node *node = esp->files[i].node;
		const char *path = esp->files[i].path;
		size_t length = strlen(path);
		char *bytes;

		if (node == NULL || node->size < 1024 || node->size > MAX_LOADER_BYTES ||
		    length < 4 || strcasecmp(path + length - 4, ".efi") != 0)
			continue;
		bytes = malloc((size_t)node->size);
		if (bytes == NULL)
			return isokit_fail_nomem(err, path, (size_t)node->size);
		status = tree_node_read(node, 0, bytes, (size_t)node->size, err);
		if (status >= 0 && memmem(bytes, (size_t)node->size, "grub_", 5) != NULL) {
			grub = true;
			find_prefixes(bytes, (size_t)node->size, prefixes, &n_prefixes);
		}
		free(bytes);
	}
	esp_grub_search(plan, grub_dir, &words);
	text_add_str(&words, "configfile $prefix/grub.cfg\n");
	for (size_t i = 0; i < n_prefixes && grub && status >= 0; i++) {
		struct text path = { 0 };

		text_addf(&path, "%s/grub.cfg", prefixes[i]);
		if (!esp_has(esp, text_string(&path)))
			status = esp_add_memory(esp, plan, text_string(&path), &words, err);
		text_free(&path);
	}
	text_free(&words);
	return status;
}

/* ---- all of it ----------------------------------------------------------------------- */

struct sum {
	uint64_t bytes, files;
};

static int sum_visit(void *ctx, struct tree_node *node)
{
	struct sum *sum = ctx;

	if (tree_is_file(node))
		sum->bytes += node->size;
	sum->files++;
	return 0;
}

static enum isokit_status add_efi_folder(struct esp *esp, struct plan *plan,
					 struct tree_node *folder, struct isokit_error *err)
{
	struct tree_node *boot = tree_child_nocase(folder, "boot");
	struct sum sum = { 0 };

	tree_walk(folder, sum_visit, &sum);
	if ((sum.bytes <= MAX_FOLDER_BYTES && sum.files <= MAX_FOLDER_FILES) || boot == NULL)
		return esp_add_folder(esp, plan, "EFI", folder, err);
	plan_note(plan, ISOKIT_BUILD_WARNING, "/EFI",
		  "larger than %d MiB or %d files: only EFI/BOOT goes into the EFI partition",
		  MAX_FOLDER_BYTES >> 20, MAX_FOLDER_FILES);
	return esp_add_folder(esp, plan, "EFI/BOOT", boot, err);
}

enum isokit_status esp_add_found(struct esp *esp, struct plan *plan, const struct bootfiles *found,
				 struct isokit_error *err)
{
	static const char *const memtest[2] = { "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/BOOTIA32.EFI" };
	struct tree_node *efi = tree_lookup_nocase(plan->tree, "/efi");
	bool systemd = false;
	enum isokit_status status = ISOKIT_OK;

	for (size_t i = 0; i < 4; i++)
		systemd = systemd || found->systemd_boot[i] != NULL;
	if (efi != NULL && tree_is_dir(efi) && (found->efi_folder != NULL || systemd))
		status = add_efi_folder(esp, plan, efi, err);
	/* A systemd-boot under the default name alone is told by its folder. */
	if (status >= 0 && (systemd || (esp->has_loader && found->grub_dir == NULL &&
				       tree_lookup_nocase(plan->tree, "/loader/entries") != NULL)))
		status = add_systemd(esp, plan, found, err);
	if (status >= 0 && found->grub_dir != NULL)
		status = add_grub_stubs(esp, plan, found->grub_dir, err);
	if (esp->has_loader || found->grub_dir != NULL)
		return status;
	for (size_t i = 0; i < 2 && status >= 0; i++)
		if (found->memtest_efi[i] != NULL)
			status = add(esp, memtest[i], found->memtest_efi[i], err);
	return status;
}

enum isokit_status esp_make(struct esp *esp, struct plan *plan, bool in_tree,
			    struct tree_node **ret_node, struct isokit_error *err)
{
	struct fatimage_options options = { .label = "ESP", .epoch = plan->epoch };
	struct text path = { 0 };
	struct isokit_source *src;
	enum isokit_status status;
	uint8_t digest[32];
	struct tree *tree;

	status = plan_digest(plan, "EFI partition", digest, err);
	if (status < 0)
		return status;
	options.serial = get_le32(digest);
	status = author_fatimage_new(esp->files, esp->n_files, &options, &src, err);
	if (status < 0)
		return status;
	status = plan_keep_source(plan, src, err); /* closes it when it fails */
	if (status < 0)
		return status;
	tree = in_tree ? plan->tree : plan->extra;
	plan_free_path(plan, "isokit-efi", &path);
	status = path.failed ? isokit_fail_nomem(err, "EFI image", path.n) :
			       tree_add_range(tree, text_string(&path), src, 0,
					      isokit_source_size(src), ret_node, err);
	text_free(&path);
	if (status >= 0 && in_tree)
		(*ret_node)->flags |= TREE_HIDDEN;
	return status;
}
