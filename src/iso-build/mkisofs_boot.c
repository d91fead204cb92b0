/* SPDX-License-Identifier: GPL-3.0-or-later */
/* El Torito, system area, partitions and HFS+, as mkisofs has them said. */
#include "mkisofs_boot.h"

#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "mkisofs_bootspec.h"

static struct mkisofs_boot *boot_of(struct mkisofs *m)
{
	if (m->boot == NULL) {
		m->boot = calloc(1, sizeof(*m->boot));
		if (m->boot == NULL) {
			mkisofs_out_of_memory();
			return NULL;
		}
		m->boot->layout.size = sizeof(m->boot->layout);
		m->boot->hppa_version = 5;
	}
	return m->boot;
}

/* ---- El Torito ------------------------------------------------------------------------ */

/* What was said since the last -eltorito-alt-boot is an entry once it has an image. */
static bool end_entry(struct mkisofs *m, struct mkisofs_boot *b)
{
	struct isokit_build_entry *e = &b->now;

	if (e->image.kind == ISOKIT_BUILD_CONTENT_NONE) {
		e->boot_info_table = false;
		return true;
	}
	if (b->layout.n_entries == ISOKIT_BUILD_MAX_ENTRIES)
		return mkisofs_refuse(m, "more than %d boot entries", ISOKIT_BUILD_MAX_ENTRIES);
	e->floppy = b->emulation == EMULATION_FLOPPY;
	e->emulation = b->emulation == EMULATION_HARD_DISK ? ISOKIT_EMUL_HARD_DISK :
							     ISOKIT_EMUL_NONE;
	/* One sector of an emulated disk is loaded, whatever is said; and all of an image
	 * for EFI, as xorriso does. */
	if (b->emulation != EMULATION_NONE) {
		e->load_sectors = 1;
	} else {
		e->exact_load = b->has_load_size && e->platform == ISOKIT_PLATFORM_UEFI;
		e->full_load = !b->has_load_size;
	}
	b->entries[b->layout.n_entries++] = *e;
	*e = (struct isokit_build_entry){ 0 };
	b->emulation = EMULATION_FLOPPY;
	b->has_load_size = b->options_open = false;
	return true;
}

static bool set_image(struct mkisofs *m, struct mkisofs_boot *b, const char *path, uint8_t platform)
{
	b->now.platform = platform;
	return bootspec_image(m, path, &b->now.image);
}

static bool set_efi_boot(struct mkisofs *m, struct mkisofs_boot *b, const char *path)
{
	if (!end_entry(m, b) || !set_image(m, b, path, ISOKIT_PLATFORM_UEFI))
		return false;
	b->emulation = EMULATION_NONE;
	return end_entry(m, b);
}

static bool set_platform(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	static const struct {
		const char *word;
		uint8_t id;
	} words[] = { { "x86", ISOKIT_PLATFORM_BIOS }, { "PPC", ISOKIT_PLATFORM_PPC },
		      { "Mac", ISOKIT_PLATFORM_MAC }, { "efi", ISOKIT_PLATFORM_UEFI } };
	uint8_t before = b->platform;
	long long n = -1;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && n < 0; i++) {
		if (strcasecmp(word, words[i].word) == 0)
			n = words[i].id;
	}
	if (n < 0 && (*word < '0' || *word > '9'))
		return mkisofs_refuse(m, "'%s' is no platform: x86, PPC, Mac, efi, 0 to 255", word);
	if (n < 0 && !mkisofs_number(m, word, 0, 255, &n))
		return false;
	b->platform = (uint8_t)n;
	return b->platform == before || end_entry(m, b);
}

static bool set_load_size(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	long long n;

	b->has_load_size = strcmp(word, "full") != 0;
	if (!b->has_load_size)
		return true;
	if (!mkisofs_number(m, word, 0, INT32_MAX, &n))
		return false;
	if (n > UINT16_MAX)
		message_info(m->typed, "%lld is stored as %d, the largest that El Torito has", n,
			     UINT16_MAX);
	b->now.load_sectors = (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n);
	return true;
}

