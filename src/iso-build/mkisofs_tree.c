/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes into the tree, and as what: path specifications, exclusions, hiding, sorting,
 * owners and modes, as mkisofs has them said. */
#include "mkisofs.h"

#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/message.h"

/* ---- path lists ------------------------------------------------------------------- */

static bool take_pathspec(struct mkisofs *m, void *ctx, char *line)
{
	(void)ctx;
	return mkisofs_list_add(&m->pathspecs, strdup(line));
}

/* Words between blanks. ' and " enclose blanks and each other; an open one, and a
 * backslash at the end, go on in the next line. */
struct quoted {
	char *word;
	size_t n, capacity;
	bool in_word;
	char quote;
};

static bool quoted_char(struct quoted *q, char c)
{
	if (!MKISOFS_GROW(q->word, q->capacity, q->n + 1)) /* and its NUL */
		return false;
	q->word[q->n++] = c;
	q->word[q->n] = '\0';
	return true;
}

static bool quoted_end(struct mkisofs *m, struct quoted *q)
{
	bool good = true;

	if (q->in_word)
		good = mkisofs_list_add(&m->pathspecs, strdup(q->word != NULL && q->n ? q->word : ""));
	q->n = 0;
	q->in_word = false;
	return good;
}

static bool take_quoted(struct mkisofs *m, void *ctx, char *line)
{
	struct quoted *q = ctx;
	bool good = true;

	for (const char *s = line; good && *s; s++) {
		if (q->quote != '\0' && *s == q->quote) {
			q->quote = '\0';
		} else if (q->quote == '\0' && (*s == '"' || *s == '\'')) {
			q->quote = *s;
			q->in_word = true;
		} else if (q->quote == '\0' && (*s == ' ' || *s == '\t')) {
			good = quoted_end(m, q);
		} else if (q->quote == '\0' && *s == '\\' && s[1] == '\0') {
			return true;
		} else {
			q->in_word = true;
			good = quoted_char(q, *s);
		}
	}
	if (q->quote != '\0')
		return good && quoted_char(q, '\n');
	return good && quoted_end(m, q);
}

static bool read_quoted(struct mkisofs *m, const char *path)
{
	struct quoted q = { 0 };
	bool good = mkisofs_each_line(m, path, take_quoted, &q);

	if (good && q.quote != '\0')
		good = mkisofs_refuse(m, "ends inside a quotation");
	else if (good)
		good = quoted_end(m, &q);
	free(q.word);
	return good;
}

/* ---- exclusions, hiding, weights --------------------------------------------------- */

static bool add_exclude(struct mkisofs *m, void *ctx, char *line)
{
	(void)ctx;
	return mkisofs_list_add(&m->excludes, strdup(line));
}

static bool hide(struct mkisofs *m, void *ctx, char *line)
{
	struct isokit_build_hide *h;

	if (!MKISOFS_GROW(m->hides, m->capacity_hides, m->n_hides))
		return false;
	h = &m->hides[m->n_hides++];
	*h = (struct isokit_build_hide){
		.pattern = mkisofs_keep(m, line, strlen(line)),
		.host = true,
		.trees = *(const unsigned *)ctx,
	};
	return h->pattern != NULL;
}

static bool hide_one(struct mkisofs *m, char *pattern, unsigned trees)
{
	return hide(m, &trees, pattern);
}

static bool hide_list(struct mkisofs *m, const char *path, unsigned trees)
{
	return mkisofs_each_line(m, path, hide, &trees);
}

/* How the files of a weight are named. */
enum weight_of { OF_PATH, OF_PATTERN, OF_SOURCE };

/* A path of the image as a pattern that matches nothing else. */
static const char *literal_pattern(struct mkisofs *m, const char *path)
{
	char *out = malloc(2 * strlen(path) + 2), *to = out;
	const char *kept;

	if (out == NULL) {
		(void)mkisofs_out_of_memory();
		return NULL;
	}
	if (*path != '/')
		*to++ = '/';
	for (; *path; path++) {
		if (path[0] == '/' && (path[1] == '/' || (path[1] == '\0' && to > out)))
			continue;
		if (strchr("*?[\\", *path) != NULL)
			*to++ = '\\';
		*to++ = *path;
	}
	kept = mkisofs_keep(m, out, (size_t)(to - out));
	free(out);
	return kept;
}

