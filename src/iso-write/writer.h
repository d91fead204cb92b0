/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-write: what the command line says, and the steps of the command. */
#ifndef ISO_WRITE_WRITER_H
#define ISO_WRITE_WRITER_H

#include <isokit/device.h>
#include <isokit/isokit.h>

#include "common/hashes.h"
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
	const char **fixed_disks;    /* named with --fixed-disk=DEVICE */
	size_t n_fixed_disks;
	bool any_fixed_disk;         /* --fixed-disk: all that are named as DEVICE */
	enum writer_as as;
	bool yes, unmount, any, no_verify, simulate, fix_gpt, power_off, quick;
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
	struct hash_list hashes;
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

/* Was the drive named with --fixed-disk? */
bool is_fixed_disk(const struct writer_options *opt, const struct isokit_drives *drives,
		   const struct isokit_drive *drive);

/* A drive that was named, and what is allowed for it. */
struct target {
	const struct isokit_drive *drive;
	bool fixed;   /* --fixed-disk */
	bool unmount; /* --unmount, or the question says so */
};

/* Can somebody be asked? */
bool question_possible(const struct writer_options *opt);
/* Show what will be lost and ask for the names. EXIT_DONE, or EXIT_UNABLE after a message. */
enum exit_code question_ask(const struct writer_options *opt, const struct target *targets,
			    size_t n);

/* Everything but --list. */
enum exit_code job_run(struct writer_options *opt, const struct isokit_drives *drives,
		       struct output *out);

/* --list. */
enum exit_code list_print(const struct writer_options *opt, const struct isokit_drives *drives,
			  struct output *out);

/* What was found beside the image, and what came of it. */
enum check_result { CHECK_GOOD, CHECK_BAD, CHECK_UNKNOWN };

struct check {
	enum check_result result;
	const char *kind;   /* "checksum", "signature" */
	char *file;         /* the list or signature */
	char *of;           /* of a signature: what is signed */
	const char *digest; /* "sha256", or NULL */
	char words[300];    /* "agrees", "good, by \"Debian CD signing key\"" ... */
};

struct checks {
	struct check *items;
	size_t n, capacity;
	char *bmap;             /* a block map beside the image, or NULL */
	/* What the file behind an address must have: compared while it is read. */
	char sums[ISOKIT_DIGEST_COUNT][2 * ISOKIT_DIGEST_MAX_BYTES + 1];
};

/* Look at what lies beside the image, and compute. EXIT_DONE: nothing speaks against it. */
enum exit_code checks_make(struct checks *c, const struct writer_options *opt);
/* What was found, a line each; not escaped in JSON. */
void checks_print(const struct checks *c, struct output *out);
void json_checks(const struct checks *c, struct output *out);
void checks_release(struct checks *c);
/* What was read is what was expected. */
void checks_agreed(struct checks *c);
bool checks_no_memory(void); /* says so; returns false */
/* One more; NULL after a message. Strings are copied. */
struct check *checks_add(struct checks *c, const char *kind, const char *file, const char *of);

/* The detached signatures of a file, and one that it has inside. `digits` must stand in
 * what is signed inside; NULL: no matter. False when memory is refused (with a message). */
bool signatures_check(struct checks *c, const char *path, const char *digits);

/* A small file behind an address, in memory: a descriptor; -1: it is not there, or too large. False
 * after a message: the server does not answer, and nobody knows. */
bool fetch_small(const char *url, int *ret_fd);
/* The path of a descriptor for another program, which has to get it. */
enum { FETCHED_BYTES = 32 };
void fetched_path(int fd, char ret_path[FETCHED_BYTES]);

enum { MODEL_WORDS_BYTES = 128, DRIVE_WORDS_BYTES = 400 };
/* "62.1 GB"; "62,109,253,632". */
void decimal_words(uint64_t bytes, char ret_words[SIZE_WORDS_BYTES]);
void number_words(uint64_t n, char ret_words[SIZE_WORDS_BYTES]);
/* What it is called, and all of what tells it from others; not escaped. */
void model_words(const struct isokit_drive *d, char ret_words[MODEL_WORDS_BYTES]);
void drive_words(const struct isokit_drive *d, char ret_words[DRIVE_WORDS_BYTES]);
/* What lies on a drive, a line each. */
void content_print(struct output *out, const struct isokit_drive *d, const char *indent);

/* An object that is not closed. */
void json_drive(struct output *out, const struct isokit_drive *d);
void json_reasons(struct output *out, const struct isokit_guard_reason *reasons, size_t n);

#endif
