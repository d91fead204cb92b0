/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it is that would be written, and whether it would boot from a stick. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/text.h"
#include "bytes/urlstream.h"
#include "convert/convert.h"
#include "ondisk/gpt.h"
#include "ondisk/mbr.h"
#include "write/job.h"
#include "write/stream.h"

static const char remedy[] = "--as=files copies its files onto a file system that boots, --any "
			     "writes it as it is";

/* ---- a beginning as a source ------------------------------------------------------------ */

struct beginning {
	size_t n;
	uint8_t bytes[];
};

static enum isokit_status beginning_read(void *self, uint64_t offset, void *buffer, size_t n,
					 struct isokit_error *err)
{
	const struct beginning *b = self;

	if (!range_inside(offset, n, b->n))
		return isokit_fail(err, ISOKIT_E_IO, offset, "image",
				   "was read up to byte %zu only", b->n);
	memcpy(buffer, b->bytes + offset, n);
	return ISOKIT_OK;
}

/* As large as it says itself, though only the beginning can be read. */
static enum isokit_status make_beginning(struct isokit_write *w, const uint8_t *bytes, size_t n,
					 bool whole, struct isokit_error *err)
{
	static const struct isokit_source_ops ops = { .size = sizeof(ops),
						      .read_at = beginning_read, .close = free };
	struct beginning *b = malloc(sizeof(*b) + n);
	uint64_t size = whole ? n : INT64_MAX;
	enum isokit_status st;

	if (!b)
		return isokit_fail_nomem(err, w->path, sizeof(*b) + n);
	b->n = n;
	memcpy(b->bytes, bytes, n);
	if (!whole && w->stream->expected)
		size = w->stream->expected;
	/* What lies behind the volume would be looked at: further sessions, say. */
	if (!whole && n > 0x8060 && memcmp(bytes + 0x8001, "CD001", 5) == 0)
		size = min_u64(size, max_u64((uint64_t)get_le32(bytes + 0x8050) * 2048, n));
	st = isokit_source_new(&ops, b, size, w->path, &w->judged, err);
	if (st)
		free(b);
	return st;
}

/* ---- words --------------------------------------------------------------------------------- */

static void add_ways(struct text *t, const struct isokit_boot_verdict *v)
{
	if (v->bios_usb.bootable)
		text_add_str(t, "BIOS");
	if (v->bios_usb.bootable && v->uefi_usb.bootable)
		text_add_str(t, " and ");
	if (v->uefi_usb.bootable)
		text_add_str(t, "UEFI");
	for (size_t i = 0; v->uefi_usb.bootable && i < v->uefi_usb.n_architectures; i++)
		text_addf(t, "%s%s", i ? ", " : " (", v->uefi_usb.architectures[i]);
	if (v->uefi_usb.bootable && v->uefi_usb.n_architectures)
		text_add_char(t, ')');
}

static void judge_iso(struct isokit_write *w)
{
	const struct isokit_boot_verdict *v = &w->verdict;
	struct text t = { 0 };

	isokit_judge_boot(isokit_image_facts(w->image), &w->verdict);
	w->plan.verdict = v;
	w->plan.boots = v->usb_bootable;
	if (v->usb_bootable) {
		text_add_str(&t, "boots from a stick by ");
		add_ways(&t, v);
	} else if (v->optical_bootable) {
		text_addf(&t, "would not boot from a stick, it is made for discs: %s", remedy);
	} else {
		text_add_str(&t, "would not boot from a stick: nothing starts from its bytes; --as=files "
				 "tells whether its files would, --any writes it all the same");
	}
	w->plan.boot_words = write_text(w, "%s", text_string(&t));
	text_free(&t);
}

/* A disk boots when something says where: what stands there is beyond us (a Raspberry Pi has
 * no boot code at all). */
