/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that includes libisofs. It decides nothing: names, times, ids
 * and the boot set-up come from the plan.
 *
 * What has to be known about libisofs 1.5.4 for this:
 * - its state is global (message queue, "now", local character set);
 * - children are a sorted linked list, searched from its head at every
 *   insertion: insert in descending order of names, or it takes O(n²);
 * - setting an attribute sets ctime to now, so ctime comes last;
 * - a read error of a file becomes zeros and a message, not a failure, so a
 *   stream keeps its own error and layout_read() looks at it;
 * - equal stream ids mean hard links. */
#include "author/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <libisofs/libisofs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "layout";

enum { MAX_TARGET_BYTES = 1024 }; /* libisofs takes no longer link */

/* What libisofs hands out to read the image from. Declared by libburn, which
 * is not needed for anything else here; version 1 of its interface. */
struct burn_source {
	int refcount;
	int (*read)(struct burn_source *, unsigned char *, int);
	int (*read_sub)(struct burn_source *, unsigned char *, int);
	off_t (*get_size)(struct burn_source *);
	int (*set_size)(struct burn_source *, off_t);
	void (*free_data)(struct burn_source *);
	struct burn_source *next;
	void *data;
	int version;
	int (*read_xt)(struct burn_source *, unsigned char *, int);
	int (*cancel)(struct burn_source *);
};

struct layout {
	struct plan *plan;
	uint8_t magic[LAYOUT_MAGIC_BYTES];
	struct payload *payloads;
	size_t n_payloads;
	IsoImage *image;
	IsoWriteOpts *opts;
	struct burn_source *burn;
	bool isofs_open;
	uint64_t image_bytes, read_bytes;
	struct text catalog_path;
	int efi_fd;        /* memfd with the placeholder of an appended partition, or -1 */
	pthread_mutex_t lock;
	enum isokit_status stream_status; /* first error of a real stream; under lock */
	struct isokit_error stream_error;
};

/* ---- messages of libisofs as our errors -------------------------------------- */

/* The worst message of the queue, which is emptied. */
static void drain_messages(char *ret_text, size_t size)
{
	char text[ISO_MSGS_MESSAGE_LEN], severity[80];
	int code, image, worst = -1;

	ret_text[0] = '\0';
	while (iso_obtain_msgs("SORRY", &code, &image, text, severity) == 1) {
		int rank = 0;

		(void)iso_text_to_sev(severity, &rank);
		if (rank > worst) {
			worst = rank;
			(void)snprintf(ret_text, size, "%s", text);
		}
	}
}

static enum isokit_status isofs_fail(int code, const char *what, struct isokit_error *err)
{
	char text[sizeof(err->text) - 40];

	drain_messages(text, sizeof(text));
	if (code == (int)ISO_OUT_OF_MEM)
		return isokit_fail_nomem(err, what, 0);
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, what, "cannot be laid out: %s",
			   text[0] ? text : iso_error_to_msg(code));
}

static enum isokit_status node_fail(int code, const struct tree_node *node,
				    struct isokit_error *err)
{
	struct text path = { 0 };
	enum isokit_status st;

	tree_node_path(node, &path);
	if ((node->mode & S_IFMT) == S_IFLNK && strlen(node->u.target) > MAX_TARGET_BYTES)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
				 "is a symbolic link to a path of %zu bytes; %d is the limit",
				 strlen(node->u.target), MAX_TARGET_BYTES);
	else
		st = isofs_fail(code, text_string(&path), err);
	text_free(&path);
	return st;
}

/* ---- streams -------------------------------------------------------------------- */

/* Placeholders and real contents are the same class; the payload knows which. */
struct stream_state {
	struct payload *payload;
	struct isokit_source *src; /* real, while open */
	uint64_t at;
};

static void keep_stream_error(struct layout *l, enum isokit_status st,
			      const struct isokit_error *why)
{
	pthread_mutex_lock(&l->lock);
	if (l->stream_status == ISOKIT_OK) {
		l->stream_status = st;
		l->stream_error = *why;
	}
	pthread_mutex_unlock(&l->lock);
}

/* libisofs hands the const away; nothing of the layout is written through it
 * but the error, under its lock. */