static bool set_id(struct mkisofs_boot *b, const char *text)
{
	struct isokit_build_entry *e = &b->now;
	size_t n = strlen(text);

	memset(e->id, 0, sizeof(e->id));
	e->has_id = true;
	if (n != 2 * sizeof(e->id) || !bootspec_hex(text, e->id, sizeof(e->id), &n)) {
		memset(e->id, 0, sizeof(e->id));
		memcpy(e->id, text, n < sizeof(e->id) ? n : sizeof(e->id));
	}
	return true;
}

static bool set_selection(struct mkisofs *m, struct mkisofs_boot *b, const char *digits)
{
	size_t n;

	memset(b->now.selection, 0, sizeof(b->now.selection));
	b->now.has_selection = true;
	return bootspec_hex(digits, b->now.selection, sizeof(b->now.selection), &n) ||
	       mkisofs_refuse(m, "not up to 20 pairs of hex digits");
}

static bool set_load_segment(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	long long n;

	if (!mkisofs_number(m, word, 0, 65535, &n))
		return false;
	b->now.load_segment = (uint16_t)n;
	return true;
}

static bool el_torito(struct mkisofs *m, struct mkisofs_boot *b, int code, const char *value)
{
	struct isokit_build_entry *e = &b->now;

	switch (code) {
	case MK_B: return set_image(m, b, value, b->platform);
	case MK_E: return set_image(m, b, value, ISOKIT_PLATFORM_UEFI);
	case MK_EFI_BOOT: return set_efi_boot(m, b, value);
	case MK_ALT_BOOT: return end_entry(m, b);
	case MK_PLATFORM: return set_platform(m, b, value);
	case MK_CATALOG: b->layout.catalog_path = value; return true;
	case MK_CATALOG_HIDE: b->layout.catalog_hidden = true; return true;
	default: break;
	}
	/* The rest is about the current entry. */
	b->options_open = true;
	switch (code) {
	case MK_NO_EMUL: b->emulation = EMULATION_NONE; return true;
	case MK_HARD_DISK: b->emulation = EMULATION_HARD_DISK; return true;
	case MK_NO_BOOT: e->not_bootable = true; return true;
	case MK_LOAD_SIZE: return set_load_size(m, b, value);
	case MK_LOAD_SEG: return set_load_segment(m, b, value);
	case MK_INFO_TABLE: e->boot_info_table = true; return true;
	case MK_GRUB2_INFO: e->grub2_boot_info = true; return true;
	case MK_BOOT_ID: return set_id(b, value);
	case MK_SELCRIT: return set_selection(m, b, value);
	case MK_GPT_BASDAT: e->in_gpt = ISOKIT_BUILD_MENTION_BASIC_DATA; return true;
	case MK_GPT_HFSPLUS: e->in_gpt = ISOKIT_BUILD_MENTION_HFS_PLUS; return true;
	case MK_APM_HFSPLUS: e->in_apm = true; return true;
	default: return false;
	}
}

/* ---- system area, partitions ---------------------------------------------------------- */

static bool set_area(struct mkisofs *m, struct mkisofs_boot *b, int code, const char *file)
{
	struct isokit_build_layout *l = &b->layout;

	l->isohybrid = code == MK_ISOHYBRID_MBR;
	l->grub2 = code == MK_GRUB2_MBR;
	if (strcmp(file, ".") == 0) {
		message_info(m->typed, "'.' stands for the code of a loaded image, and none is here");
		l->system_area = (struct isokit_build_content){ 0 };
		return true;
	}
	return bootspec_file(m, file, &l->system_area);
}

static bool set_offset(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	long long n;

	if (!mkisofs_number(m, word, 0, INT32_MAX, &n))
		return false;
	if (n > 0 && n < 16)
		return mkisofs_refuse(m, "0, or 16 and more, is possible");
	b->layout.partition_offset = (uint32_t)n;
	return true;
}

