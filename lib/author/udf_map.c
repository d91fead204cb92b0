/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which block of the UDF partition holds which file entry: a folder, its identifiers,
 * the entries of the files in it, then the folders below. */
#include "author/udf.h"

#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/udf_encode.h"

static const char subject[] = "UDF";

bool udf_shows(const struct tree_node *n)
{
	return !tree_is_hidden(n, TREE_HIDDEN_UDF);
}

/* ---- files with several names ----------------------------------------------------------- */

static size_t place(const struct udf_map *m, const struct tree_node *first)
{
	uint64_t x = (uint64_t)(uintptr_t)first;
	size_t i;

	x = (x ^ x >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	i = (size_t)(x ^ x >> 32) & (m->capacity_families - 1);
	while (m->families[i].first && m->families[i].first != first)
		i = (i + 1) & (m->capacity_families - 1);
	return i;
}

static bool grow(struct udf_map *m)
{
	struct udf_family *old = m->families;
	size_t n = m->capacity_families;

	if (m->n_families < n / 2)
		return true;
	m->capacity_families = n ? 2 * n : 64;
	m->families = calloc(m->capacity_families, sizeof(*m->families));
	if (!m->families) {
		m->families = old;
		m->capacity_families = n;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (old[i].first)
			m->families[place(m, old[i].first)] = old[i];
	free(old);
	return true;
}

static struct udf_family *join(struct udf_map *m, const struct tree_node *n)
{
	struct udf_family *f;

	if (!grow(m))
		return NULL;
	f = &m->families[place(m, n->link)];
	if (!f->first) {
		f->first = n->link;
		m->n_families++;
	}
	return f;
}

struct udf_family *udf_family_of(struct udf_map *m, const struct tree_node *n)
{
	return &m->families[place(m, n->link)];
}

/* ---- sizes ---------------------------------------------------------------------------------- */

uint64_t udf_chained_blocks(uint64_t bytes)
{
	uint64_t n = div_up(bytes, ONDISK_UDF_EXTENT_MOST);

	/* One descriptor of each but the last leads to the next. */
	return n <= UDF_ENTRY_ADS ? 0 : div_up(n - (UDF_ENTRY_ADS - 1) - 1, UDF_CHAINED_ADS - 1);
}

uint64_t udf_node_blocks(const struct tree_node *n)
{
	struct text target = { 0 };
	uint64_t blocks = 1;

	if (tree_is_file(n))
		return 1 + udf_chained_blocks(n->size);
	if ((n->mode & S_IFMT) == S_IFLNK) {
		(void)udf_link(n, &target);
		if (target.n > UDF_ROOM)
			blocks += div_up(target.n, ONDISK_UDF_BLOCK);
		text_free(&target);
	}
	return blocks;
}

uint64_t udf_folder_bytes(const struct udf_map *m, const struct tree_node *dir)
{
	uint64_t bytes = ondisk_udf_fid_bytes(0);
	uint8_t name[ONDISK_UDF_NAME_BYTES];
	bool altered;

	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		if (udf_shows(dir->u.dir.children[i]))
			bytes += ondisk_udf_fid_bytes(udf_name(dir, i, name, &altered));
	}
	if (dir == m->catalog_folder)
		bytes += ondisk_udf_fid_bytes(
			ondisk_udf_name_encode(m->catalog_name, m->catalog_name_bytes, name,
					       ONDISK_UDF_NAME_BYTES));
	return bytes;
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void note_altered(struct udf_map *m, const struct tree_node *dir)
{
	uint8_t name[ONDISK_UDF_NAME_BYTES];
	bool altered;

	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		if (!udf_shows(dir->u.dir.children[i]))
			continue;
		(void)udf_name(dir, i, name, &altered);
		if (altered && m->altered++ == 0)
			m->first_altered = dir->u.dir.children[i];
	}
}

static void assign_folder(struct udf_map *m, struct tree_node *dir)
{
	dir->id = (uint32_t)m->blocks++;
	m->directories++;
	m->blocks += div_up(udf_folder_bytes(m, dir), ONDISK_UDF_BLOCK);
	note_altered(m, dir);
	for (uint32_t i = 0; i < dir->u.dir.n && !m->failed; i++) {
		const struct tree_node *n = dir->u.dir.children[i];
		struct udf_family *f;

		if (tree_is_dir(n) || !udf_shows(n))
			continue;
		if (n->link) {
			f = join(m, n);
			if (!f) {
				m->failed = true;
				return;
			}
			if (f->links++) {
				m->extra_links++;
				continue;
			}
			f->block = (uint32_t)m->blocks;
		}
		m->files++;
		m->blocks += udf_node_blocks(n);
	}
	if (dir == m->catalog_folder) {
		m->files++;
		m->blocks++;
	}
	for (uint32_t i = 0; i < dir->u.dir.n && !m->failed; i++) {
		if (tree_is_dir(dir->u.dir.children[i]) && udf_shows(dir->u.dir.children[i]))
			assign_folder(m, dir->u.dir.children[i]);
	}
}

enum isokit_status udf_map_make(struct udf_map *m, struct tree_node *root,
				struct isokit_error *err)
{
	m->blocks = UDF_ROOT;
	assign_folder(m, root);
	if (m->failed)
		return isokit_fail_nomem(err, subject, m->capacity_families * sizeof(*m->families));
	if (m->blocks > UINT32_MAX / 2)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "has no room for %llu files and folders",
				   (unsigned long long)(m->files + m->directories));
	return ISOKIT_OK;
}

void udf_map_free(struct udf_map *m)
{
	free(m->families);
	m->families = NULL;
	m->n_families = m->capacity_families = 0;
}