static struct layout *layout_of(const struct payload *p)
{
	return (struct layout *)(uintptr_t)p->layout;
}

static int stream_open(IsoStream *stream)
{
	struct stream_state *s = stream->data;
	struct isokit_error why = { 0 };
	enum isokit_status st;

	s->at = 0;
	if (!s->payload->real)
		return 1;
	st = tree_node_open(s->payload->node, &s->src, &why);
	if (st == ISOKIT_OK)
		return 1;
	keep_stream_error(layout_of(s->payload), st, &why);
	return (int)ISO_FILE_ERROR;
}

static int stream_close(IsoStream *stream)
{
	struct stream_state *s = stream->data;

	isokit_source_close(s->src);
	s->src = NULL;
	return 1;
}

static off_t stream_size(IsoStream *stream)
{
	const struct stream_state *s = stream->data;

	return (off_t)s->payload->node->size;
}

static int stream_read(IsoStream *stream, void *buffer, size_t count)
{
	struct stream_state *s = stream->data;
	struct isokit_error why = { 0 };
	enum isokit_status st;
	size_t n;

	if (!s->payload->real) {
		/* Whole blocks, also for the last one: what lies behind the end of
		 * the file is dropped with the rest of the block. */
		if (s->at == 0) {
			memcpy(buffer, s->payload->layout->magic, LAYOUT_MAGIC_BYTES);
			put_le32((uint8_t *)buffer + LAYOUT_MAGIC_BYTES, s->payload->index);
		}
		s->at += count;
		return (int)count;
	}
	n = (size_t)min_u64(count, s->payload->node->size - s->at);
	st = isokit_source_read_at(s->src, s->at, buffer, n, &why);
	if (st) {
		keep_stream_error(layout_of(s->payload), st, &why);
		return (int)ISO_FILE_READ_ERROR;
	}
	s->at += n;
	return (int)n;
}

static int stream_repeatable(IsoStream *stream)
{
	(void)stream;
	return 1;
}

static void stream_id(IsoStream *stream, unsigned int *fs_id, dev_t *dev_id, ino_t *ino_id)
{
	const struct stream_state *s = stream->data;

	*fs_id = 0x49534f4b; /* any number that libisofs' own file systems do not use */
	*dev_id = 0;
	*ino_id = (ino_t)s->payload->index + 1;
}

static void stream_free(IsoStream *stream)
{
	struct stream_state *s = stream->data;

	isokit_source_close(s->src);
	free(s);
}

static int stream_update_size(IsoStream *stream)
{
	(void)stream;
	return 1;
}

static IsoStream *stream_input(IsoStream *stream, int flag)
{
	(void)stream;
	(void)flag;
	return NULL;
}

static int stream_compare(IsoStream *a, IsoStream *b)
{
	const struct stream_state *x = a->data, *y = b->data;

	return x->payload->index < y->payload->index ? -1 : x->payload->index > y->payload->index;
}

static const IsoStreamIface stream_class = {
	.version = 3,
	.type = { 'u', 's', 'e', 'r' },
	.open = stream_open,
	.close = stream_close,
	.get_size = stream_size,
	.read = stream_read,
	.is_repeatable = stream_repeatable,
	.get_id = stream_id,
	.free = stream_free,
	.update_size = stream_update_size,
	.get_input_stream = stream_input,
	.cmp_ino = stream_compare,
};

static IsoStream *stream_new(struct payload *payload)
{
	IsoStream *stream = calloc(1, sizeof(*stream));
	struct stream_state *s = calloc(1, sizeof(*s));

	if (!stream || !s) {
		free(stream);
		free(s);
		return NULL;
	}
	s->payload = payload;
	/* libisofs wants a pointer to non-const and writes nothing there. */
	stream->class = (IsoStreamIface *)(uintptr_t)&stream_class;
	stream->refcount = 1;
	stream->data = s;
	return stream;
}

/* ---- payloads -------------------------------------------------------------------- */

enum { NO_ID = UINT32_MAX };

static int forget_id(void *ctx, struct tree_node *n)
{
	(void)ctx;
	n->id = NO_ID;
	if (n->link)
		n->link->id = NO_ID;
	return 0;
}

static int count_files(void *ctx, struct tree_node *n)
{
	size_t *count = ctx;

	*count += tree_is_file(n);
	return 0;
}

