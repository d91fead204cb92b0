/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a few files without walking the tree: by path, and by where their data
 * begins. Only a fixed number of bytes of folders is read, whatever the image
 * holds, so that looking at an image of a million files costs as much as looking
 * at one of ten. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "model/tree.h"

enum {
	FOLDER_BYTES = 128 * 1024, /* of one folder: 1000 records and more */
	SEARCH_BYTES = 384 * 1024, /* of all folders of one search */
	SEARCH_FOLDERS = 64,       /* read in one search; each may be a seek or a request */
	QUEUED_FOLDERS = 512,
	/* At once: new memory costs more than another read, and most folders are small. */
	READ_BYTES = 16 * 1024,
};

static bool fold_equal(const char *a, const char *b, size_t n, bool fold)
{
	return fold ? ascii_equal_nocase(a, b, n) : memcmp(a, b, n) == 0;
}

/* Runs that follow each other on the medium are one. */
static uint64_t first_run(const struct tree *t, const struct tree_file *f)
{
	uint64_t bytes = f->extents[0].bytes, lba = f->extents[0].lba;

	for (size_t i = 1; i < f->n_extents && f->extents[i - 1].bytes % t->block_bytes == 0; i++) {
		lba += f->extents[i - 1].bytes / t->block_bytes;
		if (f->extents[i].lba != lba)
			break;
		bytes += f->extents[i].bytes;
	}
	return bytes;
}

static void take_found(struct tree *t, const struct tree_file *f, struct model_found *ret)
{
	size_t n;
	const char *path = model_tree_path(t, &n);

	*ret = (struct model_found){
		.state = MODEL_FOUND,
		.type = f->type,
		.bytes = f->type == ISOKIT_DIR ? f->rec.bytes.le : f->stored_bytes,
		.path = path ? arena_strndup(&t->img->arena, path, n) : NULL,
	};
	if (f->type == ISOKIT_FILE && f->n_extents) {
		ret->offset = f->extents[0].lba * t->block_bytes;
		ret->first_bytes = first_run(t, f);
		ret->plain = !f->refused && ret->first_bytes == ret->bytes &&
			     !(t->use_rock && (f->rock->has_zf || f->rock->has_sparse));
	}
}

/* ---- by path ---------------------------------------------------------------------- */

/* One folder on the way to some of the paths: those whose next component is
 * looked for there. */
struct by_path {
	struct model_lookup *wanted;
	size_t n;
	bool fold, failed;
	struct part {
		size_t at;    /* where the component begins; SIZE_MAX: not in this folder */
		size_t bytes; /* of the component */
		bool is_prefix; /* the last one, that ends in '*' */
	} *parts;             /* of each path */
	uint64_t lengths[32]; /* of the components that begin so: sets of bits, to see at
			       * once that a name is none of them */
	struct step {
		struct tree_place place;
		char *path; /* owned */
		size_t first; /* a path that leads here */
	} *steps;
	size_t n_steps, capacity_steps;
};

static size_t skip_slashes(const char *path, size_t at)
{
	while (path[at] == '/')
		at++;
	return at;
}

static size_t component_end(const char *path, size_t at)
{
	while (path[at] && path[at] != '/')
		at++;
	return at;
}

/* Do two paths begin with the same n bytes, none of which is the end of the first? */
static bool same_way(const char *way, const char *path, size_t n, bool fold)
{
	for (size_t i = 0; i < n; i++) {
		if (fold ? ascii_lower(way[i]) != ascii_lower(path[i]) : way[i] != path[i])
			return false;
	}
	return true;
}

static uint64_t length_bit(size_t n)
{
	return UINT64_C(1) << (n < 63 ? n : 63);
}

/* Case does not show in the low five bits of a letter. */
static size_t class_of(char c)
{
	return (unsigned char)c & 31;
}

