/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Composing an EFI system partition from a tree that has loaders but no image. */
#ifndef AUTHOR_ESP_H
#define AUTHOR_ESP_H

#include "author/bootfiles.h"
#include "author/fatimage.h"

/* What goes into the partition. Zero-initialise; release with esp_release(). */
struct esp {
	struct fatimage_file *files; /* paths are owned */
	size_t n_files, capacity_files;
	uint64_t bytes;  /* of contents */
	bool has_loader; /* an EFI/BOOT/BOOT*.EFI is among them */
};

/* Add one file (a symbolic link is followed inside the tree). What is there
 * already under that path is kept. */
enum isokit_status esp_add_file(struct esp *esp, const struct plan *plan, const char *path,
				const struct tree_node *node, struct isokit_error *err);

/* Add bytes made here (copied). */
enum isokit_status esp_add_memory(struct esp *esp, struct plan *plan, const char *path,
				  const struct text *content, struct isokit_error *err);

/* Add a folder's content below a path ("" for the root of the partition). What
 * FAT has no place for (devices, links that lead nowhere) is left out with a note. */
enum isokit_status esp_add_folder(struct esp *esp, struct plan *plan, const char *path,
				  const struct tree_node *folder, struct isokit_error *err);

/* Is a file of that path in it (any case)? */
bool esp_has(const struct esp *esp, const char *path);

/* All that the loaders of the tree need beside them: the EFI folder; for systemd-boot
 * its loader folder and the kernels its entries name; for GRUB a grub.cfg that finds
 * the one in the tree (grub_dir, or NULL); BOOT*.EFI out of systemd-boot or memtest86+
 * where the tree has none. */
enum isokit_status esp_add_found(struct esp *esp, struct plan *plan, const struct bootfiles *found,
				 struct isokit_error *err);

/* The commands by which any GRUB finds this image and its own folder in it. */
void esp_grub_search(const struct plan *plan, const char *grub_dir, struct text *out);

/* Make the image: a node in plan->extra, or hidden in the tree. */
enum isokit_status esp_make(struct esp *esp, struct plan *plan, bool in_tree,
			    struct tree_node **ret_node, struct isokit_error *err);

void esp_release(struct esp *esp);

#endif
