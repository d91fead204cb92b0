/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/mtree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/fail.h"
#include "tree/graft.h"

enum key {
	KEY_TYPE, KEY_MODE, KEY_UID, KEY_GID, KEY_UNAME, KEY_GNAME, KEY_SIZE, KEY_TIME, KEY_LINK,
	KEY_DEVICE, KEY_CONTENTS, KEY_OPTIONAL, KEY_FLAGS,
	KEY_DIGEST,  /* not compared: said once */
	KEY_NOTHING, /* says nothing that an image holds */
	KEY_COUNT,
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {
	{ "type", KEY_TYPE },	    { "mode", KEY_MODE },
	{ "uid", KEY_UID },	    { "gid", KEY_GID },
	{ "uname", KEY_UNAME },	    { "gname", KEY_GNAME },
	{ "size", KEY_SIZE },	    { "time", KEY_TIME },
	{ "link", KEY_LINK },	    { "device", KEY_DEVICE },
	{ "contents", KEY_CONTENTS }, { "content", KEY_CONTENTS },
	{ "optional", KEY_OPTIONAL }, { "flags", KEY_FLAGS },
	{ "cksum", KEY_DIGEST },    { "md5", KEY_DIGEST },
	{ "md5digest", KEY_DIGEST }, { "rmd160", KEY_DIGEST },
	{ "rmd160digest", KEY_DIGEST }, { "ripemd160digest", KEY_DIGEST },
	{ "sha1", KEY_DIGEST },	    { "sha1digest", KEY_DIGEST },
	{ "sha256", KEY_DIGEST },   { "sha256digest", KEY_DIGEST },
	{ "sha384", KEY_DIGEST },   { "sha384digest", KEY_DIGEST },
	{ "sha512", KEY_DIGEST },   { "sha512digest", KEY_DIGEST },
	{ "nlink", KEY_NOTHING },   { "inode", KEY_NOTHING },
	{ "resdevice", KEY_NOTHING }, { "tags", KEY_NOTHING },
	{ "ignore", KEY_NOTHING },  { "nochange", KEY_NOTHING },
};

/* A word of a line; not terminated. */
struct word {
	const char *p; /* NULL: not given */
	size_t n;
};

struct mtree {
	struct graft g;
	const char *name;
	const char *at, *end;     /* of the text */
	unsigned line;            /* of the entry */
	unsigned next_line;
	struct text joined;       /* a line without its continuations */
	struct text folder;       /* where relative names go, "a/b" */
	unsigned depth;           /* 0: before "." and after its ".." */
	struct text path, value;  /* decoded */
	struct word set[KEY_COUNT];    /* by /set; values point into set_text */
	char *set_text[KEY_COUNT];     /* owned */
	struct word now[KEY_COUNT];    /* of the entry, /set included */
	const struct tree_hostdir *host; /* the folder of the last host file */
	struct text host_folder;
	uint64_t n_digests, n_flags, n_unknown;
	char unknown[32];
	struct isokit_error *err;
};

/* ---- words ----------------------------------------------------------------------------- */

static enum isokit_status fail_line(struct mtree *m, const char *what, struct word w)
{
	struct text subject = { 0 };
	enum isokit_status st;