static int give_id(void *ctx, struct tree_node *n)
{
	struct layout *l = ctx;

	if (!tree_is_file(n))
		return 0;
	if (n->link && n->link->id != NO_ID) {
		n->id = n->link->id;
		return 0;
	}
	n->id = (uint32_t)l->n_payloads++;
	if (n->link)
		n->link->id = n->id;
	l->payloads[n->id] = (struct payload){ .layout = l, .node = n, .lba = LAYOUT_NO_LBA,
					       .index = n->id };
	return 0;
}

static enum isokit_status number_payloads(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	struct tree_node *roots[2] = { l->plan->tree->root, l->plan->extra->root };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		(void)tree_walk(roots[i], forget_id, NULL);
		(void)tree_walk(roots[i], count_files, &n);
	}
	if (n >= NO_ID)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "%zu files are more than an image can hold", n);
	l->payloads = calloc(n ? n : 1, sizeof(*l->payloads));
	if (!l->payloads)
		return isokit_fail_nomem(err, subject, n * sizeof(*l->payloads));
	for (size_t i = 0; i < 2; i++)
		(void)tree_walk(roots[i], give_id, l);
	/* libisofs reads or patches these. */
	for (size_t i = 0; i < boot->n_entries; i++) {
		const struct plan_boot_entry *e = &boot->entries[i];

		if (e->node && (e->boot_info_table || e->grub2_boot_info ||
				e->emulation == ISOKIT_EMUL_HARD_DISK ||
				(i == 0 && boot->mbr == PLAN_MBR_ISOHYBRID)))
			l->payloads[e->node->id].real = true;
	}
	return ISOKIT_OK;
}

/* ---- the tree, into libisofs --------------------------------------------------------- */

static time_t clamp_time(const struct layout *l, int64_t t)
{
	/* Nothing known (generated), or after the epoch: the epoch. RRIP and
	 * ECMA-119 short dates begin in 1900. */
	if (t == INT64_MIN || t > l->plan->epoch)
		t = l->plan->epoch;
	return (time_t)(t < -2208988800 ? -2208988800 : t);
}

static void set_attributes(const struct layout *l, IsoNode *iso, const struct tree_node *n)
{
	time_t t = clamp_time(l, n->mtime);

	iso_node_set_permissions(iso, (mode_t)(n->mode & 07777));
	iso_node_set_uid(iso, (uid_t)n->uid);
	iso_node_set_gid(iso, (gid_t)n->gid);
	if (n->flags & TREE_HIDDEN)
		iso_node_set_hidden(iso, LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_JOLIET |
						 LIBISO_HIDE_BUT_WRITE);
	iso_node_set_mtime(iso, t);
	iso_node_set_atime(iso, t);
	iso_node_set_ctime(iso, t);
}

void layout_link_target(const struct tree_node *link, struct text *out)
{
	const char *p = link->u.target;

	for (; *p; p++) {
		if (*p == '/' && (p[1] == '/' || (p[1] == '\0' && out->n)))
			continue;
		text_add_char(out, *p);
	}
}

/* libisofs holds 1023 bytes, and 255 between slashes. */
enum { MAX_LINK_BYTES = 1023, MAX_COMPONENT_BYTES = 255 };

static enum isokit_status check_link(const struct tree_node *n, struct isokit_error *err)
{
	size_t bytes = strlen(n->u.target);
	struct text path = { 0 };
	enum isokit_status st = ISOKIT_OK;
	const char *p = n->u.target;
	size_t longest = 0;

	for (size_t len; *p; p += len + (p[len] == '/')) {
		len = strcspn(p, "/");
		longest = len > longest ? len : longest;
	}
	if (bytes <= MAX_LINK_BYTES && longest <= MAX_COMPONENT_BYTES)
		return ISOKIT_OK;
	tree_node_path(n, &path);
	if (longest > MAX_COMPONENT_BYTES)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
				 "is a link to a name of %zu bytes; the limit is %d", longest,
				 MAX_COMPONENT_BYTES);
	else
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
				 "is a link to a path of %zu bytes; the limit is %d", bytes,
				 MAX_LINK_BYTES);
	text_free(&path);
	return st;
}