static bool weigh(struct mkisofs *m, const char *weight, const char *path, enum weight_of of)
{
	struct isokit_build_weight *w;
	long long n;

	if (!mkisofs_number(m, weight, INT32_MIN, INT32_MAX, &n))
		return false;
	if (!MKISOFS_GROW(m->weights, m->capacity_weights, m->n_weights))
		return false;
	w = &m->weights[m->n_weights++];
	*w = (struct isokit_build_weight){
		.pattern = of == OF_PATH ? literal_pattern(m, path) :
					   mkisofs_keep(m, path, strlen(path)),
		.host = of == OF_SOURCE,
		.weight = (int32_t)n,
	};
	return w->pattern != NULL;
}

/* "NUMBER PATH": the path begins right behind the first blank. */
static bool weigh_line(struct mkisofs *m, void *ctx, char *line)
{
	char *blank = line + strcspn(line, " \t");

	if (*blank == '\0')
		return mkisofs_refuse(m, "has a line that is not NUMBER PATH: %s", line);
	*blank = '\0';
	return weigh(m, line, blank + 1, *(const enum weight_of *)ctx);
}

static bool weigh_list(struct mkisofs *m, const char *path, enum weight_of of)
{
	return mkisofs_each_line(m, path, weigh_line, &of);
}

