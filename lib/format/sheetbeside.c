/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data file of a disc was opened, and its sheet lies beside it: then that tells where
 * its tracks are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "ondisk/ccd.h"
#include "ondisk/cue.h"
#include "ondisk/mds.h"
#include "ondisk/toc.h"

enum sheet_kind { CUE, TOC, CCD, MDS, N_KINDS };

static const char endings[N_KINDS][5] = { ".cue", ".toc", ".ccd", ".mds" };

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *ending_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name ? dot : name + strlen(name);
}

/* Without the folders that a sheet may have ahead of it. */
static bool is_name(const char *in_sheet, const char *own)
{
	const char *p = in_sheet + strlen(in_sheet);

	while (p > in_sheet && p[-1] != '/' && p[-1] != '\\')
		p--;
	return strcasecmp(p, own) == 0;
}

/* The bytes of a file beside, if it is one and not too large; free them. */
static uint8_t *slurp(const char *path, size_t *ret_bytes, bool *ret_no_memory)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint8_t *bytes = NULL;
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= SHEET_MAX_BYTES)
		*ret_no_memory = !(bytes = malloc((size_t)st.st_size));
	if (bytes) {
		got = pread(fd, bytes, (size_t)st.st_size, 0);
		*ret_bytes = got > 0 ? (size_t)got : 0;
	}
	(void)close(fd);
	return bytes;
}

/* Does this sheet tell of this file, and of no other? */
static bool tells_of(enum sheet_kind kind, const uint8_t *bytes, size_t n, const char *own,
		     bool *ret_no_memory)
{
	union all {
		struct ondisk_cue cue;
		struct ondisk_toc toc;
		struct ondisk_ccd ccd;
		struct ondisk_mds mds;
	} *all = malloc(sizeof(*all));
	char name[ONDISK_MDS_NAME];
	bool yes = false;

	if (!all) {
		*ret_no_memory = true;
		return false;
	}
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		n -= 3;
	}
	switch (kind) {
	case CUE:
		yes = ondisk_cue_decode((const char *)bytes, n, &all->cue, NULL) == ISOKIT_OK &&
		      all->cue.n_files == 1 && is_name(all->cue.files[0].name, own);
		break;
	case TOC:
		yes = ondisk_toc_decode((const char *)bytes, n, &all->toc, NULL) == ISOKIT_OK &&
		      all->toc.n_files == 1 && is_name(all->toc.files[0], own);
		break;
	case CCD:
		yes = strcasecmp(ending_of(own), ".img") == 0 &&
		      ondisk_ccd_decode((const char *)bytes, n, &all->ccd, NULL) == ISOKIT_OK;
		break;
	case MDS:
		if (strcasecmp(ending_of(own), ".mdf") != 0 ||
		    ondisk_mds_decode(bytes, n, &all->mds, NULL) != ISOKIT_OK ||
		    all->mds.tracks[0].n_files > 1)
			break;
		ondisk_mds_name(bytes, n, all->mds.tracks[0].files[0].offset,
				all->mds.tracks[0].files[0].wide, name);
		yes = !all->mds.tracks[0].n_files || name[0] == '*' || is_name(name, own);
		break;
	case N_KINDS:
		break;
	}
	free(all);
	return yes;
}

/* The sheet of a file: its path in `path`, its bytes to be freed; NULL when there is none. */
static uint8_t *find_sheet(const char *own_path, struct text *path, enum sheet_kind *ret_kind,
			   size_t *ret_bytes, bool *ret_no_memory)
{
	const char *own = base_of(own_path), *ending = ending_of(own);

	*ret_no_memory = false;
	for (unsigned kind = 0; kind < N_KINDS; kind++)
		if (strcasecmp(ending, endings[kind]) == 0)
			return NULL; /* a sheet itself */
	for (unsigned i = 0; i < 3 * N_KINDS; i++) {
		enum sheet_kind kind = i / 3;
		size_t stem = i % 3 == 2 ? strlen(own_path) : (size_t)(ending - own_path);
		char upper[5];
		uint8_t *bytes;

		for (unsigned k = 0; k < sizeof(upper); k++)
			upper[k] = (char)(endings[kind][k] & ~(endings[kind][k] > '.' ? 0x20 : 0));
		text_clear(path);
		text_add(path, own_path, stem);
		text_add_str(path, i % 3 == 1 ? upper : endings[kind]);
		*ret_no_memory = path->failed;
		bytes = path->failed ? NULL : slurp(text_string(path), ret_bytes, ret_no_memory);
		if (bytes && tells_of(kind, bytes, *ret_bytes, own, ret_no_memory)) {
			*ret_kind = kind;
			return bytes;
		}
		free(bytes);
		if (*ret_no_memory)
			return NULL;
	}
	return NULL;
}

static unsigned beside_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct text path = { 0 };
	enum sheet_kind kind;
	unsigned sure = 0;
	uint8_t *bytes;
	struct stat st;
	bool no_memory;
	size_t n;

	/* Of a file itself, not of what another container gave. */
	if (!p->path || strcmp(p->path, "-") == 0 || stat(p->path, &st) != 0 ||
	    !S_ISREG(st.st_mode) || (uint64_t)st.st_size != p->size)
		return 0;
	bytes = find_sheet(p->path, &path, &kind, &n, &no_memory);
	if (bytes) {
		snprintf(evidence, FORMAT_EVIDENCE, "%s beside it tells of its tracks",
			 base_of(text_string(&path)));
		sure = 85;
	}
	free(bytes);
	text_free(&path);
	return no_memory ? format_no_memory(p) : sure;
}

static enum isokit_status beside_open(struct isokit_medium *m, const struct format_probe *p,
				      struct isokit_error *err)
{
	struct text path = { 0 };
	enum sheet_kind kind = N_KINDS;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *bytes;
	size_t n = 0, skip;
	bool no_memory;

	bytes = find_sheet(p->path, &path, &kind, &n, &no_memory);
	text_free(&path);
	if (no_memory)
		return isokit_fail_nomem(err, p->path, 0);
	if (!bytes)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, p->path,
				   "had a sheet beside it, which is gone");
	skip = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	switch (kind) {
	case CUE:
		st = cue_open_text(m, (const char *)bytes + skip, n - skip, err);
		break;
	case TOC:
		st = toc_open_text(m, (const char *)bytes + skip, n - skip, err);
		break;
	case CCD:
		st = ccd_open_text(m, (const char *)bytes + skip, n - skip, p->src, err);
		break;
	case MDS:
	case N_KINDS:
		st = mds_open_bytes(m, bytes, n, err);
		break;
	}
	free(bytes);
	return st;
}

const struct format format_beside = {
	.name = "sheet-beside",
	.words = "sectors with a sheet beside them",
	.probe = beside_probe,
	.open = beside_open,
};