static int add_link(struct layout *l, IsoDir *dir, const struct tree_node *n, IsoNode **ret)
{
	struct text target = { 0 };
	IsoSymlink *link = NULL;
	int r;

	layout_link_target(n, &target);
	r = target.failed ? (int)ISO_OUT_OF_MEM :
			    iso_image_add_new_symlink(l->image, dir, n->name,
						      text_string(&target), &link);
	text_free(&target);
	*ret = (IsoNode *)link;
	return r;
}

/* libisofs writes a device number as the halves of 64 bits. Of such a number Linux
 * takes the minor one to have 8 bits; where it has more, the halves must be major and
 * minor (RRIP 4.1.2 allows either). */
static dev_t device_number(const struct tree_node *n)
{
	dev_t d = n->u.rdev;

	if (!S_ISBLK(n->mode) && !S_ISCHR(n->mode))
		return 0;
	return minor(d) > 255 && major(d) != 0 ? (dev_t)major(d) << 32 | minor(d) : d;
}

static int add_node(struct layout *l, IsoDir *dir, const struct tree_node *n, IsoNode **ret)
{
	IsoSpecial *special = NULL;
	IsoFile *file = NULL;
	IsoDir *sub = NULL;
	IsoStream *stream;
	int r;

	switch (n->mode & S_IFMT) {
	case S_IFDIR:
		r = iso_image_add_new_dir(l->image, dir, n->name, &sub);
		*ret = (IsoNode *)sub;
		return r;
	case S_IFREG:
		stream = stream_new(&l->payloads[n->id]);
		if (!stream)
			return (int)ISO_OUT_OF_MEM;
		r = iso_image_add_new_file(l->image, dir, n->name, stream, &file);
		if (r < 0)
			iso_stream_unref(stream);
		*ret = (IsoNode *)file;
		return r;
	case S_IFLNK: return add_link(l, dir, n, ret);
	default:
		r = iso_image_add_new_special(l->image, dir, n->name, (mode_t)n->mode,
					      device_number(n), &special);
		*ret = (IsoNode *)special;
		return r;
	}
}

static enum isokit_status add_children(struct layout *l, IsoDir *dir, const struct tree_node *from,
				       struct isokit_error *err)
{
	/* Descending: each insertion then stops at the head of the list. */
	for (uint32_t i = from->u.dir.n; i-- > 0;) {
		const struct tree_node *n = from->u.dir.children[i];
		IsoNode *iso = NULL;
		enum isokit_status st = ISOKIT_OK;
		int r;

		if ((n->mode & S_IFMT) == S_IFLNK)
			st = check_link(n, err);
		if (st)
			return st;
		r = add_node(l, dir, n, &iso);
		if (r < 0)
			return node_fail(r, n, err);
		set_attributes(l, iso, n);
		if (!tree_is_dir(n))
			continue;
		st = add_children(l, (IsoDir *)iso, n, err);
		if (st)
			return st;
		/* Adding children has touched its times. */
		set_attributes(l, iso, n);
	}
	return ISOKIT_OK;
}

static enum isokit_status build_tree(struct layout *l, struct isokit_error *err)
{
	const struct isokit_build_options *o = &l->plan->options;
	IsoNode *root;
	enum isokit_status st;
	int r = iso_image_new(o->volume_id, &l->image);

	if (r < 0)
		return isofs_fail(r, subject, err);
	iso_image_set_volume_id(l->image, o->volume_id);
	iso_image_set_system_id(l->image, o->system_id);
	iso_image_set_volset_id(l->image, o->volume_set_id);
	iso_image_set_publisher_id(l->image, o->publisher);
	iso_image_set_data_preparer_id(l->image, o->preparer);
	iso_image_set_application_id(l->image, o->application);
	iso_image_set_copyright_file_id(l->image, o->copyright_file);
	iso_image_set_abstract_file_id(l->image, o->abstract_file);
	iso_image_set_biblio_file_id(l->image, o->bibliographic_file);
	/* Names of 255 bytes are whole names. */
	(void)iso_image_set_truncate_mode(l->image, 0, 255);
	root = (IsoNode *)iso_image_get_root(l->image);
	st = add_children(l, (IsoDir *)root, l->plan->tree->root, err);
	if (st == ISOKIT_OK)
		set_attributes(l, root, l->plan->tree->root);
	return st;
}

