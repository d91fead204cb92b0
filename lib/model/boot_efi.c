/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an EFI executable says of itself: its head, who signed it, its SBAT lines,
 * and which program it is. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"
#include "ondisk/authenticode.h"
#include "ondisk/pe.h"
#include "ondisk/sbat.h"

enum {
	MAX_TABLE_BYTES = 64 * 1024, /* of certificates; shim with two has 19 KiB */
	MAX_SBAT_BYTES = 8 * 1024,
	MAX_DATA_BYTES = 256 * 1024, /* of messages, where nothing else names a loader */
	MAX_SIGNATURES = 8,
	MAX_SBAT = 32,
	/* Of all loaders of an image, so that many large ones cost no more. */
	MAX_DATA_TOTAL = 1024 * 1024,
};

const char *boot_efi_arch(const struct isokit_efi_loader *l)
{
	const struct ondisk_pe_name *known;

	for (size_t i = 0; l->pe_ok && (known = ondisk_pe_name_at(i)) != NULL; i++) {
		if (known->machine == l->machine)
			return known->arch;
	}
	return NULL;
}

/* ---- signatures ------------------------------------------------------------------ */

static const char *keep(struct isokit_image *img, const char *text, bool *failed)
{
	const char *copy = arena_strndup(&img->arena, text, strlen(text));

	if (!copy)
		*failed = true;
	return copy;
}

static bool keep_signer(struct isokit_image *img, const struct ondisk_signer *s,
			struct isokit_signature *ret)
{
	const char **chain = NULL;
	bool failed = false;

	if (s->n_chain) {
		chain = arena_array(&img->arena, s->n_chain, sizeof(*chain));
		if (!chain)
			return false;
		for (size_t i = 0; i < s->n_chain; i++)
			chain[i] = keep(img, s->chain[i], &failed);
	}
	*ret = (struct isokit_signature){
		.subject = keep(img, s->subject, &failed),
		.issuer = keep(img, s->issuer, &failed),
		.chain = chain,
		.n_chain = s->n_chain,
		.digest = s->digest,
	};
	return !failed;
}

static enum isokit_status decode_table(struct isokit_image *img, const uint8_t *table, size_t n,
				       struct isokit_efi_loader *l, struct isokit_error *err)
{
	struct isokit_signature list[MAX_SIGNATURES];
	size_t at = 0, from, bytes;

	while (ondisk_pe_next_certificate(table, n, &at, &from, &bytes)) {
		struct ondisk_signer s;

		for (size_t i = 0; l->n_signatures < MAX_SIGNATURES &&
				   ondisk_authenticode_signer(table + from, bytes, i, &s);
		     i++) {
			if (!keep_signer(img, &s, &list[l->n_signatures]))
				return isokit_fail_nomem(err, "EFI signature", sizeof(s));
			l->n_signatures++;
		}
	}
	if (!l->n_signatures)
		return ISOKIT_OK;
	l->signatures = arena_memdup(&img->arena, list, l->n_signatures * sizeof(list[0]));
	return l->signatures ? ISOKIT_OK : isokit_fail_nomem(err, "EFI signature", sizeof(list));
}

static enum isokit_status read_signatures(struct isokit_image *img,
					  const struct boot_efi_file *file,
					  const struct ondisk_pe *pe,
					  struct isokit_efi_loader *l, struct isokit_error *err)
{
	size_t n = (size_t)min_u64(pe->certificate_bytes, MAX_TABLE_BYTES);
	enum isokit_status st = ISOKIT_OK;
	uint8_t *table;
	bool ok = false;

	if (!pe->certificate_bytes)
		return ISOKIT_OK;
	l->damaged_signature = true;
	/* A chain that goes in circles is not followed to where it claims to end. */
	if (!file->whole || n <= 8 ||
	    !range_inside(pe->certificate_offset, pe->certificate_bytes, file->bytes))
		return ISOKIT_OK;
	table = malloc(n);
	if (!table)
		return isokit_fail_nomem(err, "EFI signature", n);
	st = file->read(file->ctx, pe->certificate_offset, table, n, &ok);
	if (!st && ok)
		st = decode_table(img, table, n, l, err);
	free(table);
	l->is_signed = l->n_signatures > 0;
	l->damaged_signature = !l->is_signed;
	return st;
}

/* ---- SBAT ------------------------------------------------------------------------- */

static enum isokit_status read_sbat(struct isokit_image *img, const struct boot_efi_file *file,
				    const struct ondisk_pe *pe, struct isokit_efi_loader *l,
				    struct isokit_error *err)
{
	size_t n = (size_t)min_u64(pe->sbat.bytes, MAX_SBAT_BYTES), at = 0;
	struct isokit_sbat_entry list[MAX_SBAT];
	enum isokit_status st;
	struct ondisk_sbat e;
	bool ok = false, failed = false;
	uint8_t *raw;