static bool disk_boots(struct isokit_write *w, const uint8_t *head, size_t n,
		       const char **ret_what)
{
	struct ondisk_gpt_header gpt;
	struct ondisk_mbr mbr;

	*ret_what = "";
	for (size_t sector = 512; sector <= 4096; sector *= 8)
		if (n >= sector + 512 &&
		    ondisk_gpt_header_decode(head + sector, 512, &gpt, NULL) == ISOKIT_OK &&
		    gpt.crc_ok) {
			if (gpt.alternate_lba < UINT64_MAX / 8192)
				w->must_have = max_u64(w->must_have,
						       (gpt.alternate_lba + 1) * sector);
			*ret_what = "has a GPT";
			return true;
		}
	if (n < MBR_BYTES)
		return false;
	ondisk_mbr_decode(head, &mbr);
	for (unsigned i = 0; i < 4 && mbr.signature && mbr.table_like; i++)
		if (mbr.entries[i].type && mbr.entries[i].sectors) {
			*ret_what = "has partitions";
			return true;
		}
	if (mbr.signature && !all_zero(head, MBR_CODE_BYTES)) {
		*ret_what = "has a boot sector";
		return true;
	}
	return false;
}

/* What a browser shows where the file itself was meant. */
static bool is_web_page(const uint8_t *head, size_t n)
{
	static const char *const begins[] = { "<!doctype html", "<html" };
	size_t i = 0;

	while (i < n && (head[i] == ' ' || (head[i] >= '\t' && head[i] <= '\r')))
		i++;
	for (size_t k = 0; k < sizeof(begins) / sizeof(*begins); k++) {
		size_t length = strlen(begins[k]);

		if (n - i >= length && strncasecmp((const char *)head + i, begins[k], length) == 0)
			return true;
	}
	return false;
}

static void judge_disk(struct isokit_write *w, const uint8_t *head, size_t n)
{
	const char *what;

	w->plan.boots = disk_boots(w, head, n, &what);
	if (!w->plan.boots && is_web_page(head, n)) {
		w->plan.boot_words = "is a web page, not an image: take the address of the file itself "
				     "that the page leads to";
		return;
	}
	w->plan.boot_words = w->plan.boots ?
		write_text(w, "%s; whether it boots was not looked at", what) :
		"has neither partitions nor a boot sector: nothing would boot; --any writes it all "
		"the same";
}

/* ---- containers in streams -------------------------------------------------------------------- */

/* Marks of what has to be opened before it is an image. */
static const char *container_words(const uint8_t *p, size_t n)
{
	static const struct {
		size_t at;
		const char *mark;
		size_t bytes;
		const char *words;
	} marks[] = {
		{ 0, "QFI\xfb", 4, "a QCOW image" },
		{ 0, "KDMV", 4, "a VMDK" },
		{ 0, "COWD", 4, "a VMDK" },
		{ 0, "vhdxfile", 8, "a VHDX" },
		{ 0, "conectix", 8, "a VHD" },
		{ 64, "\x7f\x10\xda\xbe", 4, "a VirtualBox disk" },
		{ 0, "CISO", 4, "a CSO" },
		{ 0, "ZISO", 4, "a ZSO" },
		{ 0, "MComprHD", 8, "a CHD" },
		{ 0, "IsZ!", 4, "an ISZ" },
		{ 0, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0", 12, "raw CD sectors" },
		{ 257, "ustar", 5, "a tar archive" },
		{ 0, "PK\3\4", 4, "a ZIP archive" },
	};
	enum codec_stream_kind kind;

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (n >= marks[i].at + marks[i].bytes &&
		    memcmp(p + marks[i].at, marks[i].mark, marks[i].bytes) == 0)
			return marks[i].words;
	if (stream_is_packed(p, n, &kind))
		return "compressed once more";
	return NULL;
}

/* ---- the plan -------------------------------------------------------------------------------- */

static const char *wrapping(const struct isokit_write *w)
{
	const struct isokit_medium_facts *m;

	if (w->stream && w->stream->zipped)
		return "ZIP";
	if (w->stream && w->stream->packed)
		return codec_stream_name(w->stream->kind);
	if (!w->convert || !(m = isokit_convert_get_plan(w->convert)->medium) || m->n_layers < 2)
		return NULL;
	return m->layers[0].words;
}

static enum isokit_status describe(struct isokit_write *w, const char *what,
				   struct isokit_error *err)
{
	const char *in = wrapping(w);
	char number[NUMBER_BYTES];
	struct text t = { 0 };

	text_add_str(&t, what);
	if (in)
		text_addf(&t, ", %s%s", in, w->stream ? " compressed" : "");
	if (w->plan.streamed)
		text_add_str(&t, ", a stream");
	if (w->plan.bytes)
		text_addf(&t, ", %s bytes", write_number(w->plan.bytes, number));
	w->plan.words = t.failed ? NULL : write_text(w, "%s", text_string(&t));
	text_free(&t);
	return w->plan.words ? ISOKIT_OK : isokit_fail_nomem(err, w->path, 0);
}

static enum isokit_status judge(struct isokit_write *w, struct isokit_source *src,
				const uint8_t *head, size_t n, struct isokit_error *err)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	enum isokit_status st = isokit_image_open(src, 0, &w->image, &why);
	const struct isokit_facts *f;
	const char *label;

	/* Neither a server that is gone nor a lack of memory is a reason to call it a disk. */
	if (st == ISOKIT_E_NOMEM ||
	    (url_is_source(src) && (st == ISOKIT_E_IO || st == ISOKIT_E_CHANGED))) {
		if (err)
			*err = why;
		return st;
	}
	w->plan.judged = true;
	if (st) {
		judge_disk(w, head, n);
		return describe(w, w->plan.is_drive ? "drive" : "disk image", err);
	}
	f = isokit_image_facts(w->image);
	label = f->namespaces[f->format == ISOKIT_FORMAT_UDF ? ISOKIT_NS_UDF :
			      ISOKIT_NS_ISO9660].volume_id;
	judge_iso(w);
	w->must_have = f->expected.bytes;
	w->plan.volume_id = write_text(w, "%s", label ? label : "");
	return describe(w, f->format == ISOKIT_FORMAT_UDF ? "UDF image" : "ISO 9660 image", err);
}