/* ---- the boot set-up, into libisofs ------------------------------------------------------ */

static enum eltorito_boot_media_type media_type(enum isokit_emulation e)
{
	switch (e) {
	case ISOKIT_EMUL_FLOPPY_1200:
	case ISOKIT_EMUL_FLOPPY_1440:
	case ISOKIT_EMUL_FLOPPY_2880: return ELTORITO_FLOPPY_EMUL;
	case ISOKIT_EMUL_HARD_DISK: return ELTORITO_HARD_DISC_EMUL;
	case ISOKIT_EMUL_NONE: break;
	}
	return ELTORITO_NO_EMUL;
}

static int isolinux_options(const struct plan_boot *boot, const struct plan_boot_entry *e)
{
	int options = 0;

	if (e->boot_info_table)
		options |= 1;
	if (e->grub2_boot_info)
		options |= 1 << 9;
	if (boot->efi == PLAN_EFI_FILE_ISOHYBRID && e->node && e->node == boot->efi_node) {
		if (boot->gpt)
			options |= 1 << 2; /* in the GPT, as basic data */
		if (boot->apm)
			options |= 1 << 8;
	}
	return options;
}

/* Where the catalog goes: a path of the tree that nothing else uses. */
static enum isokit_status choose_catalog_path(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;

	if (boot->catalog_path) {
		if (boot->catalog_path[0] != '/')
			text_add_char(&l->catalog_path, '/');
		text_add_str(&l->catalog_path, boot->catalog_path);
	} else {
		struct text folder = { 0 };

		if (boot->entries[0].node)
			tree_node_path(boot->entries[0].node->parent, &folder);
		for (unsigned i = 0; i < 1000; i++) {
			text_clear(&l->catalog_path);
			if (folder.n > 1)
				text_add_str(&l->catalog_path, text_string(&folder));
			text_add_str(&l->catalog_path, "/boot.cat");
			if (i)
				text_addf(&l->catalog_path, ".%u", i);
			if (!tree_lookup(l->plan->tree, text_string(&l->catalog_path)))
				break;
		}
		if (folder.failed)
			l->catalog_path.failed = true;
		text_free(&folder);
	}
	if (l->catalog_path.failed)
		return isokit_fail_nomem(err, "boot catalog", 0);
	return ISOKIT_OK;
}

static enum isokit_status add_boot_entry(struct layout *l, size_t i, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	const struct plan_boot_entry *e = &boot->entries[i];
	ElToritoBootImage *image = NULL;
	struct text path = { 0 };
	enum isokit_status st = ISOKIT_OK;
	int r;

	if (e->node)
		tree_node_path(e->node, &path);
	else
		text_add_str(&path, "--interval:appended_partition_2:all::");
	if (path.failed)
		return isokit_fail_nomem(err, "boot image", 0);
	if (i == 0)
		r = iso_image_set_boot_image(l->image, text_string(&path),
					     media_type(e->emulation),
					     text_string(&l->catalog_path), &image);
	else
		r = iso_image_add_boot_image(l->image, text_string(&path),
					     media_type(e->emulation), 0, &image);
	if (r < 0) {
		st = isofs_fail(r, e->node ? text_string(&path) : "appended EFI partition", err);
	} else {
		(void)el_torito_set_boot_platform_id(image, e->platform);
		el_torito_set_load_seg(image, (short)e->load_segment);
		if (e->load_sectors)
			el_torito_set_load_size(image, (short)e->load_sectors);
		else if (e->emulation == ISOKIT_EMUL_NONE)
			el_torito_set_full_load(image, 1);
		(void)el_torito_set_isolinux_options(image, isolinux_options(boot, e), 0);
	}
	text_free(&path);
	return st;
}

static enum isokit_status add_el_torito(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	enum isokit_status st;

	if (boot->n_entries == 0)
		return ISOKIT_OK;
	st = choose_catalog_path(l, err);
	for (size_t i = 0; st == ISOKIT_OK && i < boot->n_entries; i++)
		st = add_boot_entry(l, i, err);
	if (st == ISOKIT_OK && boot->catalog_hidden)
		(void)iso_image_set_boot_catalog_hidden(
			l->image, LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_JOLIET);
	/* The folder of the catalog got a new child. */
	if (st == ISOKIT_OK)
		set_attributes(l, (IsoNode *)iso_image_get_root(l->image), l->plan->tree->root);
	return st;
}