static bool set_alignment(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	static const char *const words[] = {
		[ISOKIT_BUILD_ALIGN_AUTO] = "auto", [ISOKIT_BUILD_ALIGN_ON] = "on",
		[ISOKIT_BUILD_ALIGN_OFF] = "off",   [ISOKIT_BUILD_ALIGN_ALL] = "all",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			b->layout.alignment = (enum isokit_build_alignment)i;
			return true;
		}
	}
	return mkisofs_refuse(m, "'%s' is not auto, on, off or all", word);
}

static bool append_partition(struct mkisofs *m, struct mkisofs_boot *b, char *const *values)
{
	struct isokit_build_partition p = { 0 };
	size_t i = 0;

	if (!mkisofs_unsigned(m, values[0], 1, ISOKIT_BUILD_MAX_PARTITIONS, &p.number) ||
	    !bootspec_type(m, values[1], &p.type, &p.has_guid, p.guid))
		return false;
	/* "." takes it back; and the last one of a number holds. */
	while (i < b->layout.n_partitions && b->partitions[i].number != p.number)
		i++;
	if (strcmp(values[2], ".") == 0) {
		if (i < b->layout.n_partitions)
			b->partitions[i] = b->partitions[--b->layout.n_partitions];
		return true;
	}
	if (!bootspec_file(m, values[2], &p.content))
		return false;
	if (i == b->layout.n_partitions)
		b->layout.n_partitions++;
	b->partitions[i] = p;
	return true;
}

static bool set_iso_type(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	struct isokit_build_layout *l = &b->layout;

	l->has_iso_type = strcmp(word, "default") != 0;
	l->has_iso_guid = false;
	return !l->has_iso_type ||
	       bootspec_type(m, word, &l->iso_type, &l->has_iso_guid, l->iso_guid);
}

static bool set_efi_part(struct mkisofs *m, struct mkisofs_boot *b, const char *file)
{
	struct isokit_build_content *c = &b->layout.efi_partition;

	if (strcmp(file, "--efi-boot-image") == 0) {
		*c = (struct isokit_build_content){ .kind = ISOKIT_BUILD_CONTENT_EFI_ENTRY };
		return true;
	}
	return bootspec_file(m, file, c);
}

static bool set_guid(struct mkisofs *m, struct mkisofs_boot *b, const char *word)
{
	struct isokit_build_layout *l = &b->layout;

	l->has_gpt_guid = l->gpt_guid_by_date = false;
	if (strcmp(word, "random") == 0) {
		message_info(m->typed, "the GUID is made from the content, so that the same input "
				       "gives the same image");
		return true;
	}
	l->gpt_guid_by_date = strcmp(word, "modification-date") == 0 ||
			      strcmp(word, "volume_date_uuid") == 0;
	if (l->gpt_guid_by_date)
		return true;
	l->has_gpt_guid = bootspec_guid(word, l->gpt_guid);
	return l->has_gpt_guid || mkisofs_refuse(m, "'%s' is no GUID", word);
}

/* "FILE,FILE,...": partitions 2 to 8; "..." repeats the last one to the end. */
static bool set_sparc(struct mkisofs *m, struct mkisofs_boot *b, const char *list)
{
	struct isokit_build_layout *l = &b->layout;
	size_t n;

	l->area = ISOKIT_BUILD_AREA_SPARC;
	l->n_partitions = 0;
	for (unsigned number = 2; *list != '\0'; list += n + (list[n] == ',')) {
		struct isokit_build_partition p = { .number = number };
		const char *file;

		n = strcspn(list, ",");
		if (number > 8)
			return mkisofs_refuse(m, "a SUN disk label has room for 7 files");
		if (n == 3 && strncmp(list, "...", 3) == 0) {
			for (; number <= 8; number++)
				b->partitions[l->n_partitions++] =
					(struct isokit_build_partition){ .number = number };
			return true;
		}
		if (n == 0) {
			number++;
			continue;
		}
		file = mkisofs_keep(m, list, n);
		if (file == NULL || !bootspec_file(m, file, &p.content))
			return false;
		b->partitions[l->n_partitions++] = p;
		number++;
	}
	return true;
}

