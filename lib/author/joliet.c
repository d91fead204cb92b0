/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joliet, 2.2.3.2.3 and "Joliet file names": UTF-16, no control characters and none of
 * * / : ; ? \ in names of 64 units, of which every reader takes 103. */
#include "author/joliet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/fail.h"
#include "base/scan.h"

enum { MAX_UNITS = 103, SHORT_UNITS = 64, MAX_NAME_BYTES = 255, MAX_DIGITS = 7 };

static const char subject[] = "Joliet names";

/* A name in UTF-16, as libisofs makes it. */
struct jname {
	uint16_t units[MAX_UNITS + 1]; /* and the dot of a file */
	uint8_t n;
	uint8_t stem; /* units before the last dot of a file; n where there is none */
	bool changed;
};

/* One name of the folder in the table. */
struct slot {
	uint32_t at;    /* of its units in the pool, plus 1; 0: free */
	uint32_t child; /* the first one with this name */
	uint32_t count; /* how many have it */
	uint32_t next;  /* the number that the next of them may get */
	uint8_t n;
};

/* Names of one folder. Twice as many slots as names, so that one is always free. */
struct table {
	struct slot *slots;
	size_t capacity;
	uint16_t *pool;
	size_t used, pool_capacity;
};

/* How long names may be, and whether longer ones are just cut. */
struct most {
	size_t units;
	bool cut;
};

static struct most max_units(const struct plan *plan)
{
	const struct isokit_build_naming *naming = plan->options.naming;

	return (struct most){ .units = naming && naming->joliet_64 ? SHORT_UNITS : MAX_UNITS,
			      .cut = naming && naming->as_genisoimage };
}

bool joliet_wanted(const struct plan *plan)
{
	const char *charset = plan->options.input_charset;

	return !plan->options.no_joliet &&
	       (!charset || (strlen(charset) == 5 && ascii_equal_nocase(charset, "UTF-8", 5)));
}

static bool shown(const struct tree_node *n)
{
	return (tree_is_dir(n) || tree_is_file(n)) && !tree_is_hidden(n, TREE_HIDDEN_JOLIET);
}

static bool allowed(uint32_t c)
{
	return c >= 0x20 && (c >= 0x80 || !strchr("*/:;?\\", (int)c));
}