/* The component may be that of a name: remember its length and first letter. */
static void admit(struct by_path *b, const char *component, const struct part *part)
{
	size_t n = part->bytes;

	if (!part->is_prefix)
		b->lengths[class_of(component[0])] |= length_bit(n);
	else if (n > 1)
		b->lengths[class_of(component[0])] |= ~(length_bit(n - 1) - 1);
	else
		memset(b->lengths, 0xff, sizeof(b->lengths));
}

static int take_component(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct by_path *b = ctx;
	bool queued = false; /* all paths through this folder come along with the first */

	if (!(b->lengths[class_of(f->name[0])] & length_bit(f->name_bytes)))
		return 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct part *part = &b->parts[i];
		size_t n = part->bytes;
		const char *c;

		if (part->at == SIZE_MAX || b->wanted[i].found.state == MODEL_FOUND)
			continue;
		if (part->is_prefix ? f->name_bytes < n - 1 : f->name_bytes != n)
			continue;
		c = b->wanted[i].path + part->at;
		if (!fold_equal(c, f->name, part->is_prefix ? n - 1 : n, b->fold))
			continue;
		if (c[n] == '\0') {
			take_found(t, f, &b->wanted[i].found);
			if (!b->wanted[i].found.path)
				b->failed = true;
		} else if (f->type == ISOKIT_DIR && !queued) {
			size_t path_bytes;
			const char *path = model_tree_path(t, &path_bytes);
			struct step *s;

			if (b->n_steps >= SEARCH_FOLDERS) {
				b->wanted[i].found.state = MODEL_UNKNOWN;
				continue;
			}
			if (!path || !ARRAY_RESERVE(b->steps, b->capacity_steps, b->n_steps + 1)) {
				b->failed = true;
				break;
			}
			s = &b->steps[b->n_steps];
			*s = (struct step){ .place = model_tree_place(t), .first = i,
					    .path = strndup(path, path_bytes) };
			if (!s->path) {
				b->failed = true;
				break;
			}
			b->n_steps++;
			queued = true;
		}
	}
	return b->failed;
}

/* Move the paths that go through the folder of a step to their next component;
 * all others are not there. `components` are behind. */
static void follow_step(struct by_path *b, const struct step *s, unsigned components)
{
	const char *way = s ? b->wanted[s->first].path : "";
	size_t behind = 0; /* of the path that led here: where its next component begins */

	for (unsigned k = 0; k < components; k++)
		behind = component_end(way, skip_slashes(way, behind));
	memset(b->lengths, 0, sizeof(b->lengths));
	for (size_t i = 0; i < b->n; i++) {
		const char *p = b->wanted[i].path;
		struct part *part = &b->parts[i];

		*part = (struct part){ .at = SIZE_MAX };
		if (!same_way(way, p, behind, b->fold) || (behind && p[behind] != '/'))
			continue;
		part->at = skip_slashes(p, behind);
		part->bytes = component_end(p, part->at) - part->at;
		if (!part->bytes) {
			part->at = SIZE_MAX;
			continue;
		}
		part->is_prefix = p[part->at + part->bytes] == '\0' &&
				  p[part->at + part->bytes - 1] == '*';
		if (b->wanted[i].found.state != MODEL_FOUND)
			admit(b, p + part->at, part);
	}
}

static void mark_unknown(struct by_path *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->parts[i].at != SIZE_MAX && b->wanted[i].found.state == MODEL_ABSENT)
			b->wanted[i].found.state = MODEL_UNKNOWN;
}

static unsigned components_of(const char *path)
{
	size_t at = skip_slashes(path, 0);
	unsigned n = 0;

	while (path[at]) {
		at = skip_slashes(path, component_end(path, at));
		n++;
	}
	return n;
}

enum isokit_status model_lookup(struct isokit_image *img, enum isokit_namespace_kind ns,
				bool fold_case, struct model_lookup *wanted, size_t n,
				struct isokit_error *err)
{
	struct by_path b = { .wanted = wanted, .n = n, .fold = fold_case };
	struct tree_options options = { .ns = ns, .skip_targets = true,
					.read_bytes = READ_BYTES, .visit = take_component, .ctx = &b };
	uint64_t left = SEARCH_BYTES;
	unsigned folders = 0;
	struct tree_place root;
	enum isokit_status st;
	struct tree t;

