/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of stick_compose_files() share. For this room only. */
#ifndef STICK_FILES_H
#define STICK_FILES_H

#include <isokit/image.h>

#include "stick/compose.h"
#include "stick/fat.h"

struct files {
	struct isokit_source *image;
	const struct stick_options *o;
	struct composer *c;
	struct isokit_error *err;
	struct isokit_image *img;
	const struct isokit_facts *facts;
	const char *volume_id;
	struct tree *t; /* what FAT gets */
	uint8_t label[FAT_LABEL_BYTES];
	bool has_label;
	uint32_t serial;
	bool uefi, bios;
	size_t n_lost;
	char lost[256]; /* the first of them */
	struct bios *b; /* of filesbios.c */
};

/* A loader where firmware looks for it, from wherever the image has it. */
enum isokit_status files_set_up_uefi(struct files *f);

/* Files that a BIOS starts with, where they can be had; then, as all files have their place, boot
 * sector and MBR. `gap`: bytes in front of the partition, which begins at byte `at`; mbr: the table
 * is one. */
enum isokit_status files_set_up_bios(struct files *f, uint64_t gap, bool mbr);
enum isokit_status files_finish_bios(struct files *f, const struct fat_made *made, uint64_t at,
				     uint8_t *mbr);

#endif