static bool is_high(uint16_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

/* A name of at most 255 bytes in UTF-16; what is no UTF-8 becomes '_'. */
static size_t to_units(const struct tree_node *n, uint16_t *out, bool *ret_changed)
{
	const uint8_t *p = (const uint8_t *)n->name;
	size_t left = n->name_bytes, units = 0, k;
	uint32_t c;

	for (; left; p += k, left -= k) {
		k = utf8_decode(p, left, &c);
		if (k == 0 || !allowed(c)) {
			*ret_changed = true;
			k = k ? k : 1;
			c = '_';
		}
		if (c > 0xffff) {
			out[units++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		out[units++] = (uint16_t)c;
	}
	return units;
}

/* Half a pair at the end becomes '_'. */
static size_t end_whole(uint16_t *units, size_t n)
{
	if (n && is_high(units[n - 1]))
		units[n - 1] = '_';
	return n;
}

/* As iso_j_file_id() and iso_j_dir_id() of libisofs 1.5.4 do it: of a file that is too
 * long the extension gives way first, down to 3 units. */
static void make(const struct tree_node *node, struct most most_of, struct jname *ret)
{
	uint16_t all[MAX_NAME_BYTES + 1];
	bool changed = false;
	size_t n = to_units(node, all, &changed), dot = n, ext = 0, stem, most = most_of.units;

	if (most_of.cut && n > most) {
		n = dot = most;
		changed = true;
	}
	if (tree_is_file(node)) {
		while (dot > 0 && all[dot - 1] != '.')
			dot--;
		dot = dot && dot < n ? dot - 1 : n; /* "a." has no extension */
		ext = dot < n ? n - dot - 1 : 0;
	}
	stem = dot;
	if (ext && n > most + 1) {
		if (ext > 3)
			ext = stem < most - 3 ? most - stem : 3;
		stem = most - ext;
	} else if (!ext && stem > most) {
		stem = most;
	}
	changed = changed || stem < dot || (ext && ext < n - dot - 1);
	memcpy(ret->units, all, stem * sizeof(*all));
	ret->n = ret->stem = (uint8_t)end_whole(ret->units, stem);
	if (ext) {
		ret->units[ret->n++] = '.';
		memcpy(ret->units + ret->n, all + dot + 1, ext * sizeof(*all));
		ret->n = (uint8_t)end_whole(ret->units, ret->n + ext);
	}
	ret->changed = changed;
}

static size_t hash_units(const uint16_t *units, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ units[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 29);
}

static void fold(uint16_t *units, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (units[i] >= 'a' && units[i] <= 'z')
			units[i] = (uint16_t)(units[i] - 'a' + 'A');
	}
}

static bool table_new(struct table *t, size_t names)
{
	t->capacity = 16;
	while (t->capacity < names * 2)
		t->capacity *= 2;
	t->slots = calloc(t->capacity, sizeof(*t->slots));
	return t->slots != NULL;
}

static void table_release(struct table *t)
{
	free(t->slots);
	free(t->pool);
	*t = (struct table){ 0 };
}

/* Where a name is or would be. */
static struct slot *table_find(const struct table *t, const uint16_t *units, size_t n)
{
	size_t at = hash_units(units, n) & (t->capacity - 1);

	for (;; at = (at + 1) & (t->capacity - 1)) {
		struct slot *s = &t->slots[at];

		if (s->at == 0 || (s->n == n && memcmp(t->pool + s->at - 1, units,
						       n * sizeof(*units)) == 0))
			return s;
	}
}

static struct slot *table_add(struct table *t, const uint16_t *units, size_t n, uint32_t child)
{
	struct slot *s = table_find(t, units, n);

	if (s->at == 0) {
		if (!ARRAY_RESERVE(t->pool, t->pool_capacity, t->used + n) ||
		    t->used + n >= UINT32_MAX)
			return NULL;
		memcpy(t->pool + t->used, units, n * sizeof(*units));
		*s = (struct slot){ .at = (uint32_t)t->used + 1, .n = (uint8_t)n, .child = child };
		t->used += n;
	}
	s->count++;
	return s;
}

/* The name with a number in front of its extension, no longer than it may be. */
static size_t numbered(const struct jname *name, size_t most, unsigned digits, unsigned number,
		       uint16_t *out)
{
	size_t ext = name->stem < name->n ? name->n - name->stem - 1u : 0, n = name->stem;
	char text[16];

	if (n + digits + ext > most)
		n = most > digits + ext ? most - digits - ext : 0;
	memcpy(out, name->units, n * sizeof(*out));
	n = end_whole(out, n);
	(void)snprintf(text, sizeof(text), "%0*u", (int)digits, number);
	for (size_t i = 0; text[i]; i++)
		out[n++] = (uint16_t)text[i];
	memcpy(out + n, name->units + name->stem, (name->n - name->stem) * sizeof(*out));
	return n + name->n - name->stem;
}

static char *to_utf8(const uint16_t *units, size_t n)
{
	uint8_t raw[(MAX_UNITS + 1) * 2];
	char *out = malloc(n * 3 + 1);

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++)
		put_be16(raw + 2 * i, units[i]);
	out[utf16be_to_utf8(raw, 2 * n, out)] = '\0';
	return out;
}

static unsigned digits_for(uint32_t count)
{
	unsigned digits = 1;

	for (uint32_t most = 10; count > most && digits < MAX_DIGITS; most *= 10)
		digits++;
	return digits;
}

/* A name of its own for one of several equal ones; as a name of the tree, too, it must
 * be no longer than others and of nobody else. NULL when out of memory. */
static char *distinct(struct table *t, const struct tree_node *dir, const struct jname *name,
		      size_t most, uint32_t child)
{
	struct slot *same = table_find(t, name->units, name->n);
	unsigned digits = digits_for(same->count);
	uint16_t units[MAX_UNITS + 1 + MAX_DIGITS];
	size_t n, bytes;
	char *utf8;

	/* No more numbers are in use than there are names, so one is found. */
	for (;;) {
		n = numbered(name, most, digits, same->next++, units);
		if (digits_for(same->next) > digits)
			digits = digits_for(same->next);
		if (table_find(t, units, n)->at != 0)
			continue;
		utf8 = to_utf8(units, n);
		if (!utf8)
			return NULL;
		bytes = strlen(utf8);
		if (bytes <= MAX_NAME_BYTES && !tree_child(dir, utf8, bytes))
			break;
		free(utf8);
		if (bytes > MAX_NAME_BYTES)
			most--;
	}
	if (!table_add(t, units, n, child)) {
		free(utf8);
		return NULL;
	}
	return utf8;
}

/* Names that Windows takes for one, though they are not equal. */
static bool find_same_case(struct table *folded, const struct tree_node *dir, uint32_t child,
			   const struct jname *name, struct most most, struct joliet_folder *f)
{
	struct jname upper = *name, first;
	const struct slot *s;

	fold(upper.units, upper.n);
	s = table_add(folded, upper.units, upper.n, child);
	if (!s)
		return false;
	if (s->count < 2)
		return true;
	make(dir->u.dir.children[s->child], most, &first);
	if (memcmp(first.units, name->units, name->n * sizeof(*name->units)) != 0 &&
	    f->same_case++ == 0)
		f->first_same_case = dir->u.dir.children[child];
	return true;
}

static bool give_names(struct table *t, const struct tree_node *dir, struct most most,
		       struct joliet_folder *f)
{
	struct jname name;

	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		const struct tree_node *n = dir->u.dir.children[i];
		const struct slot *s;

		if (!shown(n))
			continue;
		make(n, most, &name);
		s = table_find(t, name.units, name.n);
		if (s->count < 2 && !(most.cut && name.changed))
			continue;
		if (s->count >= 2 && f->equal++ == 0)
			f->first_equal = n;
		if (!f->names)
			f->names = calloc(dir->u.dir.n, sizeof(*f->names));
		if (!f->names)
			return false;
		f->names[i] = s->count < 2 ? to_utf8(name.units, name.n) :
					     distinct(t, dir, &name, most.units, i);
		if (!f->names[i])
			return false;
	}
	return true;
}

