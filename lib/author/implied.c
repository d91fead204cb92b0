/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/implied.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Made on the way, and by nobody described yet. */
static bool is_bare(const struct tree_node *n)
{
	return n && n->parent && tree_is_dir(n) && (n->flags & TREE_GENERATED) &&
	       n->mtime == INT64_MIN;
}

/* "/a/b" to "/a", "/a" to "/"; false for "/". */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || path[1] == '\0')
		return false;
	slash[slash == path] = '\0';
	return true;
}

static struct tree_node *first_folder(struct tree *t, const char *dest, bool source_is_folder)
{
	struct tree_node *n = tree_lookup(t, dest);

	/* "b/a" of a file "b/", too, is b with a in it. */
	return n && (source_is_folder || !tree_is_dir(n)) ? n->parent : n;
}

/* The real path of its folder, and its name. */
static char *link_path(const char *source)
{
	const char *slash = strrchr(source, '/');
	struct text folder = { 0 }, path = { 0 };
	char *real = NULL;

	text_add(&folder, slash ? source : ".", slash ? (size_t)(slash - source) + 1 : 1);
	if (!folder.failed)
		real = realpath(text_string(&folder), NULL);
	if (real)
		text_addf(&path, "%s/%s", real[1] ? real : "", slash ? slash + 1 : source);
	free(real);
	real = path.n && !path.failed ? strdup(text_string(&path)) : NULL;
	text_free(&folder);
	text_free(&path);
	return real;
}

void implied_describe(struct tree *t, const char *dest, const char *source)
{
	struct stat info;
	bool is_link = lstat(source, &info) == 0 && S_ISLNK(info.st_mode);
	/* What a link leads to lies elsewhere. */
	char *path = is_link ? link_path(source) : realpath(source, NULL);
	struct tree_node *n = NULL;

	if (path && lstat(path, &info) == 0)
		n = first_folder(t, dest, S_ISDIR(info.st_mode));
	for (; is_bare(n) && go_up(path); n = n->parent) {
		if (stat(path, &info) != 0)
			break;
		n->mode = S_IFDIR | (info.st_mode & 07777);
		n->uid = info.st_uid;
		n->gid = info.st_gid;
		n->mtime = info.st_mtim.tv_sec;
		n->mtime_ns = (uint32_t)info.st_mtim.tv_nsec;
	}
	free(path);
}