static bool add_mips(struct mkisofs *m, struct mkisofs_boot *b, int code, const char *path)
{
	struct isokit_build_layout *l = &b->layout;
	size_t most = code == MK_MIPS ? ISOKIT_BUILD_MAX_MIPS_FILES : 1;

	l->area = code == MK_MIPS ? ISOKIT_BUILD_AREA_MIPS : ISOKIT_BUILD_AREA_MIPSEL;
	if (l->n_mips_files >= most)
		return mkisofs_refuse(m, "no more than %zu can be", most);
	l->mips_files[l->n_mips_files++] = path;
	return true;
}

static bool set_hppa(struct mkisofs *m, struct mkisofs_boot *b, int code, const char *value)
{
	struct isokit_build_layout *l = &b->layout;

	if (code == MK_HPPA_VERSION && !mkisofs_unsigned(m, value, 4, 5, &b->hppa_version))
		return false;
	l->area = b->hppa_version == 4 ? ISOKIT_BUILD_AREA_HPPA_4 : ISOKIT_BUILD_AREA_HPPA_5;
	switch (code) {
	case MK_HPPA_CMDLINE: l->hppa_cmdline = value; break;
	case MK_HPPA_LOADER: l->hppa_bootloader = value; break;
	case MK_HPPA_32: l->hppa_kernel_32 = value; break;
	case MK_HPPA_64: l->hppa_kernel_64 = value; break;
	case MK_HPPA_RAMDISK: l->hppa_ramdisk = value; break;
	default: break;
	}
	return true;
}

static bool system_area(struct mkisofs *m, struct mkisofs_boot *b, int code, char *const *values)
{
	struct isokit_build_layout *l = &b->layout;

	switch (code) {
	case MK_GENERIC:
	case MK_GRUB2_MBR:
	case MK_ISOHYBRID_MBR: return set_area(m, b, code, values[0]);
	case MK_LIKE_ISOHYBRID: l->like_isohybrid = true; return true;
	case MK_ISO_PART_TYPE: return set_iso_type(m, b, values[0]);
	case MK_PROTECTIVE: l->label = true; return true;
	case MK_FORCE_BOOTABLE: l->force_bootable = true; return true;
	case MK_PART_OFFSET: return set_offset(m, b, values[0]);
	case MK_HD_CYL: return mkisofs_unsigned(m, values[0], 0, 255, &l->heads_per_cylinder);
	case MK_SEC_HD: return mkisofs_unsigned(m, values[0], 0, 63, &l->sectors_per_head);
	case MK_CYL_ALIGN: return set_alignment(m, b, values[0]);
	case MK_APPEND: return append_partition(m, b, values);
	case MK_APPENDED_GPT: l->appended_as_gpt = true; return true;
	case MK_APPENDED_APM: l->appended_as_apm = true; return true;
	case MK_EFI_PART: return set_efi_part(m, b, values[0]);
	case MK_GPT_GUID: return set_guid(m, b, values[0]);
	case MK_CHRP: l->area = ISOKIT_BUILD_AREA_CHRP; return true;
	case MK_PREP: return bootspec_file(m, values[0], &l->prep_partition);
	case MK_MIPS:
	case MK_MIPSEL: return add_mips(m, b, code, values[0]);
	case MK_SPARC: return set_sparc(m, b, values[0]);
	case MK_SPARC_LABEL: l->sparc_label = values[0]; return true;
	case MK_SPARC_CORE: l->sparc_core = values[0]; return true;
	case MK_ALPHA:
		l->area = ISOKIT_BUILD_AREA_ALPHA;
		l->alpha_loader = values[0];
		return true;
	default: return set_hppa(m, b, code, values[0]);
	}
}

/* ---- HFS+ ------------------------------------------------------------------------------- */