static bool collect(struct table *exact, struct table *folded, const struct tree_node *dir,
		    struct most most, struct joliet_folder *f)
{
	struct jname name;

	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		const struct tree_node *n = dir->u.dir.children[i];

		if (!shown(n))
			continue;
		make(n, most, &name);
		if (name.changed && f->changed++ == 0)
			f->first_changed = n;
		if (!table_add(exact, name.units, name.n, i) ||
		    !find_same_case(folded, dir, i, &name, most, f))
			return false;
	}
	return true;
}

enum isokit_status joliet_examine(const struct plan *plan, const struct tree_node *dir,
				  struct joliet_folder *ret_folder, struct isokit_error *err)
{
	struct table exact = { 0 }, folded = { 0 };
	struct most most = max_units(plan);
	bool ok = true;

	*ret_folder = (struct joliet_folder){ .n = dir->u.dir.n };
	if (dir->u.dir.n < 2 && !(dir->u.dir.n == 1 && shown(dir->u.dir.children[0])))
		return ISOKIT_OK;
	/* Room for a second name of each. */
	ok = table_new(&exact, (size_t)dir->u.dir.n * 2) && table_new(&folded, dir->u.dir.n) &&
	     collect(&exact, &folded, dir, most, ret_folder);
	if (ok && ret_folder->changed)
		ok = give_names(&exact, dir, most, ret_folder);
	table_release(&exact);
	table_release(&folded);
	return ok ? ISOKIT_OK : isokit_fail_nomem(err, subject, dir->u.dir.n);
}

