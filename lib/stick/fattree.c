/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What FAT makes of a tree: names in Unicode without some characters, compared without regard to
 * case, and neither links nor devices. */
#include "stick/fat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "author/fatname.h"
#include "base/array.h"
#include "base/fail.h"
#include "base/text.h"
#include "stick/exfat.h"
#include "tree/impl.h"

enum {
	MAX_DEPTH = 100,     /* of folders; Windows takes some 120, fsck.fat more */
	MAX_HOPS = 40,       /* symbolic links that lead to another one */
	MAX_COPIES = 200000, /* files and folders that links multiply */
	RENAMED_TOLD = 100,  /* one by one, so that there is room for what else is to be told */
};

static const char subject[] = "FAT file system";

/* A folder that is being copied, and the one that it was opened from. */
struct level {
	const struct tree_node *from;
	const struct level *above;
	unsigned depth;
};

struct copying {
	struct composer *c;
	const struct tree *from;
	struct tree *to;
	struct tree_node **slots; /* by folder and folded name */
	size_t n_slots, n_used;
	bool merging;  /* what is there stays */
	size_t copies; /* through links */
	size_t n_renamed;
	size_t n_links, n_dangling, n_folder_links, n_special, n_deep, n_packed, n_devices;
	const char *dangling, *folder_link, *special, *deep, *packed, *device; /* the first of each */
};

/* ---- names ------------------------------------------------------------------------------------ */

size_t fat_name_units(const struct tree_node *node, uint16_t ret_units[255])
{
	const uint8_t *p = (const uint8_t *)node->name;
	size_t n = 0;

	for (size_t i = 0; i < node->name_bytes && n < FATNAME_MAX_UNITS;) {
		uint32_t code;
		size_t used = utf8_decode(p + i, node->name_bytes - i, &code);

		if (used == 0)
			break;
		if (code > 0xffff && n + 2 > FATNAME_MAX_UNITS)
			break;
		if (code > 0xffff) {
			ret_units[n++] = (uint16_t)(0xd7c0 + (code >> 10));
			ret_units[n++] = (uint16_t)(0xdc00 | (code & 0x3ff));
		} else {
			ret_units[n++] = (uint16_t)code;
		}
		i += used;
	}
	return n;
}

/* A name that FAT can hold: at most 255 bytes, so never too many units. */
static void possible_name(const struct tree_node *node, struct text *out)
{
	const uint8_t *p = (const uint8_t *)node->name;
	size_t n = node->name_bytes;

	text_clear(out);
	for (size_t i = 0; i < n;) {
		uint32_t code;
		size_t used = utf8_decode(p + i, n - i, &code);

		if (used == 0 || code < 0x20 || code == 0x7f ||
		    (code < 0x80 && strchr("\"*:<>?\\|", (int)code))) {
			text_add_char(out, '_');
			used = used ? used : 1;
		} else {
			text_add(out, p + i, used);
		}
		i += used;
	}
	for (size_t i = out->n; i-- > 0 && (out->bytes[i] == '.' || out->bytes[i] == ' ');)
		out->bytes[i] = '_';
}

/* "NUL", "aux.c": to Windows a device in every folder, whatever is behind the dot (Microsoft:
 * "Naming Files, Paths, and Namespaces"). */
static bool is_device(const struct text *name)
{
	static const char *const words[] = { "con", "prn", "aux", "nul", "conin$", "conout$" };
	static const char *const digits[] = { "\xc2\xb9", "\xc2\xb2", "\xc2\xb3" }; /* raised ones */
	const char *p = (const char *)name->bytes;
	size_t n = 0;

	while (n < name->n && p[n] != '.')
		n++;
	while (n && p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == n && strncasecmp(p, words[i], n) == 0)
			return true;
	if (n < 4 || (strncasecmp(p, "com", 3) != 0 && strncasecmp(p, "lpt", 3) != 0))
		return false;
	for (size_t i = 0; i < sizeof(digits) / sizeof(*digits); i++)
		if (n == 5 && memcmp(p + 3, digits[i], 2) == 0)
			return true;
	return n == 4 && p[3] >= '1' && p[3] <= '9';
}

static uint32_t fold(const struct tree_node *dir, const uint16_t *units, size_t n)
{
	uint64_t h = (uint64_t)(uintptr_t)dir * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < n; i++)
		h = (h ^ exfat_upcase(units[i])) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32);
}