/* libisofs reads an appended partition from a path: a memory file of the right
 * size whose first block is a placeholder. */
static enum isokit_status append_efi(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	uint8_t head[LAYOUT_MAGIC_BYTES + 4];
	char path[40];
	int r;

	l->efi_fd = memfd_create("isokit-partition", MFD_CLOEXEC);
	if (l->efi_fd < 0)
		return isokit_fail_errno(err, errno, "appended EFI partition",
					 "no memory file for it");
	memcpy(head, l->magic, LAYOUT_MAGIC_BYTES);
	put_le32(head + LAYOUT_MAGIC_BYTES, boot->efi_node->id);
	if (ftruncate(l->efi_fd, (off_t)boot->efi_node->size) != 0 ||
	    pwrite(l->efi_fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return isokit_fail_errno(err, errno, "appended EFI partition",
					 "no memory file for it");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", l->efi_fd);
	r = iso_write_opts_set_partition_img(l->opts, 2, 0xef, path, 0);
	if (r < 0)
		return isofs_fail(r, "appended EFI partition", err);
	(void)iso_write_opts_set_appended_as_gpt(l->opts, boot->gpt && !boot->mbr_table);
	(void)iso_write_opts_set_appended_as_apm(l->opts, boot->apm);
	return ISOKIT_OK;
}

static enum isokit_status set_system_area(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	bool gpt_file = boot->efi == PLAN_EFI_FILE_ISOHYBRID && boot->mbr != PLAN_MBR_ISOHYBRID;
	bool one_entry = false;
	char *area = NULL;
	int options = 0, r = 1;

	if (boot->system_area && boot->system_area_bytes) {
		area = calloc(1, PLAN_SYSTEM_AREA_BYTES);
		if (!area)
			return isokit_fail_nomem(err, "system area", PLAN_SYSTEM_AREA_BYTES);
		memcpy(area, boot->system_area,
		       (size_t)min_u64(boot->system_area_bytes, PLAN_SYSTEM_AREA_BYTES));
	}
	/* Without another maker of entries: one over the file system. */
	if (boot->mbr_table && boot->mbr != PLAN_MBR_ISOHYBRID && boot->efi != PLAN_EFI_APPENDED)
		one_entry = true;
	switch (boot->mbr) {
	case PLAN_MBR_NONE: break;
	case PLAN_MBR_PLAIN:
		if (!boot->protective && !one_entry)
			options |= 2 << 10;
		break;
	case PLAN_MBR_ISOHYBRID: options |= 1 << 1; break;
	case PLAN_MBR_GRUB2: options |= 1 << 14; break;
	}
	if (boot->mbr != PLAN_MBR_ISOHYBRID) {
		options |= 2 << 8; /* no cylinder alignment: nothing counts cylinders here */
		if (boot->protective || one_entry)
			options |= 1;
	}
	/* isohybrid's own entry is active, but gives way to a protective one. */
	if (boot->active && (boot->mbr != PLAN_MBR_ISOHYBRID || boot->protective))
		options |= 1 << 15;
	if (area || options)
		r = iso_write_opts_set_system_area(l->opts, area, options, area ? 0 : 2);
	free(area);
	if (r < 0)
		return isofs_fail(r, "system area", err);
	if (gpt_file)
		(void)iso_write_opts_set_part_like_isohybrid(l->opts, 1);
	if (boot->apm) /* 512-byte blocks would collide with a GPT */
		(void)iso_write_opts_set_hfsp_block_size(l->opts, 0, LAYOUT_BLOCK_BYTES);
	if (boot->iso_partition_type)
		(void)iso_write_opts_set_iso_mbr_part_type(l->opts, boot->iso_partition_type);
	if (boot->efi == PLAN_EFI_FILE_GPT) {
		char by_entry[] = "--efi-boot-image";

		r = iso_write_opts_set_efi_bootp(l->opts, by_entry, 0);
		if (r < 0)
			return isofs_fail(r, "EFI partition", err);
	}
	return boot->efi == PLAN_EFI_APPENDED ? append_efi(l, err) : ISOKIT_OK;
}

/* ---- all of it --------------------------------------------------------------------------- */

static enum isokit_status set_options(struct layout *l, struct isokit_error *err)
{
	struct plan *plan = l->plan;
	const struct isokit_build_options *o = &plan->options;
	int r = iso_write_opts_new(&l->opts, 0);
	time_t epoch = (time_t)plan->epoch;

	if (r < 0)
		return isofs_fail(r, subject, err);
	(void)iso_write_opts_set_iso_level(l->opts, o->iso_level);
	(void)iso_write_opts_set_rockridge(l->opts, !o->no_rock_ridge);
	(void)iso_write_opts_set_joliet(l->opts, !o->no_joliet);
	(void)iso_write_opts_set_rrip_version_1_10(l->opts, 1);
	(void)iso_write_opts_set_hardlinks(l->opts, 1);
	(void)iso_write_opts_set_joliet_long_names(l->opts, 1);
	(void)iso_write_opts_set_joliet_utf16(l->opts, 1);
	(void)iso_write_opts_set_joliet_longer_paths(l->opts, 1);
	/* Joliet names as others write them: no ";1", and no dot of their own. */
	(void)iso_write_opts_set_omit_version_numbers(l->opts, 2);
	(void)iso_write_opts_set_no_force_dots(l->opts, 2);
	(void)iso_write_opts_set_allow_longer_paths(l->opts, 1);
	/* Every reader of the last twenty years follows folders of any depth;
	 * relocation shows in readers without Rock Ridge. */
	(void)iso_write_opts_set_allow_deep_paths(l->opts, 1);
	(void)iso_write_opts_set_relaxed_vol_atts(l->opts, 1);
	(void)iso_write_opts_set_always_gmt(l->opts, 1);
	(void)iso_write_opts_set_dir_rec_mtime(l->opts, 1 | 2 | 4);
	(void)iso_write_opts_set_sort_files(l->opts, 0);
	(void)iso_write_opts_set_output_charset(l->opts, "UTF-8");
	(void)iso_write_opts_set_record_md5(l->opts, 0, 0);
	(void)iso_write_opts_set_tail_blocks(l->opts, 150);
	(void)iso_write_opts_set_pvd_times(l->opts, epoch, epoch, 0, 0, plan->uuid_digits);
	(void)iso_write_opts_set_gpt_guid(l->opts, plan->gpt_guid, 1);
	return set_system_area(l, err);
}

static enum isokit_status open_isofs(struct layout *l, struct isokit_error *err)
{
	char utf8[] = "UTF-8", all[] = "SORRY", never[] = "NEVER", none[] = "";
	time_t epoch = (time_t)l->plan->epoch;
	char text[ISO_MSGS_MESSAGE_LEN];
	int r = iso_init();

	if (r < 0)
		return isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, "libisofs",
				   "cannot be started (%d)", r);
	l->isofs_open = true;
	(void)iso_set_msgs_severities(all, never, none);
	drain_messages(text, sizeof(text));
	/* Names are UTF-8 or raw bytes, whatever the locale says. */
	(void)iso_set_local_charset(utf8, 0);
	(void)iso_nowtime(&epoch, 1);
	return ISOKIT_OK;
}

static enum isokit_status start(struct layout *l, struct isokit_error *err)
{
	sigset_t all, old;
	off_t size;
	int r;

	/* Signals are for the threads of the command. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = iso_image_create_burn_source(l->image, l->opts, &l->burn);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		l->burn = NULL;
		pthread_mutex_lock(&l->lock);
		if (l->stream_status) {
			if (err)
				*err = l->stream_error;
			pthread_mutex_unlock(&l->lock);
			return l->stream_error.status;
		}
		pthread_mutex_unlock(&l->lock);
		return isofs_fail(r, subject, err);
	}
	size = l->burn->get_size(l->burn);
	if (size <= 0 || size % LAYOUT_BLOCK_BYTES || !l->burn->read_xt)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libisofs",
				   "offers an image of %lld bytes", (long long)size);
	l->image_bytes = (uint64_t)size;
	return ISOKIT_OK;
}

enum isokit_status layout_new(struct plan *plan, struct layout **ret_layout,
			      struct isokit_error *err)
{
	struct layout *l = calloc(1, sizeof(*l));
	uint8_t digest[32];
	enum isokit_status st;

	if (!l)
		return isokit_fail_nomem(err, subject, sizeof(*l));
	l->plan = plan;
	l->efi_fd = -1;
	pthread_mutex_init(&l->lock, NULL);
	st = plan_digest(plan, "placeholder", digest, err);
	if (st == ISOKIT_OK) {
		memcpy(l->magic, digest, sizeof(l->magic));
		st = number_payloads(l, err);
	}
	if (st == ISOKIT_OK)
		st = open_isofs(l, err);
	if (st == ISOKIT_OK)
		st = build_tree(l, err);
	if (st == ISOKIT_OK)
		st = set_options(l, err);
	if (st == ISOKIT_OK)
		st = add_el_torito(l, err);
	if (st == ISOKIT_OK)
		st = start(l, err);
	if (st) {
		layout_free(l);
		return st;
	}
	*ret_layout = l;
	return ISOKIT_OK;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	if (l->burn) {
		/* Stops and joins the writer thread, if it still runs. */
		if (l->burn->free_data)
			l->burn->free_data(l->burn);
		free(l->burn);
	}
	if (l->image)
		iso_image_unref(l->image);
	if (l->opts)
		iso_write_opts_free(l->opts);
	if (l->isofs_open)
		iso_finish();
	if (l->efi_fd >= 0)
		(void)close(l->efi_fd);
	text_free(&l->catalog_path);
	pthread_mutex_destroy(&l->lock);
	free(l->payloads);
	free(l);
}