	if (!n || !range_inside(pe->sbat.offset, n, file->bytes))
		return ISOKIT_OK;
	raw = malloc(n);
	if (!raw)
		return isokit_fail_nomem(err, "SBAT section", n);
	st = file->read(file->ctx, pe->sbat.offset, raw, n, &ok);
	while (!st && ok && l->n_sbat < MAX_SBAT && ondisk_sbat_next(raw, n, &at, &e))
		list[l->n_sbat++] = (struct isokit_sbat_entry){
			.component = keep(img, e.component, &failed),
			.generation = e.generation,
			.version = keep(img, e.version, &failed),
		};
	free(raw);
	if (st || !l->n_sbat)
		return st;
	l->sbat = failed ? NULL : arena_memdup(&img->arena, list, l->n_sbat * sizeof(list[0]));
	return l->sbat ? ISOKIT_OK : isokit_fail_nomem(err, "SBAT section", sizeof(list));
}

/* ---- which program ------------------------------------------------------------------ */

static bool has_component(const struct isokit_efi_loader *l, const char *component)
{
	for (size_t i = 0; i < l->n_sbat; i++) {
		if (strcmp(l->sbat[i].component, component) == 0)
			return true;
	}
	return false;
}

/* Words in the messages of loaders that nothing else gives away; some are UTF-16. */
static const char *kind_by_words(const uint8_t *raw, size_t n)
{
	static const struct {
		const char *kind;
		const void *mark;
		size_t n;
	} marks[] = {
		{ "refind", "r\0E\0F\0I\0n\0d\0", 12 }, { "refind", "rEFInd", 6 },
		{ "ipxe", "iPXE", 4 },		        { "limine", "Limine", 6 },
		{ "memtest86+", "Memtest86+", 10 },     { "memtest86", "M\0e\0m\0T\0e\0s\0t\0", 14 },
		{ "grub", "GNU GRUB", 8 },	        { "grub", "grub_", 5 },
		{ "bootmgr", "b\0o\0o\0t\0m\0g\0f\0w\0", 16 },
		{ "syslinux", "SYSLINUX", 8 },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (memmem(raw, n, marks[i].mark, marks[i].n))
			return marks[i].kind;
	}
	return NULL;
}

static enum isokit_status search_words(struct isokit_image *img, const struct boot_efi_file *file,
				       const struct ondisk_pe *pe, struct isokit_efi_loader *l,
				       struct isokit_error *err)
{
	size_t n = (size_t)min_u64(pe->data.bytes, MAX_DATA_BYTES);
	enum isokit_status st;
	bool ok = false;
	uint8_t *raw;

	if (!n || !range_inside(pe->data.offset, n, file->bytes) || !file->whole ||
	    n > MAX_DATA_TOTAL - img->efi_searched)
		return ISOKIT_OK;
	img->efi_searched += n;
	raw = malloc(n);
	if (!raw)
		return isokit_fail_nomem(err, "EFI executable", n);
	st = file->read(file->ctx, pe->data.offset, raw, n, &ok);
	if (!st && ok)
		l->kind = kind_by_words(raw, n);
	free(raw);
	return st;
}

static bool signed_by_windows(const struct isokit_efi_loader *l)
{
	for (size_t i = 0; i < l->n_signatures; i++) {
		/* What Microsoft signs for others says "UEFI" in the signer's name. */
		if (strcmp(l->signatures[i].subject, "Microsoft Windows") == 0 ||
		    strcmp(l->signatures[i].subject, "Microsoft Windows Production PCA 2011") == 0)
			return true;
	}
	return false;
}

static enum isokit_status name_kind(struct isokit_image *img, const struct boot_efi_file *file,
				    const struct ondisk_pe *pe, struct isokit_efi_loader *l,
				    struct isokit_error *err)
{
	static const char *const components[] = { "shim", "grub", "systemd-boot", "memtest86+",
						  "refind", "limine", "ipxe" };

	if (pe->has_linux) {
		l->kind = "linux";
		return ISOKIT_OK;
	}
	if (pe->has_sdmagic) {
		l->kind = "systemd-boot";
		return ISOKIT_OK;
	}
	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
		if (has_component(l, components[i])) {
			l->kind = components[i];
			return ISOKIT_OK;
		}
	}
	if (pe->has_mods)
		l->kind = "grub";
	else if (signed_by_windows(l))
		l->kind = "bootmgr";
	return l->kind ? ISOKIT_OK : search_words(img, file, pe, l, err);
}

enum isokit_status boot_efi_examine(struct isokit_image *img, const struct boot_efi_file *file,
				    struct isokit_efi_loader *l, struct isokit_error *err)
{
	size_t length = (size_t)min_u64(PE_HEAD_BYTES, file->bytes);
	uint8_t head[PE_HEAD_BYTES];
	struct ondisk_pe pe;
	enum isokit_status st;
	bool ok = false;

	l->complete = file->whole;
	st = file->read(file->ctx, 0, head, length, &ok);
	if (st || !ok || ondisk_pe_decode(head, length, &pe, NULL) != ISOKIT_OK)
		return st;
	l->pe_ok = true;
	l->machine = pe.machine;
	l->subsystem = pe.subsystem;
	if (pe.sections_end > file->bytes)
		l->complete = false;
	st = read_signatures(img, file, &pe, l, err);
	if (!st)
		st = read_sbat(img, file, &pe, l, err);
	if (!st)
		st = name_kind(img, file, &pe, l, err);
	return st;
}
