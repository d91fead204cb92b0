/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan into libisofs, and its stream out of it. */
#include "author/layout_impl.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "author/base.h"
#include "author/session.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "layout";

/* Read-ahead of old drives stumbles over the end of a track: 300 KiB of zeros. */
enum { PADDING_BLOCKS = 150 };

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
	if (n->content == TREE_SHARED && n->u.same->id != NO_ID) {
		n->id = n->u.same->id;
		return 0;
	}
	if (n->link && n->link->id != NO_ID) {
		n->id = n->link->id;
		return 0;
	}
	n->id = (uint32_t)l->n_payloads++;
	if (n->link)
		n->link->id = n->id;
	l->payloads[n->id] = (struct payload){ .layout = l, .node = n, .lba = LAYOUT_NO_LBA,
					       .index = n->id };
	if (session_keeps(l->plan, n)) {
		struct payload *p = &l->payloads[n->id];

		p->old = p->located = p->met = p->filled = true;
		p->lba = tree_node_offset_in(n, l->plan->base->src) / LAYOUT_BLOCK_BYTES;
	}
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
	for (size_t i = 0; i < l->n_payloads; i++)
		l->payloads[i].real = l->payloads[i].real && !l->payloads[i].old;
	/* It takes the program out of an ELF file. */
	if (boot->area == ISOKIT_BUILD_AREA_MIPSEL && boot->platforms.n_mips_files)
		l->payloads[boot->platforms.mips_files[0]->id].real = true;
	return ISOKIT_OK;
}

/* ---- all of it --------------------------------------------------------------------------- */

static enum isokit_status set_options(struct layout *l, struct isokit_error *err)
{
	struct plan *plan = l->plan;
	const struct isokit_build_options *o = &plan->options;
	int r = iso_write_opts_new(&l->opts, 0);
	time_t volume = (time_t)plan->volume_time;
	enum isokit_status st;

	if (r < 0)
		return layout_fail(r, subject, err);
	st = layout_set_names(l, err);
	if (st)
		return st;
	(void)iso_write_opts_set_relaxed_vol_atts(l->opts, 1);
	(void)iso_write_opts_set_always_gmt(l->opts, 1);
	(void)iso_write_opts_set_dir_rec_mtime(l->opts, 1 | 2 | 4);
	(void)iso_write_opts_set_sort_files(l->opts, 1);
	(void)iso_write_opts_set_record_md5(l->opts, o->checksums, o->checksums);
	/* The numbers of the checksums are attributes, as xattr and ACL are. */
	if (o->checksums)
		(void)iso_write_opts_set_aaip(l->opts, 1);
	/* UDF's last anchor may lie 256 blocks before the end. */
	(void)iso_write_opts_set_tail_blocks(l->opts, plan->udf.wanted ? 300 :
						      o->no_padding ? 0 : PADDING_BLOCKS);
	(void)iso_write_opts_set_pvd_times(l->opts, volume, volume, 0, 0, plan->uuid_digits);
	(void)iso_write_opts_set_gpt_guid(
		l->opts, plan->boot.has_gpt_guid ? plan->boot.gpt_guid : plan->gpt_guid,
		plan->boot.gpt_guid_by_date && !plan->boot.has_gpt_guid ? 2 : 1);
	if (o->session_block) {
		(void)iso_write_opts_set_ms_block(l->opts, o->session_block);
		(void)iso_write_opts_set_appendable(l->opts, 1);
	}
	st = layout_make_room(l, err);
	return st ? st : layout_set_system_area(l, err);
}

static enum isokit_status open_isofs(struct layout *l, struct isokit_error *err)
{
	const struct isokit_build_options *o = &l->plan->options;
	char all[] = "SORRY", never[] = "NEVER", none[] = "";
	time_t now = (time_t)l->plan->volume_time;
	char *charset;
	char text[ISO_MSGS_MESSAGE_LEN];
	int r = iso_init();

	if (r < 0)
		return isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, "libisofs",
				   "cannot be started (%d)", r);
	l->isofs_open = true;
	(void)iso_set_msgs_severities(all, never, none);
	layout_drain_messages(text, sizeof(text));
	/* Names are UTF-8 or raw bytes, whatever the locale says. */
	charset = strdup(o->input_charset ? o->input_charset : "UTF-8");
	r = charset ? iso_set_local_charset(charset, 0) : (int)ISO_OUT_OF_MEM;
	free(charset);
	/* UTF-8 is always known: then it is memory that is missing. */
	if (r <= 0 && (!o->input_charset || r == (int)ISO_OUT_OF_MEM))
		return isokit_fail_nomem(err, "input charset", 0);
	if (r <= 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "input charset",
				   "%s is not known here", o->input_charset);
	(void)iso_nowtime(&now, 1);
	return ISOKIT_OK;
}

/* Stops and joins the writer thread, if it still runs. */
static void stop(struct layout *l)
{
	if (l->burn && l->burn->free_data)
		l->burn->free_data(l->burn);
	free(l->burn);
	l->burn = NULL;
}