void joliet_release(struct joliet_folder *f)
{
	for (uint32_t i = 0; f->names && i < f->n; i++)
		free(f->names[i]);
	free(f->names);
	*f = (struct joliet_folder){ 0 };
}

/* ---- what the user should know ------------------------------------------------------ */

struct noting {
	struct plan *plan;
	uint64_t changed, equal, same_case;
	const struct tree_node *first_changed, *first_equal, *first_same_case;
	enum isokit_status status;
	struct isokit_error *err;
};

static int note_folder(void *ctx, struct tree_node *n)
{
	struct noting *all = ctx;
	struct joliet_folder f;

	if (!tree_is_dir(n) || tree_is_hidden(n, TREE_HIDDEN_JOLIET))
		return 0;
	all->status = joliet_examine(all->plan, n, &f, all->err);
	if (all->status == ISOKIT_OK) {
		if (all->changed == 0)
			all->first_changed = f.first_changed;
		if (all->equal == 0)
			all->first_equal = f.first_equal;
		if (all->same_case == 0)
			all->first_same_case = f.first_same_case;
		all->changed += f.changed;
		all->equal += f.equal;
		all->same_case += f.same_case;
	}
	joliet_release(&f);
	return all->status != ISOKIT_OK;
}

/* "… has another name" of one, "… and 7 more have other names" of several. */
static void note(struct plan *plan, enum isokit_build_note_kind kind, const struct tree_node *first,
		 uint64_t n, const char *one, const char *several)
{
	struct text path = { 0 };

	if (n == 0)
		return;
	tree_node_path(first, &path);
	if (n == 1)
		plan_note(plan, kind, text_string(&path), "%s", one);
	else
		plan_note(plan, kind, text_string(&path), "and %llu more %s",
			  (unsigned long long)n - 1, several);
	text_free(&path);
}

/* Joliet, 2.2: the volume identifier has 32 bytes, in UTF-16. */
enum { VOLUME_ID_UNITS = 16 };

static size_t utf16_units(const char *text)
{
	size_t n = strlen(text), units = 0, step;
	uint32_t code;

	for (size_t i = 0; i < n; i += step ? step : 1) {
		step = utf8_decode((const uint8_t *)text + i, n - i, &code);
		units += step == 4 ? 2 : 1;
	}
	return units;
}

enum isokit_status joliet_note(struct plan *plan, struct isokit_error *err)
{
	struct noting all = { .plan = plan, .err = err };

	if (!joliet_wanted(plan))
		return ISOKIT_OK;
	if (utf16_units(plan->options.volume_id) > VOLUME_ID_UNITS)
		plan_note(plan, ISOKIT_BUILD_NOTE, plan->options.volume_id,
			  "is longer than the %d characters that Joliet has for the name of a "
			  "volume: Windows shows no more", VOLUME_ID_UNITS);
	(void)tree_walk(plan->tree->root, note_folder, &all);
	if (all.status)
		return all.status;
	note(plan, ISOKIT_BUILD_NOTE, all.first_changed, all.changed,
	     "has another name in Joliet (for Windows), which cannot hold this one",
	     "have other names in Joliet (for Windows), which cannot hold theirs");
	note(plan, ISOKIT_BUILD_NOTE, all.first_equal, all.equal,
	     "gets a number in Joliet, where its name would be that of another one",
	     "get numbers in Joliet, where their names would be equal to others");
	note(plan, ISOKIT_BUILD_NOTE, all.first_same_case, all.same_case,
	     "differs from another name only in case: Windows shows both, but opens one",
	     "differ from other names only in case: Windows shows them, but opens one of each");
	return ISOKIT_OK;
}