	for (size_t i = 0; i < n; i++)
		wanted[i].found = (struct model_found){ .state = MODEL_ABSENT };
	if (n == 0 || !img->facts.namespaces[ns].present || !img->facts.namespaces[ns].volume)
		return ISOKIT_OK;
	b.parts = calloc(n, sizeof(*b.parts));
	if (!b.parts)
		return isokit_fail_nomem(err, img->facts.path, n * sizeof(*b.parts));
	st = model_tree_init(&t, img, &options, err);
	if (st) {
		free(b.parts);
		return st;
	}
	st = model_tree_root(&t, &root);
	for (size_t next = 0; !st && next <= b.n_steps; next++) {
		/* Taken out: the array moves when it grows. */
		struct step s = next ? b.steps[next - 1] : (struct step){ .place = root };
		uint64_t most = min_u64(FOLDER_BYTES, left);
		const char *path = next ? s.path : "/";
		bool cut = false;

		follow_step(&b, next ? &s : NULL, next ? components_of(path) : 0);
		if (most == 0 || folders++ >= SEARCH_FOLDERS) {
			mark_unknown(&b);
			continue;
		}
		st = model_tree_folder(&t, &s.place, path, most, &cut);
		if (cut)
			mark_unknown(&b);
		left -= min_u64(most, s.place.bytes);
	}
	for (size_t i = 0; i < b.n_steps; i++)
		free(b.steps[i].path);
	free(b.steps);
	free(b.parts);
	model_tree_free(&t);
	if (b.failed)
		return isokit_fail_nomem(err, img->facts.path, 0);
	return st;
}

/* ---- by address ------------------------------------------------------------------- */

/* Folders that boot images lie in, in any case. What is inside one is looked at
 * before other folders, too. */
static bool is_boot_folder(const char *name, size_t n)
{
	static const char *const names[] = {
		"boot",   "isolinux", "syslinux", "efi",    "grub",	"grub2",  "images",
		"eltorito", "[boot]", "loader",   "i386-pc", "x86_64-efi", "kernels", "pxeboot",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && fold_equal(names[i], name, n, true))
			return true;
	return false;
}

struct queued {
	struct tree_place place;
	char *path; /* owned until it is read */
	bool boot;
};

struct by_address {
	const uint32_t *lbas;
	size_t n, found;
	const char **paths;
	uint64_t *bytes;
	bool failed;
	/* of the search */
	struct queued *queue;
	size_t n_queue, capacity_queue, next;
	bool in_boot;    /* the folder that is being read is one for booting */
	bool incomplete; /* a folder was left out */
};

static int note_owner(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct by_address *o = ctx;
	uint64_t sector;

	if (f->type != ISOKIT_FILE || f->n_extents == 0 || f->stored_bytes == 0)
		return 0;
	if (f->extents[0].lba * t->block_bytes % SECTOR_BYTES != 0)
		return 0;
	sector = f->extents[0].lba * t->block_bytes / SECTOR_BYTES;
	for (size_t i = 0; i < o->n; i++) {
		const char *path;
		size_t n;

		if (o->lbas[i] != sector || o->paths[i])
			continue;
		path = model_tree_path(t, &n);
		o->paths[i] = path ? arena_strndup(&t->img->arena, path, n) : NULL;
		if (!o->paths[i]) {
			o->failed = true;
			return 1;
		}
		o->bytes[i] = f->stored_bytes;
		o->found++;
	}
	return o->found == o->n;
}

static int queue_folder(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct by_address *o = ctx;
	struct queued *q;
	const char *path;
	size_t n;

	if (f->type != ISOKIT_DIR)
		return note_owner(t, f, ctx);
	if (o->n_queue == QUEUED_FOLDERS) {
		o->incomplete = true;
		return 0;
	}
	if (!ARRAY_RESERVE(o->queue, o->capacity_queue, o->n_queue + 1)) {
		o->failed = true;
		return 1;
	}
	path = model_tree_path(t, &n);
	q = &o->queue[o->n_queue];
	*q = (struct queued){
		.place = model_tree_place(t),
		.path = path ? strndup(path, n) : NULL,
		.boot = o->in_boot || is_boot_folder(f->name, f->name_bytes),
	};
	if (!q->path) {
		o->failed = true;
		return 1;
	}
	o->n_queue++;
	return 0;
}