static enum isokit_status start(struct layout *l, struct isokit_error *err)
{
	sigset_t all, old;
	uint32_t data_start;
	off_t size;
	int r;

	if (l->plan->boot.n_entries)
		(void)iso_image_set_boot_catalog_weight(l->image, INT32_MAX);
	/* Signals are for the threads of the command. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = iso_image_create_burn_source(l->image, l->opts, &l->burn);
	if (r >= 0 && l->has_lead &&
	    iso_write_opts_get_data_start(l->opts, &data_start, 0) >= 0 &&
	    (data_start % 2 == l->lead_odd) != l->lead) {
		/* A block more or less in front of the contents, and once more. */
		stop(l);
		l->lead = !l->lead;
		r = iso_image_create_burn_source(l->image, l->opts, &l->burn);
	}
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
		return layout_fail(r, subject, err);
	}
	size = l->burn->get_size(l->burn);
	if (size <= 0 || size % LAYOUT_BLOCK_BYTES || !l->burn->read_xt)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libisofs",
				   "offers an image of %lld bytes", (long long)size);
	l->image_bytes = layout_origin(l) + l->head_bytes + (uint64_t)size;
	l->read_bytes = layout_origin(l);
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
	l->overlay_fd = -1;
	pthread_mutex_init(&l->lock, NULL);
	st = plan_digest(plan, "placeholder", digest, err);
	if (st == ISOKIT_OK) {
		memcpy(l->magic, digest, sizeof(l->magic));
		st = number_payloads(l, err);
	}
	if (st == ISOKIT_OK)
		st = layout_order(l, err);
	if (st == ISOKIT_OK)
		st = open_isofs(l, err);
	if (st == ISOKIT_OK)
		st = layout_import_old(l, err);
	if (st == ISOKIT_OK)
		st = layout_build_tree(l, err);
	if (st == ISOKIT_OK)
		st = set_options(l, err);
	if (st == ISOKIT_OK)
		st = layout_add_el_torito(l, err);
	if (st == ISOKIT_OK)
		st = layout_set_hfs(l, err);
	if (st == ISOKIT_OK)
		st = start(l, err);
	if (st == ISOKIT_OK)
		st = layout_number_checksums(l, err);
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
	stop(l);
	if (l->image)
		iso_image_unref(l->image);
	if (l->opts)
		iso_write_opts_free(l->opts);
	layout_release_old(l);
	if (l->isofs_open)
		iso_finish();
	for (size_t i = 0; i < l->n_fds; i++)
		(void)close(l->fds[i]);
	text_free(&l->catalog_path);
	pthread_mutex_destroy(&l->lock);
	free(l->weights);
	free(l->overwrite);
	free(l->payloads);
	free(l->fillers);
	free(l->respelt);
	free(l->checksum_numbers);
	free(l);
}

bool layout_tail_is_payload(const struct layout *l)
{
	const struct plan_boot *boot = &l->plan->boot;

	for (size_t i = 0; i < PLAN_MAX_PARTITIONS; i++) {
		if (boot->partitions[i].used)
			return false;
	}
	return boot->n_entries == 0 && boot->mbr == PLAN_MBR_NONE && !boot->label &&
	       boot->area == ISOKIT_BUILD_AREA_MBR && !boot->efi_part && !boot->prep_part &&
	       !boot->hfs.wanted && !boot->partition_offset;
}

uint64_t layout_origin(const struct layout *l)
{
	return session_origin(l->plan);
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

/* From libisofs, or what was made of it. */
static int next_bytes(struct layout *l, void *buffer, size_t want)
{
	size_t left = l->respelt_bytes - l->respelt_at;

	if (left == 0)
		return l->burn->read_xt(l->burn, buffer, (int)min_u64(want, 1u << 30));
	want = (size_t)min_u64(min_u64(want, left), 1u << 30);
	memcpy(buffer, l->respelt + l->respelt_at, want);
	l->respelt_at += want;
	return (int)want;
}

enum isokit_status layout_read(struct layout *l, void *buffer, size_t length, size_t *ret_got,
			       struct isokit_error *err)
{
	/* A partial last chunk would be dropped: ask for exactly what remains. */
	size_t want = (size_t)min_u64(length - length % LAYOUT_BLOCK_BYTES,
				      l->image_bytes - l->read_bytes);
	enum isokit_status st = ISOKIT_OK;
	int got = 0;

	if (l->read_bytes == layout_origin(l) && !l->respelt && plan_respells(l->plan))
		st = layout_respell(l, err);
	if (st)
		return st;
	if (l->read_bytes < l->head_bytes) {
		want = (size_t)min_u64(want, l->head_bytes - l->read_bytes);
		st = layout_read_room(l, buffer, want, err);
		l->read_bytes += st ? 0 : want;
		*ret_got = want;
		return st;
	}
	if (want)
		got = next_bytes(l, buffer, want);
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
		return layout_fail((int)ISO_WRITE_ERROR, subject, err);
	if (l->head_bytes)
		st = layout_patch_room(l, buffer, (size_t)got, err);
	l->read_bytes += (uint64_t)got;
	*ret_got = (size_t)got;
	return st;
}
