/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What contents in a tree rest on, until the tree is gone. */
#include <stdlib.h>

#include "base/array.h"
#include "base/fail.h"
#include "volume/volume.h"

struct ending {
	void (*release)(void *object);
	void *object;
};

struct volume_mount {
	struct isokit_source **sources;
	size_t n_sources, sources_capacity;
	struct ending *endings;
	size_t n_endings, endings_capacity;
};

enum isokit_status volume_mount_new(struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct volume_mount *m = calloc(1, sizeof(*m));

	if (!m)
		return isokit_fail_nomem(err, "file system", sizeof(*m));
	*ret_mount = m;
	return ISOKIT_OK;
}

enum isokit_status volume_mount_keep(struct volume_mount *m, struct isokit_source *src,
				     struct isokit_error *err)
{
	if (!ARRAY_RESERVE(m->sources, m->sources_capacity, m->n_sources + 1)) {
		isokit_source_close(src);
		return isokit_fail_nomem(err, "file system", sizeof(src));
	}
	m->sources[m->n_sources++] = src;
	return ISOKIT_OK;
}

enum isokit_status volume_mount_at_end(struct volume_mount *m, void (*release)(void *),
				       void *object, struct isokit_error *err)
{
	if (!ARRAY_RESERVE(m->endings, m->endings_capacity, m->n_endings + 1)) {
		release(object);
		return isokit_fail_nomem(err, "file system", sizeof(struct ending));
	}
	m->endings[m->n_endings++] = (struct ending){release, object};
	return ISOKIT_OK;
}

void volume_mount_free(struct volume_mount *m)
{
	if (!m)
		return;
	while (m->n_sources)
		isokit_source_close(m->sources[--m->n_sources]);
	while (m->n_endings) {
		m->n_endings--;
		m->endings[m->n_endings].release(m->endings[m->n_endings].object);
	}
	free(m->sources);
	free(m->endings);
	free(m);
}
