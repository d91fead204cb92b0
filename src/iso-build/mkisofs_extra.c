/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums, attributes and compression; fields of the descriptor that few set; a file of
 * standard input. */
#include "mkisofs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"

static bool set_marked(struct isokit_build_options *lib)
{
	lib->zisofs_marked = true;
	return true;
}

/* "c", "0xNN", or a file of up to 512 bytes. */
static bool set_application_use(struct mkisofs *m, const char *value)
{
	enum { BYTES = sizeof(m->application_use) };
	char *end = NULL;
	size_t n = strlen(value);
	unsigned long byte = 0;
	FILE *f;

	m->opt->lib.application_use = m->application_use;
	memset(m->application_use, 0, BYTES);
	if (n == 4 && strncmp(value, "0x", 2) == 0)
		byte = strtoul(value + 2, &end, 16);
	if (n <= 1 || (end != NULL && *end == '\0')) {
		memset(m->application_use, n <= 1 ? (unsigned char)value[0] : (int)byte, BYTES);
		return true;
	}
	f = fopen(value, "re");
	if (f == NULL)
		return mkisofs_refuse(m, "cannot be opened: %s", strerror(errno));
	n = fread(m->application_use, 1, BYTES, f);
	if (ferror(f)) {
		(void)fclose(f);
		return mkisofs_refuse(m, "cannot be read: %s", strerror(errno));
	}
	(void)fclose(f);
	return n > 0 || mkisofs_refuse(m, "is empty");
}

/* Of scdbackup's own record: one word. */
static bool set_scdbackup(struct mkisofs *m, char *const *values)
{
	enum { MOST = 80 };

	if (strlen(values[1]) > MOST || values[1][strcspn(values[1], " \t\n")] != '\0')
		return mkisofs_refuse(m, "the name of the record is not one word of at most %d bytes", MOST);
	m->opt->scdbackup_file = values[0][0] != '\0' ? values[0] : NULL;
	m->opt->lib.scdbackup_name = values[1][0] != '\0' ? values[1] : NULL;
	return true;
}

static bool set_volume_number(struct mkisofs *m, const char *value, uint16_t *ret)
{
	long long n;

	if (!mkisofs_number(m, value, 0, UINT16_MAX, &n))
		return false;
	*ret = (uint16_t)n;
	return true;
}

bool mkisofs_extra(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	struct isokit_build_options *lib = &m->opt->lib;
	long long n;

	switch ((enum mkisofs_extra_code)row->code) {
	case MK_ACL: lib->acls = true; return true;
	case MK_XATTR:
	case MK_XATTR_ANY: lib->xattrs = true; return true;
	case MK_MD5: lib->checksums = true; return true;
	case MK_FOR_BACKUP:
		lib->acls = true;
		lib->xattrs = true;
		lib->checksums = true;
		return true;
	case MK_Z2: m->naming.zisofs_z2 = true; return true;
	case MK_ZF: m->naming.zisofs_z2 = false; return true;
	case MK_OLD_EMPTY: m->naming.old_empty = true; return true;
	case MK_SCDBACKUP: return set_scdbackup(m, values);
	case MK_ZISOFS:
	case MK_ZISOFS_2: return set_marked(lib);
	case MK_APPLICATION_USE: return set_application_use(m, values[0]);
	case MK_VOLSET_SIZE: return set_volume_number(m, values[0], &lib->volume_set_size);
	case MK_VOLSET_SEQNO: return set_volume_number(m, values[0], &lib->volume_number);
	case MK_STREAM_NAME: m->stream_name = values[0]; return true;
	case MK_MEDIA_SIZE:
		if (!mkisofs_number(m, values[0], 1, UINT32_MAX, &n))
			return false;
		m->media_blocks = (uint64_t)n;
		return true;
	}
	return false;
}

/* ---- standard input as a file -------------------------------------------------------- */

/* The image has so many blocks besides: genisoimage's numbers, with and without padding. */
enum { STREAM_BESIDE = 50, STREAM_BESIDE_PADDED = 200, BLOCK_BYTES = 2048, CHUNK_BYTES = 65536 };

static bool spool(int fd, const char *folder, uint64_t most)
{
	static char chunk[CHUNK_BYTES];
	uint64_t total = 0;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk)), done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			message_error("standard input", "cannot be read: %s", strerror(errno));
		if (n <= 0)
			break;
		total += (uint64_t)n;
		if (total > most) {
			message_error("standard input", "has more than the %llu bytes that "
				      "-stream-media-size leaves", (unsigned long long)most);
			return false;
		}
		while (done < n) {
			ssize_t some = write(fd, chunk + done, (size_t)(n - done));

			if (some < 0 && errno != EINTR) {
				message_error(folder, "no copy of standard input can be kept there "
					      "(TMPDIR=FOLDER names another place): %s",
					      strerror(errno));
				return false;
			}
			done += some > 0 ? some : 0;
		}
		continue;
	}
	return true;
}

bool mkisofs_add_stream(struct mkisofs *m)
{
	uint64_t beside = m->opt->lib.no_padding ? STREAM_BESIDE : STREAM_BESIDE_PADDED;
	const char *folder = options_scratch_folder(), *name = m->stream_name, *semicolon;
	struct tree_step *step;
	char path[64];
	int fd;

	if (m->media_blocks <= beside) {
		message_error("-stream-media-size", "must be more than %llu blocks",
			      (unsigned long long)beside);
		return false;
	}
	folder = folder != NULL ? folder : "/var/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR, 0600);
	if (fd < 0) {
		message_error(folder, "no copy of standard "
			      "input can be kept there (TMPDIR=FOLDER names another place): %s",
			      strerror(errno));
		return false;
	}
	if (!spool(fd, folder, (m->media_blocks - beside) * BLOCK_BYTES))
		return false;
	name = name != NULL ? name : "STREAM.IMG";
	semicolon = strchr(name, ';');
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	step = &m->opt->steps[m->opt->n_steps++];
	step->what = STEP_ADD;
	step->dest = strndup(name, semicolon != NULL ? (size_t)(semicolon - name) : strlen(name));
	step->source = strdup(path);
	return (step->dest != NULL && step->source != NULL) || mkisofs_out_of_memory();
}