static bool same_name(const struct tree_node *node, const uint16_t *units, size_t n)
{
	uint16_t other[FATNAME_MAX_UNITS];

	if (fat_name_units(node, other) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (exfat_upcase(units[i]) != exfat_upcase(other[i]))
			return false;
	return true;
}

/* Where a name of a folder stands in the table, or would. */
static struct tree_node **slot(const struct copying *k, const struct tree_node *dir,
			       const uint16_t *units, size_t n)
{
	size_t i = fold(dir, units, n) & (k->n_slots - 1);

	for (; k->slots[i]; i = (i + 1) & (k->n_slots - 1))
		if (k->slots[i]->parent == dir && same_name(k->slots[i], units, n))
			break;
	return &k->slots[i];
}

static bool grow(struct copying *k)
{
	struct tree_node **old = k->slots;
	size_t n = k->n_slots;

	if (k->n_used * 2 < n)
		return true;
	k->n_slots = n ? 2 * n : 256;
	k->slots = calloc(k->n_slots, sizeof(struct tree_node *));
	if (!k->slots) {
		k->slots = old;
		k->n_slots = n;
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		uint16_t units[FATNAME_MAX_UNITS];

		if (old[i])
			*slot(k, old[i]->parent, units, fat_name_units(old[i], units)) = old[i];
	}
	free(old);
	return true;
}

/* ---- links ------------------------------------------------------------------------------------- */

/* What a path leads to from a folder; NULL: nothing of the image. */
static const struct tree_node *resolve(const struct copying *k, const struct tree_node *dir,
				       const char *path, unsigned *hops)
{
	if (*path == '/') /* of the system that will run: not of the image */
		return NULL;
	while (dir && *path) {
		size_t n = strcspn(path, "/");
		const struct tree_node *next = dir;

		if (!tree_is_dir(dir))
			return NULL;
		if (n == 2 && path[0] == '.' && path[1] == '.')
			next = dir->parent;
		else if (n > 0 && !(n == 1 && path[0] == '.'))
			next = tree_child(dir, path, n);
		if (next && (next->mode & S_IFMT) == S_IFLNK) {
			if (++*hops > MAX_HOPS)
				return NULL;
			next = resolve(k, dir, next->u.target, hops);
		}
		dir = next;
		path += n;
		while (*path == '/')
			path++;
	}
	return dir;
}

static bool is_open(const struct level *l, const struct tree_node *dir)
{
	for (; l; l = l->above)
		if (l->from == dir)
			return true;
	return false;
}

/* ---- copying ------------------------------------------------------------------------------------- */

static void remember(size_t *n, const char **first, const struct tree_node *node)
{
	if ((*n)++ == 0)
		*first = node->name;
}

/* "name_2.ext", a name that the folder does not have yet. */
static enum isokit_status other_name(struct copying *k, const struct tree_node *dir,
				     struct text *name, struct isokit_error *err)
{
	struct text base = { 0 };
	uint16_t units[FATNAME_MAX_UNITS];
	struct tree_node probe = { 0 };
	size_t dot, keep;

	text_add(&base, text_string(name), name->n);
	for (dot = base.n; dot > 1 && base.bytes[dot - 1] != '.'; dot--)
		;
	dot = dot > 1 ? dot - 1 : base.n;
	if (base.n - dot > 30)
		dot = base.n;
	keep = dot < 200 ? dot : 200;
	while (keep > 0 && keep < dot && ((uint8_t)base.bytes[keep] & 0xc0) == 0x80)
		keep--; /* not inside of a character */
	for (unsigned i = 2; i < 10000 && !base.failed; i++) {
		text_clear(name);
		text_add(name, base.bytes, keep);
		text_addf(name, "_%u", i);
		text_add(name, base.bytes + dot, base.n - dot);
		probe.name = text_string(name);
		probe.name_bytes = (uint16_t)name->n;
		if (name->failed || !*slot(k, dir, units, fat_name_units(&probe, units)))
			break;
	}
	if (base.failed || name->failed) {
		text_free(&base);
		return isokit_fail_nomem(err, subject, 256);
	}
	text_free(&base);
	if (*slot(k, dir, units, fat_name_units(&probe, units)))
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(name),
				   "too many names are equal without regard to case");
	return ISOKIT_OK;
}

static bool same_content(const struct tree_node *a, const struct tree_node *b)
{
	return a->content == TREE_SOURCE && b->content == TREE_SOURCE && a->size == b->size &&
	       a->u.range->src == b->u.range->src && a->u.range->offset == b->u.range->offset;
}

static enum isokit_status say_renamed(struct copying *k, const struct tree_node *from,
				      const char *name, bool equal, struct isokit_error *err)
{
	struct text path = { 0 };
	enum isokit_status st;

	if (k->n_renamed++ >= RENAMED_TOLD)
		return ISOKIT_OK;
	tree_node_path(from, &path);
	st = composer_note(k->c, err, "%s is called %s on the stick: %s", text_string(&path), name,
			   equal ? "FAT does not tell upper from lower case" :
				   "FAT cannot have that name");
	text_free(&path);
	return st;
}