/* genisoimage's list: "PATTERN NUMBER", the number behind the last blank. */
static bool sort_line(struct mkisofs *m, void *ctx, char *line)
{
	size_t n = strlen(line);
	char *blank;

	(void)ctx;
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	if (n == 0)
		return true;
	for (blank = line + n; blank > line && *blank != ' ' && *blank != '\t'; blank--)
		;
	if (blank == line)
		return mkisofs_refuse(m, "has a line that is not PATTERN NUMBER: %s", line);
	*blank = '\0';
	for (char *end = blank; end > line && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = '\0';
	return weigh(m, blank + 1, line, OF_SOURCE);
}

/* ---- owners and modes ---------------------------------------------------------------- */

static bool set_mode(struct mkisofs *m, const char *value, struct isokit_build_rule *rule, bool *has)
{
	struct isokit_build_rule asked = { 0 };

	/* The permissions are those given, whatever they were. */
	if (!rule_parse_mode(value, &asked))
		return mkisofs_refuse(m, "not a mode such as 0755 or u=rwx,go=rx");
	rule->mode_clear = 07777;
	rule->mode_set = asked.mode_set | asked.mode_exec;
	*has = true;
	return true;
}

static bool set_id(struct mkisofs *m, const char *value, bool group, uint32_t *ret, bool *ret_has)
{
	const struct passwd *user;
	const struct group *members;
	long long n;

	*ret_has = value[0] != '\0' && strcmp(value, "-") != 0;
	if (!*ret_has)
		return true;
	if (strspn(value, "0123456789") == strlen(value)) {
		if (!mkisofs_number(m, value, 0, UINT32_MAX - 1, &n))
			return false;
		*ret = (uint32_t)n;
		return true;
	}
	user = group ? NULL : getpwnam(value);
	members = group ? getgrnam(value) : NULL;
	if (user == NULL && members == NULL)
		return mkisofs_refuse(m, "no such %s here", group ? "group" : "user");
	*ret = group ? (uint32_t)members->gr_gid : (uint32_t)user->pw_uid;
	return true;
}

/* ---- options -------------------------------------------------------------------------- */

bool mkisofs_tree(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	static const char *const backups[] = { "*~*", "*#*", "*.bak" };

	switch ((enum mkisofs_tree_code)row->code) {
	case MK_GRAFT: m->graft_points = true; return true;
	case MK_FOLLOW: m->opt->lib.follow_links = true; return true;
	case MK_PATH_LIST: return mkisofs_each_line(m, values[0], take_pathspec, NULL);
	case MK_QUOTED_LIST: return read_quoted(m, values[0]);
	case MK_ROOT: m->root = values[0]; return true;
	case MK_EXCLUDE: return add_exclude(m, NULL, values[0]);
	case MK_EXCLUDE_LIST: return mkisofs_each_line(m, values[0], add_exclude, NULL);
	case MK_NO_BACKUPS:
		for (size_t i = 0; i < sizeof(backups) / sizeof(backups[0]); i++)
			if (!mkisofs_list_add(&m->excludes, strdup(backups[i])))
				return false;
		return true;
	case MK_HIDE: return hide_one(m, values[0], ISOKIT_BUILD_TREE_ISO9660);
	case MK_HIDE_LIST: return hide_list(m, values[0], ISOKIT_BUILD_TREE_ISO9660);
	case MK_HIDE_JOLIET: return hide_one(m, values[0], ISOKIT_BUILD_TREE_JOLIET);
	case MK_HIDE_JOLIET_LIST: return hide_list(m, values[0], ISOKIT_BUILD_TREE_JOLIET);
	case MK_HIDE_HFSPLUS: return hide_one(m, values[0], ISOKIT_BUILD_TREE_HFSPLUS);
	case MK_HIDE_HFSPLUS_LIST: return hide_list(m, values[0], ISOKIT_BUILD_TREE_HFSPLUS);
	case MK_WEIGHT: return weigh(m, values[0], values[1], OF_PATH);
	case MK_WEIGHT_LIST: return weigh_list(m, values[0], OF_PATH);
	case MK_WEIGHT_PATTERNS: return weigh_list(m, values[0], OF_PATTERN);
	case MK_SORT: return mkisofs_each_line(m, values[0], sort_line, NULL);
	case MK_RATIONALIZE:
		m->opt->lib.no_rock_ridge = false;
		m->rationalize = true;
		return true;
	case MK_UID: return set_id(m, values[0], false, &m->uid.uid, &m->uid.set_uid);
	case MK_GID: return set_id(m, values[0], true, &m->gid.gid, &m->gid.set_gid);
	case MK_DIR_MODE: return set_mode(m, values[0], &m->dir_mode, &m->has_dir_mode);
	case MK_FILE_MODE: return set_mode(m, values[0], &m->file_mode, &m->has_file_mode);
	case MK_NEW_DIR_MODE: return set_mode(m, values[0], &m->new_dir_mode, &m->has_new_dir_mode);
	case MK_ALL_DATES: return mkisofs_file_date(m, values[0]);
	}
	return false;
}

/* ---- path specifications ----------------------------------------------------------------- */

/* "\=" and "\\" up to the first bare '='; NULL where there is none. */
static const char *find_graft(const char *spec)
{
	for (const char *s = spec; *s; s++) {
		if (*s == '\\' && (s[1] == '=' || s[1] == '\\'))
			s++;
		else if (*s == '=')
			return s;
	}
	return NULL;
}

static char *copy_unescaped(const char *s, size_t n, char *to)
{
	for (const char *end = s + n; s < end; s++) {
		if (*s == '\\' && s + 1 < end && (s[1] == '=' || s[1] == '\\'))
			s++;
		*to++ = *s;
	}
	*to = '\0';
	return to;
}

/* Below -root, from the root, and without "." and "..". */
static char *image_path(const char *root, const char *s, size_t n)
{
	size_t root_bytes = root != NULL ? strlen(root) : 0;
	char *all = malloc(root_bytes + n + 4), *path = malloc(root_bytes + n + 4), *to = path, *at;
	bool folder;

	if (all == NULL || path == NULL) {
		free(all);
		free(path);
		return NULL;
	}
	memcpy(all, root != NULL ? root : "", root_bytes);
	all[root_bytes] = '/';
	at = copy_unescaped(s, n, all + root_bytes + 1);
	folder = at > all && at[-1] == '/';
	for (at = all; *at;) {
		size_t part = strcspn(at, "/");

		if (part == 2 && at[0] == '.' && at[1] == '.') {
			while (to > path && *--to != '/')
				;
		} else if (part > 0 && !(part == 1 && at[0] == '.')) {
			*to++ = '/';
			memcpy(to, at, part);
			to += part;
		}
		at += part + (at[part] == '/');
	}
	if (to == path || folder)
		*to++ = '/';
	*to = '\0';
	free(all);
	return path;
}

static bool add_pathspec(struct mkisofs *m, const char *spec)
{
	struct tree_step *step = &m->opt->steps[m->opt->n_steps];
	const char *at = m->graft_points ? find_graft(spec) : NULL;
	struct stat st;

	step->what = STEP_ADD;
	if (at == NULL) {
		step->dest = image_path(m->root, "", 0);
		step->source = strdup(spec);
	} else {
		step->dest = image_path(m->root, spec, (size_t)(at - spec));
		step->source = malloc(strlen(at) + 1);
		if (step->source != NULL)
			(void)copy_unescaped(at + 1, strlen(at + 1), step->source);
	}
	m->opt->n_steps++;
	if (step->dest == NULL || step->source == NULL)
		return mkisofs_out_of_memory();
	if (stat(step->source, &st) != 0 && errno == ENOENT && !m->graft_points &&
	    find_graft(spec) != NULL) {
		message_error(spec, "no such file or folder (PATH=SOURCE needs -graft-points)");
		return false;
	}
	return true;
}

/* ---- all together --------------------------------------------------------------------------- */

static bool set_rules(struct mkisofs *m)
{
	struct isokit_build_rule *rules = calloc(6, sizeof(*rules));
	size_t n = 0;

	if (rules == NULL)
		return mkisofs_out_of_memory();
	if (m->rationalize)
		rules[n++] = (struct isokit_build_rule){
			.set_uid = true, .set_gid = true, .with_links = true,
			.mode_clear = 07222, .mode_set = 0444, .mode_exec = 0111,
		};
	m->dir_mode.skip_files = true;
	m->file_mode.only_files = true;
	m->new_dir_mode.skip_files = true;
	m->new_dir_mode.only_generated = true;
	if (m->has_new_dir_mode)
		rules[n++] = m->new_dir_mode;
	if (m->has_dir_mode)
		rules[n++] = m->dir_mode;
	if (m->has_file_mode)
		rules[n++] = m->file_mode;
	if (m->uid.set_uid)
		rules[n++] = m->uid;
	if (m->gid.set_gid)
		rules[n++] = m->gid;
	free(m->opt->rules);
	m->opt->rules = rules;
	m->opt->n_rules = n;
	m->opt->lib.rules = rules;
	m->opt->lib.n_rules = n;
	return true;
}

/* genisoimage compares the whole path, xorriso the name, with patterns without '/'. */
static bool matches_catalog(const struct mkisofs *m, const char *pattern, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (m->genisoimage)
		return fnmatch(pattern, path, FNM_PATHNAME) == 0;
	return strchr(pattern, '/') == NULL &&
	       fnmatch(pattern, slash != NULL ? slash + 1 : path, 0) == 0;
}

bool mkisofs_tree_hide_catalog(struct mkisofs *m, const char *path)
{
	size_t n = m->n_hides;
	char root[] = "/";
	unsigned trees = 0;
	const char *pattern;

	path += *path == '/';
	for (size_t i = 0; i < n; i++)
		if (matches_catalog(m, m->hides[i].pattern, path))
			trees |= m->hides[i].trees;
	if (trees == 0)
		return true;
	/* What hides it somewhere hides it from ISO 9660, says xorriso. */
	if (!m->genisoimage)
		trees |= ISOKIT_BUILD_TREE_ISO9660;
	pattern = literal_pattern(m, path);
	if (pattern == NULL || !hide(m, &trees, root))
		return false;
	m->hides[n].pattern = pattern;
	m->hides[n].host = false;
	m->opt->lib.hides = m->hides;
	m->opt->lib.n_hides = m->n_hides;
	return true;
}

bool mkisofs_tree_finish(struct mkisofs *m)
{
	struct build_options *opt = m->opt;
	struct isokit_build_options *lib = &opt->lib;
	struct tree_step *steps = calloc(m->pathspecs.n + 2, sizeof(*steps));

	if (steps == NULL)
		return mkisofs_out_of_memory();
	free(opt->steps);
	opt->steps = steps;
	opt->n_steps = 0;
	if (m->media_blocks != 0 && !mkisofs_add_stream(m))
		return false;
	if (m->pathspecs.n == 0 && m->media_blocks == 0) {
		message_error(NULL, "no source given, see 'iso-build --mkisofs -help'");
		return false;
	}
	for (size_t i = 0; i < m->pathspecs.n; i++)
		if (!add_pathspec(m, m->pathspecs.items[i]))
			return false;
	if (m->keep_deep)
		m->naming.relocate = NULL;
	lib->hides = m->hides;
	lib->n_hides = m->n_hides;
	lib->weights = m->weights;
	lib->n_weights = m->n_weights;
	lib->host_excludes = (const char *const *)m->excludes.items;
	lib->n_host_excludes = m->excludes.n;
	/* Standard input is reached through a link of the kernel. */
	lib->keep_source_links = m->media_blocks == 0;
	return set_rules(m);
}