enum isokit_status judge_end(struct isokit_write *w, uint64_t bytes, struct isokit_error *err)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (bytes >= w->must_have || w->options.mode == ISOKIT_WRITE_COMPARE)
		return ISOKIT_OK;
	if (!w->options.any)
		return isokit_fail(err, ISOKIT_E_SHORT, bytes, w->path,
				   "ends at byte %s, and says that it has %s: it is cut short; --any "
				   "writes it all the same", write_number(bytes, a),
				   write_number(w->must_have, b));
	write_note(w, "the image is cut short: it ends at byte %s, and says that it has %s",
		   write_number(bytes, a), write_number(w->must_have, b));
	w->must_have = 0; /* said */
	return ISOKIT_OK;
}

enum isokit_status judge_source(struct isokit_write *w, struct isokit_error *err)
{
	uint8_t head[8192] = { 0 };
	size_t n = (size_t)min_u64(sizeof(head), isokit_source_size(w->payload));
	enum isokit_status st = isokit_source_read_at(w->payload, 0, head, n, err);

	if (st && !w->plan.is_drive)
		return st;
	w->plan.bytes = w->plan.at_least = isokit_source_size(w->payload);
	if (w->plan.bytes == 0)
		return isokit_fail(err, ISOKIT_E_SHORT, 0, w->path, "is empty");
	st = judge(w, w->payload, head, n, err);
	return st || w->plan.is_drive ? st : judge_end(w, w->plan.bytes, err);
}

enum isokit_status judge_beginning(struct isokit_write *w, const uint8_t *bytes, size_t n,
				   bool whole, struct isokit_error *err)
{
	const char *container = container_words(bytes, n);
	enum isokit_status st;

	if (n == 0)
		return isokit_fail(err, ISOKIT_E_SHORT, 0, w->path, "is empty");
	if (container) {
		w->plan.words = container;
		w->container = true;
		return ISOKIT_OK;
	}
	st = make_beginning(w, bytes, n, whole, err);
	if (st)
		return st;
	w->plan.bytes = whole ? n : w->stream->expected;
	w->plan.at_least = max_u64(w->plan.bytes, n);
	w->plan.partly = !whole;
	st = judge(w, w->judged, bytes, n, err);
	if (!st && w->plan.bytes)
		st = judge_end(w, w->plan.bytes, err);
	if (st)
		return st;
	/* What makes it boot may lie further on: only what is seen can be a reason. */
	if (!w->plan.boots && w->plan.partly && w->plan.verdict) {
		const char *what;

		w->plan.boots = disk_boots(w, bytes, n, &what);
		if (w->plan.boots)
			w->plan.boot_words = write_text(w, "%s; whether it boots cannot be seen from "
							"its beginning", what);
	}
	return ISOKIT_OK;
}