/* The next folder: those for booting first, else in the order they were met,
 * which is breadth first. */
static struct queued *next_folder(struct by_address *o)
{
	struct queued *q = NULL;

	while (o->next < o->n_queue && !o->queue[o->next].path)
		o->next++;
	for (size_t i = o->next; i < o->n_queue && !(q && q->boot); i++)
		if (o->queue[i].path && (!q || o->queue[i].boot))
			q = &o->queue[i];
	return q;
}

static enum isokit_status search(struct tree *t, struct by_address *o)
{
	uint64_t left = SEARCH_BYTES;
	unsigned folders = 0;
	struct tree_place place;
	enum isokit_status st;
	struct queued *q;
	bool cut;

	st = model_tree_root(t, &place);
	if (!st)
		st = model_tree_folder(t, &place, "/", FOLDER_BYTES, &cut);
	if (st)
		return st;
	o->incomplete |= cut;
	left -= min_u64(min_u64(FOLDER_BYTES, place.bytes), left);
	while ((q = next_folder(o)) != NULL) {
		char *path = q->path;
		uint64_t most = min_u64(FOLDER_BYTES, left);

		if (most == 0 || ++folders > SEARCH_FOLDERS) {
			o->incomplete = true;
			break;
		}
		q->path = NULL;
		o->in_boot = q->boot;
		left -= min_u64(q->place.bytes, most);
		st = model_tree_folder(t, &q->place, path, most, &cut);
		free(path);
		if (st)
			return st;
		o->incomplete |= cut;
	}
	return ISOKIT_OK;
}

/* Run one of both ways over the tree. */
static enum isokit_status run(struct isokit_image *img, struct by_address *o, bool bounded,
			      struct isokit_error *err)
{
	struct tree_options options = {
		.ns = model_best_tree(img),
		.skip_targets = true,
		.read_bytes = bounded ? READ_BYTES : 0,
		.visit = bounded ? queue_folder : note_owner,
		.ctx = o,
	};
	enum isokit_status st;
	struct tree t;

	st = model_tree_init(&t, img, &options, err);
	if (st)
		return st;
	/* Without extended attribute records and small blocks, where a record
	 * begins decides; then whole directories are skimmed. */
	if (t.block_bytes == SECTOR_BYTES) {
		t.options.only_lbas = o->lbas;
		t.options.n_only = o->n;
	}
	st = bounded ? search(&t, o) : model_tree_walk(&t, "/");
	model_tree_free(&t);
	if (o->failed)
		return isokit_fail_nomem(err, img->facts.path, 0);
	return st == ISOKIT_E_CANCELLED ? ISOKIT_OK : st;
}

enum isokit_status model_files_at(struct isokit_image *img, const uint32_t *lbas, size_t n,
				  const char **ret_paths, uint64_t *ret_bytes,
				  struct isokit_error *err)
{
	struct by_address o = { .lbas = lbas, .n = n, .paths = ret_paths, .bytes = ret_bytes };
	enum isokit_status st;

	for (size_t i = 0; i < n; i++) {
		ret_paths[i] = NULL;
		ret_bytes[i] = 0;
	}
	if (n == 0 || !img->facts.namespaces[model_best_tree(img)].volume)
		return ISOKIT_OK;
	st = run(img, &o, true, err);
	for (size_t i = 0; i < o.n_queue; i++)
		free(o.queue[i].path);
	free(o.queue);
	img->files_unknown = o.incomplete && o.found < n && img->quick;
	if (!st && o.incomplete && o.found < n && !img->quick)
		st = run(img, &o, false, err);
	return st;
}
