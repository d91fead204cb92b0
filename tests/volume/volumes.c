/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of lib/volume find in an image, for comparing with a kernel's mount:
 *
 *	volumes IMAGE            the volumes, one on a line
 *	volumes [-f] IMAGE N     the files of the N-th, counted from 0, one on a line:
 *	                         path, mode, uid, gid, time, size, CRC-32 or target or device,
 *	                         names in its family, extended attributes, ACLs
 *	                         (-f: with resource forks)
 *
 * Lines with "lost" tell what does not come along. All separated by tabs; odd bytes of
 * names as \xHH. */
#include <isokit/medium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tree/attributes.h"
#include "volume/volume.h"

static uint32_t crc_of(uint32_t crc, const uint8_t *p, size_t n)
{
	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void print_name(const char *s)
{
	struct text t = { 0 };

	text_add_escaped(&t, s, strlen(s));
	fputs(text_string(&t), stdout);
	text_free(&t);
}

static int failed(const struct isokit_error *e)
{
	fprintf(stderr, "volumes: %s: %s\n", e->subject, e->text);
	return 1;
}

static bool print_content(const struct tree_node *n)
{
	static uint8_t buffer[100000]; /* no multiple of anything */
	struct isokit_error err = { 0 };
	uint32_t crc = 0;

	for (uint64_t at = 0; at < n->size;) {
		size_t k = n->size - at < sizeof(buffer) ? (size_t)(n->size - at) : sizeof(buffer);

		if (tree_node_read(n, at, buffer, k, &err)) {
			printf("error: %s: %s", err.subject, err.text);
			return false;
		}
		crc = crc_of(crc, buffer, k);
		at += k;
	}
	printf("%08" PRIx32, crc);
	return true;
}

struct family {
	const struct tree_node *first;
	unsigned n;
};

static int count(void *ctx, struct tree_node *n)
{
	struct family *f = ctx;

	f->n += n->link == f->first;
	return 0;
}

static int print_node(void *ctx, struct tree_node *n)
{
	struct tree *t = ctx;
	struct family f = { .first = n->link };
	struct text path = { 0 };

	tree_node_path(n, &path);
	print_name(path.n ? text_string(&path) : "/");
	text_free(&path);
	printf("\t%o\t%u\t%u\t", n->mode, n->uid, n->gid);
	if (n->mtime != INT64_MIN)
		printf("%lld.%09u", (long long)n->mtime, n->mtime_ns);
	else
		putchar('-');
	printf("\t%llu\t", (unsigned long long)n->size);
	if (S_ISREG(n->mode))
		(void)print_content(n);
	else if (S_ISLNK(n->mode))
		print_name(n->u.target);
	else if (S_ISBLK(n->mode) || S_ISCHR(n->mode))
		printf("%u:%u", major(n->u.rdev), minor(n->u.rdev));
	else
		putchar('-');
	if (f.first)
		(void)tree_walk(t->root, count, &f);
	printf("\t%u", f.first ? f.n : 1);
	for (size_t i = 0; n->attributes && i < n->attributes->n_xattrs; i++) {
		const struct tree_xattr *x = &n->attributes->xattrs[i];

		printf("\t%s=", x->name);
		for (size_t k = 0; k < x->bytes; k++)
			printf("%02x", x->value[k]);
	}
	if (n->attributes && n->attributes->acl)
		printf("\tacl %s", n->attributes->acl);
	if (n->attributes && n->attributes->default_acl)
		printf("\tdefault %s", n->attributes->default_acl);
	putchar('\n');
	return 0;
}

static void lost(void *ctx, enum volume_loss what, const char *path)
{
	(void)ctx;
	printf("lost\t%s\t", volume_loss_words(what));
	print_name(path);
	putchar('\n');
}

static int print_files(const struct isokit_volumes *volumes, size_t which, bool forks)
{
	const struct tree_scan_options scan = { .xattrs = true, .acls = true };
	const struct volume_read_options options = { .scan = &scan, .forks = forks, .lost = lost };
	struct volume_mount *mount = NULL;
	struct isokit_error err = { 0 };
	struct tree *t;

	if (tree_new(&t, &err))
		return failed(&err);
	if (volume_read(volumes, which, t, "/", &options, &mount, &err)) {
		tree_free(t);
		return failed(&err);
	}
	(void)tree_walk(t->root, print_node, t);
	tree_free(t);
	volume_mount_free(mount);
	return 0;
}

static void print_volumes(const struct isokit_disk_volume *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%u\t%s\t%llu\t%llu\t%s\t%s\t%s\t%s\n", list[i].partition,
		       list[i].scheme ? list[i].scheme : "-", (unsigned long long)list[i].offset,
		       (unsigned long long)list[i].bytes, isokit_filesystem_name(list[i].fs),
		       list[i].words, list[i].label,
		       list[i].unreadable ? list[i].unreadable : "-");
}

int main(int argc, char **argv)
{
	bool forks = argc > 1 && strcmp(argv[1], "-f") == 0;
	struct isokit_medium *medium;
	struct isokit_volumes *volumes;
	struct isokit_error err = { 0 };
	const struct isokit_disk_volume *list;
	struct isokit_source *disk;
	size_t n;
	int rc = 0;

	argv += forks;
	argc -= forks;
	if (argc < 2) {
		fputs("usage: volumes [-f] IMAGE [N]\n", stderr);
		return 2;
	}
	if (isokit_medium_open(argv[1], NULL, &medium, &err))
		return failed(&err);
	disk = isokit_medium_disk(medium);
	if (!disk || isokit_volumes_find(disk, &volumes, &err)) {
		isokit_medium_free(medium);
		return disk ? failed(&err) : 1;
	}
	list = isokit_volumes_list(volumes, &n);
	if (argc > 2)
		rc = print_files(volumes, strtoul(argv[2], NULL, 10), forks);
	else
		print_volumes(list, n);
	isokit_volumes_free(volumes);
	isokit_medium_free(medium);
	return rc;
}