/* A node for `from` in a folder; *ret NULL: there is one already that does. */
static enum isokit_status put(struct copying *k, struct tree_node *dir,
			      const struct tree_node *named, const struct tree_node *from,
			      struct tree_node **ret, struct isokit_error *err)
{
	uint16_t units[FATNAME_MAX_UNITS];
	struct tree_node probe = { 0 }, *node, **at;
	const struct tree_node *content = from->content == TREE_SHARED ? from->u.same : from;
	struct text name = { 0 };
	enum isokit_status st = ISOKIT_OK;
	bool equal = false;

	*ret = NULL;
	possible_name(named, &name);
	probe.name = text_string(&name);
	probe.name_bytes = (uint16_t)name.n;
	if (name.failed || !grow(k)) {
		st = isokit_fail_nomem(err, subject, 256);
		goto out;
	}
	at = slot(k, dir, units, fat_name_units(&probe, units));
	if (*at && tree_is_dir(*at) && tree_is_dir(from)) {
		*ret = *at;
		goto out;
	}
	if (*at && (k->merging || (!tree_is_dir(*at) && !tree_is_dir(from) &&
				   same_content(*at, content))))
		goto out;
	if (*at) {
		equal = true;
		st = other_name(k, dir, &name, err);
		if (st)
			goto out;
		probe.name = text_string(&name);
		probe.name_bytes = (uint16_t)name.n;
		at = slot(k, dir, units, fat_name_units(&probe, units));
	}
	if (equal || name.n != named->name_bytes ||
	    memcmp(text_string(&name), named->name, name.n) != 0)
		st = say_renamed(k, named, text_string(&name), equal, err);
	if (st)
		goto out;
	if (is_device(&name))
		remember(&k->n_devices, &k->device, named);
	node = tree_node_new(k->to, text_string(&name), name.n);
	if (!node) {
		st = isokit_fail_nomem(err, subject, sizeof(*node));
		goto out;
	}
	node->mode = from->mode;
	node->mtime = from->mtime;
	if (!tree_is_dir(from)) {
		node->content = content->content;
		node->u = content->u;
		node->size = from->size;
	}
	if (!tree_node_attach(dir, node)) {
		st = isokit_fail_nomem(err, subject, sizeof(*node));
		goto out;
	}
	*at = node;
	k->n_used++;
	*ret = node;
out:
	text_free(&name);
	return st;
}

static enum isokit_status copy_folder(struct copying *k, const struct tree_node *from,
				      struct tree_node *to, const struct level *above, bool linked,
				      struct isokit_error *err);

static enum isokit_status copy_node(struct copying *k, const struct tree_node *child,
				    struct tree_node *to, const struct level *here, bool linked,
				    struct isokit_error *err)
{
	const struct tree_node *from = child;
	struct tree_node *made;
	enum isokit_status st;

	if ((child->mode & S_IFMT) == S_IFLNK) {
		unsigned hops = 0;

		from = resolve(k, child->parent, child->u.target, &hops);
		if (!from) {
			remember(&k->n_dangling, &k->dangling, child);
			return ISOKIT_OK;
		}
		/* One level of them: what a linked folder has of links to folders is left out. */
		if (tree_is_dir(from) && (linked || is_open(here, from))) {
			remember(&k->n_folder_links, &k->folder_link, child);
			return ISOKIT_OK;
		}
		linked = true;
		k->n_links++;
	}
	if (!tree_is_dir(from) && !tree_is_file(from)) {
		remember(&k->n_special, &k->special, child);
		return ISOKIT_OK;
	}
	if (linked && ++k->copies > MAX_COPIES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "its symbolic links make more than %d copies of files",
				   MAX_COPIES);
	if (tree_is_dir(from) && here->depth >= MAX_DEPTH) {
		remember(&k->n_deep, &k->deep, child);
		return ISOKIT_OK;
	}
	if (from->flags & TREE_ZISOFS)
		remember(&k->n_packed, &k->packed, child);
	st = put(k, to, child, from, &made, err);
	if (st == ISOKIT_OK && made && tree_is_dir(from))
		st = copy_folder(k, from, made, here, linked, err);
	return st;
}

static enum isokit_status copy_folder(struct copying *k, const struct tree_node *from,
				      struct tree_node *to, const struct level *above, bool linked,
				      struct isokit_error *err)
{
	const struct level here = { from, above, above ? above->depth + 1 : 0 };
	enum isokit_status st = ISOKIT_OK;

	/* What is there itself keeps its name; a link comes second. */
	for (int links = 0; links < 2; links++)
		for (uint32_t i = 0; i < from->u.dir.n && st == ISOKIT_OK; i++) {
			const struct tree_node *child = from->u.dir.children[i];

			if (((child->mode & S_IFMT) == S_IFLNK) == (links == 1))
				st = copy_node(k, child, to, &here, linked, err);
		}
	return st;
}

