/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-write: what the command line says, and the steps of the command. */
#ifndef ISO_WRITE_WRITER_H
#define ISO_WRITE_WRITER_H

#include <isokit/isokit.h>

#include "common/json.h"
#include "common/options.h"
#include "common/output.h"
#include "common/password.h"

enum writer_task {
	TASK_WRITE,   /* IMAGE DEVICE... */
	TASK_LIST,
	TASK_COMPARE, /* IMAGE DEVICE... */
	TASK_CLONE,   /* FROM TO... */
	TASK_RESTORE, /* DEVICE... */
	TASK_PROBE,   /* DEVICE... */
};

enum writer_as { AS_AUTO, AS_IMAGE, AS_FILES };

enum writer_blank { BLANK_AS_NEEDED, BLANK_FAST, BLANK_ALL, BLANK_DEFORMAT, BLANK_NEVER };

struct writer_options {
	struct common_options common;
	enum writer_task task;
	const char *source;          /* image or drive; NULL where there is none */
	const char *const *devices;  /* borrowed from argv */
	size_t n_devices;
	const char **fixed_disks;    /* named with --fixed-disk */
	size_t n_fixed_disks;
	enum writer_as as;
	bool yes, unmount, any, no_verify, simulate, fix_gpt, power_off;
	bool no_beside;              /* what lies beside the image is not looked at */
	const char *sha256;          /* 64 digits in lower case, or NULL */
	const char *bmap;
	const char *label, *fs;
	uint64_t persistence;        /* UINT64_MAX: all that is left */
	/* Discs. */
	unsigned speed;              /* kB/s, or 0 */
	double speed_x;              /* --speed=8x; 0: not so */
	enum writer_blank blank;
	bool multi, eject;
	const char *pseudo_folder;   /* files below it may play drives (tests), or NULL */
	const char *disc_word;       /* one of these options that was given, or NULL */
	enum isokit_digest_kind hash_order[ISOKIT_DIGEST_COUNT]; /* as they were asked for */
	size_t n_hashes;
	unsigned hashes;
	const char *password_file;
	struct password password;
	const char *scratch_folder;
	bool has_epoch;              /* SOURCE_DATE_EPOCH */
	int64_t epoch;
	char **operands;             /* from malloc */
	char sha256_digits[2 * 32 + 1];
};

/* Fill `opt`. EXIT_DONE to go on, else *ret_stop is set and the exit code is returned.
 * Release with writer_release(). */
enum exit_code writer_parse(struct writer_options *opt, int argc, char **argv, bool *ret_stop);
void writer_release(struct writer_options *opt);

#endif