uint64_t layout_head_bytes(const struct layout *l)
{
	uint32_t block;

	if (iso_write_opts_get_data_start(l->opts, &block, 0) < 0)
		return 0; /* then there is no head, and all is tail */
	return min_u64((uint64_t)block * LAYOUT_BLOCK_BYTES, l->image_bytes);
}

bool layout_tail_is_payload(const struct layout *l)
{
	const struct plan_boot *boot = &l->plan->boot;

	return boot->n_entries == 0 && boot->mbr == PLAN_MBR_NONE && boot->efi == PLAN_EFI_NONE &&
	       !boot->gpt && !boot->apm && !boot->mbr_table && !boot->protective;
}

uint64_t layout_image_bytes(const struct layout *l)
{
	return l->image_bytes;
}

struct payload *layout_payloads(struct layout *l, size_t *ret_n)
{
	*ret_n = l->n_payloads;
	return l->payloads;
}

const struct plan *layout_plan(const struct layout *l)
{
	return l->plan;
}

const char *layout_catalog_path(const struct layout *l)
{
	return l->catalog_path.n ? l->catalog_path.bytes : NULL;
}

struct payload *layout_placeholder(struct layout *l, const uint8_t *block)
{
	uint32_t index;

	if (memcmp(block, l->magic, LAYOUT_MAGIC_BYTES) != 0)
		return NULL;
	index = get_le32(block + LAYOUT_MAGIC_BYTES);
	return index < l->n_payloads ? &l->payloads[index] : NULL;
}

enum isokit_status layout_read(struct layout *l, void *buffer, size_t length, size_t *ret_got,
			       struct isokit_error *err)
{
	/* A partial last chunk would be dropped: ask for exactly what remains. */
	size_t want = (size_t)min_u64(length - length % LAYOUT_BLOCK_BYTES,
				      l->image_bytes - l->read_bytes);
	enum isokit_status st = ISOKIT_OK;
	int got = 0;

	if (want)
		got = l->burn->read_xt(l->burn, buffer, (int)min_u64(want, 1u << 30));
	pthread_mutex_lock(&l->lock);
	if (l->stream_status) {
		st = l->stream_status;
		if (err)
			*err = l->stream_error;
	}
	pthread_mutex_unlock(&l->lock);
	if (st)
		return st;
	if (want && got <= 0)
		return isofs_fail((int)ISO_WRITE_ERROR, subject, err);
	l->read_bytes += (uint64_t)got;
	*ret_got = (size_t)got;
	return ISOKIT_OK;
}