	text_addf(&subject, "%s:%u", m->name, m->line);
	st = isokit_fail(m->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, text_string(&subject),
			 "%s%s%.*s", what, w.n ? ": " : "", (int)(w.n < 100 ? w.n : 100),
			 w.n ? w.p : "");
	text_free(&subject);
	return st;
}

static enum isokit_status no_memory(struct mtree *m)
{
	return isokit_fail_nomem(m->err, m->name, sizeof(struct tree_node));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line, with those that a backslash at the end joins to it. False at the end. */
static bool next_line(struct mtree *m)
{
	text_clear(&m->joined);
	if (m->at == m->end)
		return false;
	m->line = m->next_line;
	for (;;) {
		const char *nl = memchr(m->at, '\n', (size_t)(m->end - m->at));
		const char *stop = nl ? nl : m->end, *last = stop;
		bool goes_on;

		m->next_line++;
		if (last > m->at && last[-1] == '\r')
			last--;
		goes_on = last > m->at && last[-1] == '\\' &&
			  !(last - 1 > m->at && last[-2] == '\\');
		text_add(&m->joined, m->at, (size_t)(last - m->at) - goes_on);
		m->at = nl ? nl + 1 : m->end;
		if (!goes_on || m->at == m->end)
			return true;
		text_add_char(&m->joined, ' ');
	}
}

static bool next_word(const char **p, const char *end, struct word *ret)
{
	const char *at = *p;

	while (at < end && is_blank(*at))
		at++;
	ret->p = at;
	while (at < end && !is_blank(*at))
		at++;
	ret->n = (size_t)(at - ret->p);
	*p = at;
	return ret->n > 0;
}

static bool word_is(struct word w, const char *s)
{
	return w.p && strlen(s) == w.n && memcmp(w.p, s, w.n) == 0;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* vis(3) back into bytes. False: a NUL, or a backslash at the end. */
static bool decode(struct word w, struct text *out)
{
	static const char from[] = "abfnrstv", to[] = "\a\b\f\n\r \t\v";
	const char *p = w.p, *end = w.p + w.n;

	text_clear(out);
	while (p < end) {
		const char *known;
		uint8_t c = (uint8_t)*p++;

		if (c != '\\') {
			text_add_char(out, (char)c);
			continue;
		}
		if (p == end)
			return false;
		if (end - p >= 3 && p[0] <= '3' && is_octal(p[0]) && is_octal(p[1]) &&
		    is_octal(p[2])) {
			c = (uint8_t)((p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0'));
			p += 3;
		} else if (end - p >= 3 && p[0] == 'M' && p[1] == '-') {
			c = (uint8_t)((uint8_t)p[2] | 0x80);
			p += 3;
		} else if (end - p >= 3 && p[0] == 'M' && p[1] == '^') {
			c = p[2] == '?' ? 0xff : (uint8_t)(((uint8_t)p[2] & 0x1f) | 0x80);
			p += 3;
		} else if (end - p >= 2 && p[0] == '^') {
			c = p[1] == '?' ? 0x7f : (uint8_t)((uint8_t)p[1] & 0x1f);
			p += 2;
		} else {
			known = strchr(from, *p);
			c = known && *known ? (uint8_t)to[known - from] : (uint8_t)*p;
			p++;
		}
		if (c == '\0')
			return false;
		text_add_char(out, (char)c);
	}
	return true;
}

static bool number(struct word w, unsigned base, uint64_t most, uint64_t *ret)
{
	uint64_t n = 0;

	if (w.n == 0)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		unsigned digit = (unsigned)(uint8_t)w.p[i] - '0';

		if (digit >= base || n > (most - digit) / base)
			return false;
		n = n * base + digit;
	}
	*ret = n;
	return true;
}

/* As C writes numbers: 0x…, 0…, or decimal. */
static bool any_number(struct word w, uint64_t most, uint64_t *ret)
{
	if (w.n > 2 && w.p[0] == '0' && (w.p[1] == 'x' || w.p[1] == 'X')) {
		char text[17], *stop;

		if (w.n - 2 >= sizeof(text))
			return false;
		memcpy(text, w.p + 2, w.n - 2);
		text[w.n - 2] = '\0';
		*ret = strtoull(text, &stop, 16);
		return *stop == '\0' && text[0] != '-' && text[0] != '+' && *ret <= most;
	}
	return number(w, w.n > 1 && w.p[0] == '0' ? 8 : 10, most, ret);
}

/* ---- keywords ---------------------------------------------------------------------------- */

static enum key key_of(struct mtree *m, struct word name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (word_is(name, keys[i].name))
			return keys[i].key;
	if (m->n_unknown++ == 0) {
		size_t n = name.n < sizeof(m->unknown) ? name.n : sizeof(m->unknown) - 1;

		memcpy(m->unknown, name.p, n);
		m->unknown[n] = '\0';
	}
	return KEY_NOTHING;
}

/* "keyword" or "keyword=value" */
static enum key split(struct mtree *m, struct word w, struct word *ret_value)
{
	const char *eq = memchr(w.p, '=', w.n);
	struct word name = { w.p, eq ? (size_t)(eq - w.p) : w.n };

	*ret_value = (struct word){ eq ? eq + 1 : w.p + w.n,
				    eq ? w.n - name.n - 1 : 0 };
	return key_of(m, name);
}

static enum isokit_status take_set(struct mtree *m, const char *p, const char *end)
{
	struct word w, value;

	while (next_word(&p, end, &w)) {
		enum key key = split(m, w, &value);
		char *kept = strndup(value.p, value.n);

		if (!kept)
			return no_memory(m);
		free(m->set_text[key]);
		m->set_text[key] = kept;
		m->set[key] = (struct word){ kept, value.n };
	}
	return ISOKIT_OK;
}

static void take_unset(struct mtree *m, const char *p, const char *end)
{
	struct word w, value;

	while (next_word(&p, end, &w)) {
		if (word_is(w, "all")) {
			memset(m->set, 0, sizeof(m->set));
			return;
		}
		m->set[split(m, w, &value)] = (struct word){ 0 };
	}
}

/* ---- an entry ------------------------------------------------------------------------------- */

static enum isokit_status take_id(struct mtree *m, enum key number_key, enum key name_key,
				  uint32_t *io_id)
{
	struct word w = m->now[number_key], name = m->now[name_key];
	uint64_t id;

	if (w.p) {
		if (!number(w, 10, UINT32_MAX - 1, &id))
			return fail_line(m, "owners and groups are numbers", w);
		*io_id = (uint32_t)id;
	} else if (word_is(name, "root") || word_is(name, "wheel")) {
		*io_id = 0;
	} else if (name.p) {
		return fail_line(m, name_key == KEY_UNAME ?
				 "a name alone means other numbers on other machines; say uid=, too" :
				 "a name alone means other numbers on other machines; say gid=, too",
				 name);
	}
	return ISOKIT_OK;
}

static enum isokit_status take_time(struct mtree *m, struct tree_node *node)
{
	struct word w = m->now[KEY_TIME], whole;
	const char *dot;
	uint64_t seconds, ns = 0;
	int64_t t;
	bool minus;

	if (!w.p)
		return ISOKIT_OK;
	minus = w.n && *w.p == '-';
	whole = (struct word){ w.p + minus, w.n - minus };
	dot = memchr(whole.p, '.', whole.n);
	if (dot) {
		/* Nanoseconds as a number, not a fraction: mtree(5). */
		struct word part = { dot + 1, (size_t)(w.p + w.n - dot) - 1 };

		whole.n = (size_t)(dot - whole.p);
		if (part.n && !number(part, 10, 999999999, &ns))
			return fail_line(m, "is no time", w);
	}
	if (!number(whole, 10, INT64_MAX / 2, &seconds))
		return fail_line(m, "is no time", w);
	t = minus ? -(int64_t)seconds : (int64_t)seconds;
	if (node->content == TREE_HOST && (node->mtime != t || node->mtime_ns != ns))
		node->flags |= TREE_RETIMED;
	node->mtime = t;
	node->mtime_ns = (uint32_t)ns;
	return ISOKIT_OK;
}

/* "5,1", "linux,5,1" (and other systems, which count alike here), or one number. */
static enum isokit_status take_device(struct mtree *m, struct tree_node *node)
{
	struct word w = m->now[KEY_DEVICE], part[3];
	const char *p, *end;
	uint64_t a, b;
	size_t n = 0;

	if (!w.p)
		return fail_line(m, "a device needs device=MAJOR,MINOR", (struct word){ 0 });
	p = w.p;
	end = p + w.n;
	for (; n < 3; n++) {
		const char *comma = memchr(p, ',', (size_t)(end - p));

		part[n] = (struct word){ p, (size_t)((comma ? comma : end) - p) };
		if (!comma) {
			n++;
			break;
		}
		p = comma + 1;
	}
	if (n == 1 && any_number(part[0], UINT32_MAX, &a)) {
		node->u.rdev = makedev((unsigned)(a >> 8 & 0xff), (unsigned)(a & 0xff));
		return ISOKIT_OK;
	}
	if (n < 2 || !any_number(part[n - 2], UINT32_MAX, &a) ||
	    !any_number(part[n - 1], UINT32_MAX, &b))
		return fail_line(m, "is no device; say MAJOR,MINOR", w);
	node->u.rdev = makedev((unsigned)a, (unsigned)b);
	return ISOKIT_OK;
}

static enum isokit_status take_link(struct mtree *m, struct tree_node *node)
{
	if (!m->now[KEY_LINK].p || m->now[KEY_LINK].n == 0)
		return fail_line(m, "a link needs link=TARGET", (struct word){ 0 });
	if (!decode(m->now[KEY_LINK], &m->value))
		return fail_line(m, "is no link target", m->now[KEY_LINK]);
	node->u.target = arena_strndup(&m->g.t->arena, m->value.bytes, m->value.n);
	return node->u.target ? ISOKIT_OK : no_memory(m);
}

/* Most files come from the folder of the one before: then one record does for them. */
static enum isokit_status host_place(struct mtree *m, const char *path, const char *name,
				     const struct tree_hostdir **ret)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	struct tree_hostdir *host;
	struct stat info;
	/* A link is followed where it is named itself. */
	bool is_file = strcmp(path + folder, name) != 0 ||
		       (lstat(path, &info) == 0 && S_ISLNK(info.st_mode));

	if (!is_file && m->host && m->host_folder.n == folder &&
	    memcmp(text_string(&m->host_folder), path, folder) == 0) {
		*ret = m->host;
		return ISOKIT_OK;
	}
	host = arena_alloc(&m->g.t->arena, sizeof(*host));
	if (!host)
		return no_memory(m);
	*host = (struct tree_hostdir){ .index = m->g.t->n_hostdirs++, .is_file = is_file };
	host->path = is_file ? arena_strndup(&m->g.t->arena, path, strlen(path)) :
		     folder ? arena_strndup(&m->g.t->arena, path, folder) : "./";
	if (!host->path)
		return no_memory(m);
	if (!is_file) {
		m->host = host;
		text_clear(&m->host_folder);
		text_add(&m->host_folder, path, folder);
	}
	*ret = host;
	return ISOKIT_OK;
}

/* A host file as content. *ret_absent: it is not there, and need not be. */
static enum isokit_status take_host(struct mtree *m, const char *path, struct tree_node *node,
				    bool *ret_absent)
{
	const struct tree_hostdir *host = NULL;
	struct isokit_error why = { 0 };
	enum isokit_status st = host_place(m, path, node->name, &host);

	*ret_absent = false;
	if (st)
		return st;
	st = tree_node_from_host(m->g.t, node, path, host, m->g.opt, &why);
	if (st == ISOKIT_E_NOT_FOUND && m->now[KEY_OPTIONAL].p) {
		*ret_absent = true;
		return ISOKIT_OK;
	}
	if (st == ISOKIT_E_NOT_FOUND)
		return isokit_fail(m->err, st, ISOKIT_NO_OFFSET, path,
				   "no such file (line %u of %s; paths begin at the current folder)",
				   m->line, m->name);
	if (st) {
		if (m->err)
			*m->err = why;
		return st;
	}
	if (!tree_is_file(node))
		return isokit_fail(m->err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no regular file (line %u of %s says it is)", m->line,
				   m->name);
	return ISOKIT_OK;
}

static bool type_of(struct word w, uint32_t *ret_type)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {
		{ "file", S_IFREG }, { "dir", S_IFDIR },   { "link", S_IFLNK }, { "block", S_IFBLK },
		{ "char", S_IFCHR }, { "fifo", S_IFIFO }, { "socket", S_IFSOCK },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (word_is(w, types[i].name)) {
			*ret_type = types[i].type;
			return true;
		}
	return false;
}

/* What the keywords say beyond type and content. */
static enum isokit_status take_attributes(struct mtree *m, struct tree_node *node)
{
	enum isokit_status st = take_id(m, KEY_UID, KEY_UNAME, &node->uid);
	uint64_t n;

	if (st == ISOKIT_OK)
		st = take_id(m, KEY_GID, KEY_GNAME, &node->gid);
	if (st == ISOKIT_OK)
		st = take_time(m, node);
	if (st)
		return st;
	if (m->now[KEY_MODE].p) {
		if (!number(m->now[KEY_MODE], 8, 07777, &n))
			return fail_line(m, "is no octal mode", m->now[KEY_MODE]);
		if ((node->mode & S_IFMT) != S_IFLNK) /* a link's means nothing */
			node->mode = (node->mode & S_IFMT) | (uint32_t)n;
	}
	if (m->now[KEY_SIZE].p && tree_is_file(node)) {
		if (!number(m->now[KEY_SIZE], 10, UINT64_MAX, &n))
			return fail_line(m, "is no size", m->now[KEY_SIZE]);
		if (n != node->size)
			return graft_fail(&m->g, ISOKIT_E_CHANGED,
					  "has %llu bytes, and line %u says %llu: renew the manifest, or leave size= out",
					  (unsigned long long)node->size, m->line,
					  (unsigned long long)n);
	}
	m->n_digests += m->now[KEY_DIGEST].p != NULL;
	m->n_flags += m->now[KEY_FLAGS].p && !word_is(m->now[KEY_FLAGS], "none");
	return ISOKIT_OK;
}

/* The content of a file: as named, as it is in the tree, as the host has it. */
static enum isokit_status take_content(struct mtree *m, const struct tree_node *old,
				       struct tree_node *node, bool *ret_absent)
{
	const char *name = node->name;
	uint16_t name_bytes = node->name_bytes;

	*ret_absent = false;
	if (m->now[KEY_CONTENTS].p) {
		if (!decode(m->now[KEY_CONTENTS], &m->value) || !m->value.n)
			return fail_line(m, "is no path", m->now[KEY_CONTENTS]);
		return take_host(m, text_string(&m->value), node, ret_absent);
	}
	if (old && tree_is_file(old)) {
		*node = *old;
		node->name = name;
		node->name_bytes = name_bytes;
		return ISOKIT_OK;
	}
	text_clear(&m->value);
	text_add(&m->value, m->g.path.bytes, m->g.path.n);
	return take_host(m, text_string(&m->value), node, ret_absent);
}

static enum isokit_status make_node(struct mtree *m, const struct tree_node *old,
				    struct tree_node *node, bool *ret_absent)
{
	static const uint32_t usual_mode[] = { [S_IFDIR >> 12] = 0755, [S_IFREG >> 12] = 0644,
					       [S_IFLNK >> 12] = 0777, [S_IFBLK >> 12] = 0600,
					       [S_IFCHR >> 12] = 0600, [S_IFIFO >> 12] = 0644,
					       [S_IFSOCK >> 12] = 0755 };
	uint32_t type = old ? old->mode & S_IFMT : S_IFREG;

	*ret_absent = false;
	/* Without a type it is a file, or what is there. */
	if (m->now[KEY_TYPE].p && !type_of(m->now[KEY_TYPE], &type))
		return fail_line(m, "is no type", m->now[KEY_TYPE]);
	if (old && (old->mode & S_IFMT) == type && type != S_IFREG) {
		const char *name = node->name;
		uint16_t name_bytes = node->name_bytes;

		*node = *old; /* its children stay with it: see graft_put() */
		node->name = name;
		node->name_bytes = name_bytes;
		node->flags &= (uint16_t)~TREE_GENERATED;
		if (type == S_IFDIR || (type == S_IFLNK && !m->now[KEY_LINK].p) ||
		    ((type == S_IFBLK || type == S_IFCHR) && !m->now[KEY_DEVICE].p))
			return ISOKIT_OK;
	} else {
		node->mode = type | usual_mode[type >> 12];
		node->mtime = INT64_MIN;
	}
	switch (type) {
	case S_IFREG: return take_content(m, old, node, ret_absent);
	case S_IFLNK: return take_link(m, node);
	case S_IFBLK:
	case S_IFCHR: return take_device(m, node);
	default: return ISOKIT_OK;
	}
}

static enum isokit_status put_entry(struct mtree *m, const char *path)
{
	struct graft_place place;
	struct tree_node *node, *put, *old;
	bool absent;
	enum isokit_status st = graft_locate(&m->g, path, &place);

	if (st || place.excluded)
		return st;
	old = graft_at(&m->g, &place);
	node = tree_node_new(m->g.t, place.dir ? place.name : "", place.name_bytes);
	if (!node)
		return no_memory(m);
	st = make_node(m, old, node, &absent);
	if (st || absent)
		return st;
	st = take_attributes(m, node);
	return st ? st : graft_put(&m->g, &place, node, &put);
}

/* mtree(5): a path with a slash is whole; a name alone belongs to the current folder,
 * and a folder named so becomes the current one. */
static enum isokit_status take_entry(struct mtree *m, struct word name)
{
	bool whole = memchr(name.p, '/', name.n) != NULL, is_dir;
	size_t folder_bytes = m->folder.n;
	enum isokit_status st;

	if (!decode(name, &m->path))
		return fail_line(m, "is no name", name);
	is_dir = word_is(m->now[KEY_TYPE], "dir");
	if (whole)
		return put_entry(m, text_string(&m->path));
	if (strchr(text_string(&m->path), '/'))
		return fail_line(m, "a name alone cannot have a slash in it", name);
	if (m->folder.n)
		text_add_char(&m->folder, '/');
	text_add(&m->folder, m->path.bytes, m->path.n);
	if (m->folder.failed || m->path.failed)
		return no_memory(m);
	st = put_entry(m, text_string(&m->folder));
	if (is_dir)
		m->depth++;
	else
		m->folder.n = folder_bytes;
	return st;
}

static enum isokit_status go_up(struct mtree *m)
{
	if (m->depth == 0)
		return fail_line(m, "\"..\" leads out of the manifest's folder", (struct word){ 0 });
	m->depth--;
	while (m->folder.n && m->folder.bytes[m->folder.n - 1] != '/')
		m->folder.n--;
	if (m->folder.n)
		m->folder.n--;
	return ISOKIT_OK;
}

static enum isokit_status take_line(struct mtree *m)
{
	const char *p = text_string(&m->joined), *end = p + m->joined.n, *rest;
	struct word first, w, value, last = { 0 };

	if (memchr(p, '\0', m->joined.n))
		return fail_line(m, "has a byte of zero: is this a manifest?", (struct word){ 0 });
	if (!next_word(&p, end, &first) || first.p[0] == '#')
		return ISOKIT_OK;
	if (word_is(first, "/set"))
		return take_set(m, p, end);
	if (word_is(first, "/unset")) {
		take_unset(m, p, end);
		return ISOKIT_OK;
	}
	if (first.p[0] == '/' && !memchr(first.p + 1, '/', first.n - 1) && first.n > 1 && p == end)
		return fail_line(m, "is no command of a manifest", first);
	if (word_is(first, ".."))
		return go_up(m);
	memcpy(m->now, m->set, sizeof(m->now));
	rest = p;
	/* NetBSD's mtree -D puts the path last. */
	if (memchr(first.p, '=', first.n) && first.p[0] != '.') {
		while (next_word(&p, end, &w))
			last = w;
		if (last.p && last.p[0] == '.' && (last.n == 1 || last.p[1] == '/')) {
			rest = first.p;
			end = last.p;
			first = last;
		}
	}
	for (p = rest; next_word(&p, end, &w);) {
		enum key key = split(m, w, &value);

		m->now[key] = value;
	}
	return take_entry(m, first);
}

/* ---- all of it --------------------------------------------------------------------------------- */

static void note(struct mtree *m, uint64_t n, const char *format, const char *arg)
{
	struct text words = { 0 };

	if (n && m->g.opt->note) {
		text_addf(&words, "%llu ", (unsigned long long)n);
		text_add_str(&words, format);
		text_add_str(&words, arg);
		m->g.opt->note(m->g.opt->note_ctx, m->name, text_string(&words));
	}
	text_free(&words);
}

static void release(struct mtree *m)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		free(m->set_text[i]);
	text_free(&m->joined);
	text_free(&m->folder);
	text_free(&m->path);
	text_free(&m->value);
	text_free(&m->host_folder);
}

enum isokit_status tree_add_mtree(struct tree *t, const char *dest, const char *name,
				  const char *text, size_t bytes,
				  const struct tree_scan_options *options,
				  struct isokit_error *err)
{
	struct isokit_error unused;
	struct mtree m = { .name = name, .at = text, .end = text + bytes, .next_line = 1,
			   .err = err ? err : &unused };
	enum isokit_status st = graft_begin(&m.g, t, dest, name, options, m.err);

	while (st == ISOKIT_OK && next_line(&m))
		st = m.joined.failed ? no_memory(&m) : take_line(&m);
	if (st == ISOKIT_OK && m.g.n_entries == 0)
		st = isokit_fail(m.err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				 "names no file: is it a manifest?");
	if (st == ISOKIT_OK) {
		note(&m, m.n_digests, "digests were not compared with the files", "");
		note(&m, m.n_flags, "entries have file flags, which an image cannot hold", "");
		note(&m, m.n_unknown, "unknown keywords were skipped, the first one is ", m.unknown);
	}
	graft_end(&m.g);
	release(&m);
	return st;
}