static bool set_block_size(struct mkisofs *m, const char *word, unsigned *ret)
{
	if (!mkisofs_unsigned(m, word, 0, 2048, ret))
		return false;
	return *ret == 0 || *ret == 512 || *ret == 2048 ||
	       mkisofs_refuse(m, "%u is not 512 or 2048", *ret);
}

static bool add_creator_type(struct mkisofs *m, struct mkisofs_boot *b, char *const *values)
{
	struct isokit_build_layout *l = &b->layout;
	struct isokit_build_hfs_type *t;

	if (strlen(values[0]) != 4 || strlen(values[1]) != 4)
		return mkisofs_refuse(m, "creator and type have 4 characters each");
	if ((l->n_hfs_types & (l->n_hfs_types + 1)) == 0) {
		t = realloc(b->hfs_types, 2 * (l->n_hfs_types + 1) * sizeof(*t));
		if (t == NULL)
			return mkisofs_out_of_memory();
		b->hfs_types = t;
	}
	t = &b->hfs_types[l->n_hfs_types++];
	memcpy(t->creator, values[0], 4);
	memcpy(t->type, values[1], 4);
	t->path = values[2];
	return true;
}

static bool bless(struct mkisofs *m, struct mkisofs_boot *b, const char *how, const char *path)
{
	static const char *const words[ISOKIT_BUILD_BLESSINGS] = {
		[ISOKIT_BUILD_BLESS_PPC_FOLDER] = "ppc_bootdir",
		[ISOKIT_BUILD_BLESS_INTEL_FILE] = "intel_bootfile",
		[ISOKIT_BUILD_BLESS_SHOW_FOLDER] = "show_folder",
		[ISOKIT_BUILD_BLESS_OS9_FOLDER] = "os9_folder",
		[ISOKIT_BUILD_BLESS_OSX_FOLDER] = "osx_folder",
	};
	static const char letters[] = "pis9x";

	for (size_t i = 0; i < ISOKIT_BUILD_BLESSINGS; i++) {
		if (strcmp(how, words[i]) == 0 || (how[0] == letters[i] && how[1] == '\0')) {
			b->layout.blessed[i] = path;
			return true;
		}
	}
	return mkisofs_refuse(m, "'%s' is no blessing: p, i, s, 9, x", how);
}

/* The path in the image of a folder of a source. */
static const char *image_path_of(struct mkisofs *m, const char *folder)
{
	const struct build_options *opt = m->opt;
	char *real = realpath(folder, NULL);
	const char *path = NULL;
	size_t best = 0;

	for (size_t i = 0; real != NULL && i < opt->n_steps; i++) {
		char *source = opt->steps[i].source ? realpath(opt->steps[i].source, NULL) : NULL;
		const char *dest = opt->steps[i].dest ? opt->steps[i].dest : "/";
		size_t n = source != NULL ? strlen(source) : 0;
		char *joined = NULL;

		n -= n == 1; /* "/" */
		if (source != NULL && n + 1 > best && strncmp(real, source, n) == 0 &&
		    (real[n] == '/' || real[n] == '\0')) {
			size_t length = strlen(dest) + strlen(real + n) + 2;

			joined = malloc(length);
			if (joined != NULL) {
				size_t k = strlen(dest);

				memcpy(joined, dest, k);
				if (k > 0 && joined[k - 1] == '/')
					k--;
				memcpy(joined + k, real + n, strlen(real + n) + 1);
				path = mkisofs_keep(m, joined, strlen(joined));
				best = n + 1;
			}
		}
		free(joined);
		free(source);
	}
	free(real);
	return path;
}