/* ---- all --------------------------------------------------------------------------------------------- */

static enum isokit_status say(struct copying *k, size_t n, const char *first, const char *one,
			      const char *many, struct isokit_error *err)
{
	if (n == 0)
		return ISOKIT_OK;
	if (n == 1)
		return composer_note(k->c, err, "%s: %s", first, one);
	return composer_note(k->c, err, "%zu %s (the first is %s)", n, many, first);
}

static enum isokit_status say_all(struct copying *k, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (k->n_renamed > RENAMED_TOLD)
		st = composer_note(k->c, err, "%zu more of its names are other ones on the stick",
				   k->n_renamed - RENAMED_TOLD);
	if (st == ISOKIT_OK && k->n_links == 1)
		st = composer_note(k->c, err, "one symbolic link became a copy of what it leads to");
	else if (st == ISOKIT_OK && k->n_links)
		st = composer_note(k->c, err, "%zu symbolic links became copies of what they lead to",
				   k->n_links);
	if (st == ISOKIT_OK)
		st = say(k, k->n_dangling, k->dangling,
			 "a symbolic link that leads to nothing of the image is left out",
			 "symbolic links that lead to nothing of the image are left out", err);
	if (st == ISOKIT_OK)
		st = say(k, k->n_folder_links, k->folder_link,
			 "a symbolic link to a folder around it is left out",
			 "symbolic links to folders around them are left out", err);
	if (st == ISOKIT_OK)
		st = say(k, k->n_special, k->special, "a device or pipe is left out",
			 "devices and pipes are left out", err);
	if (st == ISOKIT_OK)
		st = say(k, k->n_deep, k->deep, "a folder that lies too deep is left out",
			 "folders that lie too deep are left out", err);
	if (st == ISOKIT_OK)
		st = say(k, k->n_devices, k->device,
			 "is copied, but Windows takes that name for a device, and does not open it",
			 "files or folders are copied, but Windows takes their names for devices, and "
			 "does not open them", err);
	if (st == ISOKIT_OK)
		st = say(k, k->n_packed, k->packed,
			 "its content is compressed by zisofs, and nothing expands that on FAT",
			 "files are compressed by zisofs, and nothing expands them on FAT", err);
	return st;
}

static int enter(void *ctx, struct tree_node *node)
{
	struct copying *k = ctx;
	uint16_t units[FATNAME_MAX_UNITS];

	if (!node->parent)
		return 0;
	if (!grow(k))
		return 1;
	*slot(k, node->parent, units, fat_name_units(node, units)) = node;
	k->n_used++;
	return 0;
}

enum isokit_status fat_tree_merge(struct composer *c, const struct tree *from, struct tree *to,
				  struct isokit_error *err)
{
	struct copying k = { .c = c, .from = from, .to = to, .merging = true };
	enum isokit_status st;

	if (tree_walk(to->root, enter, &k))
		st = isokit_fail_nomem(err, subject, sizeof(struct tree_node *));
	else
		st = copy_folder(&k, from->root, to->root, NULL, false, err);
	free(k.slots);
	return st;
}

enum isokit_status fat_tree_make(struct composer *c, const struct tree *from, struct tree **ret,
				 struct isokit_error *err)
{
	struct copying k = { .c = c, .from = from };
	enum isokit_status st = tree_new(&k.to, err);

	if (st == ISOKIT_OK)
		st = composer_own_tree(c, k.to, err);
	if (st)
		return st;
	k.to->root->mtime = from->root->mtime;
	st = copy_folder(&k, from->root, k.to->root, NULL, false, err);
	if (st == ISOKIT_OK)
		st = say_all(&k, err);
	free(k.slots);
	if (st == ISOKIT_OK)
		*ret = k.to;
	return st;
}

/* ---- labels ------------------------------------------------------------------------------------------ */

bool fat_label_make(const char *text, uint8_t ret_label[FAT_LABEL_BYTES], bool *ret_same)
{
	size_t n = 0;
	bool any = false;

	memset(ret_label, ' ', FAT_LABEL_BYTES);
	*ret_same = true;
	for (const char *p = text; *p; p++) {
		uint8_t c = (uint8_t)*p, up = c >= 'a' && c <= 'z' ? (uint8_t)(c - 0x20) : c;

		if ((c & 0xc0) == 0x80) /* one '_' for a character */
			continue;
		if (n == FAT_LABEL_BYTES) {
			*ret_same = false;
			break;
		}
		if (!fatname_short_char(up) && !(up == ' ' && n > 0)) {
			up = '_';
			*ret_same = false;
		}
		any = any || up != '_';
		ret_label[n++] = up;
	}
	return any;
}