static bool hfs(struct mkisofs *m, struct mkisofs_boot *b, int code, char *const *values)
{
	struct isokit_build_layout *l = &b->layout;
	size_t n;

	switch (code) {
	case MK_HFSPLUS: l->hfsplus = true; return true;
	case MK_HFS_SERIAL:
		l->has_hfs_serial = strlen(values[0]) == 16 &&
				    bootspec_hex(values[0], l->hfs_serial, 8, &n);
		return l->has_hfs_serial || mkisofs_refuse(m, "not 16 hex digits");
	case MK_HFS_BLOCK: return set_block_size(m, values[0], &l->hfs_block_size);
	case MK_APM_BLOCK: return set_block_size(m, values[0], &l->apm_block_size);
	case MK_HFS_CREATOR_TYPE: return add_creator_type(m, b, values);
	case MK_HFS_BLESS_BY: return bless(m, b, values[0], values[1]);
	default: b->blessed_folder = values[0]; return true; /* MK_HFS_BLESS */
	}
}

/* ---- all together -------------------------------------------------------------------------- */

bool mkisofs_boot(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	struct mkisofs_boot *b = boot_of(m);

	if (b == NULL)
		return false;
	if (row->code <= MK_CATALOG_HIDE || row->code == MK_GPT_BASDAT ||
	    row->code == MK_GPT_HFSPLUS || row->code == MK_APM_HFSPLUS)
		return el_torito(m, b, row->code, row->arguments != NULL ? values[0] : NULL);
	if (row->code <= MK_ALPHA)
		return system_area(m, b, row->code, values);
	if (row->code <= MK_HFS_BLESS)
		return hfs(m, b, row->code, values);
	return mkisofs_jigdo(m, row, values);
}

static bool finish_hfs(struct mkisofs *m, struct mkisofs_boot *b)
{
	struct isokit_build_layout *l = &b->layout;

	if (!l->hfsplus && (l->n_hfs_types || b->blessed_folder != NULL || l->hfs_block_size ||
			    l->has_hfs_serial))
		message_info("HFS+", "its options have no effect without -hfsplus");
	/* Its serial number is zero unless it was given, as xorriso has it. */
	l->has_hfs_serial = l->has_hfs_serial || l->hfsplus;
	if (b->blessed_folder == NULL || !l->hfsplus)
		return true;
	l->blessed[ISOKIT_BUILD_BLESS_PPC_FOLDER] = image_path_of(m, b->blessed_folder);
	if (l->blessed[ISOKIT_BUILD_BLESS_PPC_FOLDER] != NULL)
		return true;
	message_error(b->blessed_folder, "is in no folder that goes into the image (needed by "
					 "-hfs-bless)");
	return false;
}

bool mkisofs_boot_finish(struct mkisofs *m)
{
	struct mkisofs_boot *b = boot_of(m);
	struct isokit_build_layout *l;
	bool patched;

	if (b == NULL)
		return false;
	patched = b->now.boot_info_table;
	if (!end_entry(m, b))
		return false;
	l = &b->layout;
	if (b->options_open)
		message_info(l->n_entries ? "-eltorito-alt-boot" : "El Torito",
			     "no boot image (-b, -e) follows, and the options for it have no effect");
	if (l->n_entries == 0 && l->catalog_path != NULL)
		message_info("-c", "without a boot image (-b, -e) there is no boot catalog");
	/* As mkisofs has it. */
	if (l->n_entries > 0 && l->catalog_path == NULL)
		l->catalog_path = "boot.catalog";
	if (l->n_entries > 0 && !mkisofs_tree_hide_catalog(m, l->catalog_path))
		return false;
	/* Where -boot-info-table was said since the last -eltorito-alt-boot, xorriso takes
	 * this for ISOLINUX, which looked for its files by the names of Linux once. */
	if (!m->genisoimage && l->n_entries > 0 && patched)
		m->naming.lower_case = m->naming.relaxed = true;
	if (!finish_hfs(m, b))
		return false;
	l->entries = b->entries;
	l->partitions = b->partitions;
	l->hfs_types = b->hfs_types;
	m->opt->lib.layout = l;
	return mkisofs_jigdo_finish(m);
}

void mkisofs_boot_release(struct mkisofs *m)
{
	if (m->boot != NULL) {
		free(m->boot->hfs_types);
		mkisofs_jigdo_release(m->boot);
	}
	free(m->boot);
	m->boot = NULL;
}
