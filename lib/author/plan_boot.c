/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about a boot set-up, and what no image can hold. */
#include "author/plan.h"
#include "base/fail.h"

#include <string.h>

enum { MBR_TYPE_EFI = 0xef, MBR_PARTITIONS = 4 };

/* UEFI 5.3.3, EFI system partition, as it is stored. */
static const uint8_t efi_guid[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

const struct tree_node *plan_entry_content(const struct plan_boot *boot,
					   const struct plan_boot_entry *e)
{
	if (e->node != NULL)
		return e->node;
	return e->partition >= 1 && e->partition <= PLAN_MAX_PARTITIONS ?
		       boot->partitions[e->partition - 1].node : NULL;
}

static bool is_efi_partition(const struct plan_partition *p)
{
	return p->used && p->node != NULL &&
	       (p->has_guid ? memcmp(p->guid, efi_guid, sizeof(efi_guid)) == 0 :
			      p->type == MBR_TYPE_EFI);
}

/* Are in_gpt and in_apm of the entries looked at? */
static bool mentions(const struct plan_boot *boot)
{
	return boot->like_isohybrid || boot->mbr == PLAN_MBR_ISOHYBRID;
}

const struct tree_node *plan_boot_efi(const struct plan_boot *boot, bool *ret_appended)
{
	if (ret_appended != NULL)
		*ret_appended = false;
	if (boot->efi_part != NULL)
		return boot->efi_part;
	for (size_t i = 0; i < PLAN_MAX_PARTITIONS; i++) {
		if (!is_efi_partition(&boot->partitions[i]))
			continue;
		if (ret_appended != NULL)
			*ret_appended = true;
		return boot->partitions[i].node;
	}
	for (size_t i = 0; i < boot->n_entries && mentions(boot); i++) {
		if (boot->entries[i].platform == ISOKIT_PLATFORM_UEFI &&
		    boot->entries[i].in_gpt != ISOKIT_BUILD_MENTION_NONE)
			return plan_entry_content(boot, &boot->entries[i]);
	}
	return NULL;
}

bool plan_boot_is_partition(const struct plan_boot *boot, uint32_t id)
{
	for (size_t i = 0; i < PLAN_MAX_PARTITIONS; i++) {
		if (boot->partitions[i].node && boot->partitions[i].node->id == id)
			return true;
	}
	return (boot->efi_part && boot->efi_part->id == id) ||
	       (boot->prep_part && boot->prep_part->id == id);
}

bool plan_boot_has_gpt(const struct plan_boot *boot)
{
	bool gpt = boot->efi_part != NULL;

	for (size_t i = 0; i < PLAN_MAX_PARTITIONS; i++)
		gpt = gpt || (boot->appended_as_gpt && boot->partitions[i].used);
	for (size_t i = 0; i < boot->n_entries && mentions(boot); i++)
		gpt = gpt || boot->entries[i].in_gpt != ISOKIT_BUILD_MENTION_NONE;
	return gpt;
}

bool plan_boot_has_apm(const struct plan_boot *boot)
{
	bool apm = boot->hfs.wanted;

	for (size_t i = 0; i < PLAN_MAX_PARTITIONS; i++)
		apm = apm || (boot->appended_as_apm && boot->partitions[i].used);
	for (size_t i = 0; i < boot->n_entries && mentions(boot); i++)
		apm = apm || boot->entries[i].in_apm;
	return apm;
}

static enum isokit_status check_entry(const struct plan_boot *boot, size_t i,
				      struct isokit_error *err)
{
	const struct plan_boot_entry *e = &boot->entries[i];
	const struct tree_node *n = plan_entry_content(boot, e);

	if (n == NULL && e->partition)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot set-up",
				   "entry %zu starts appended partition %u, and there is none",
				   i + 1, e->partition);
	if (n == NULL)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot set-up",
				   "entry %zu has no boot image", i + 1);
	if (!tree_is_file(n) || n->size == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, n->name,
				   "is no boot image: it is %s",
				   tree_is_file(n) ? "empty" : "no regular file");
	if (e->node == NULL && e->emulation != ISOKIT_EMUL_NONE)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot set-up",
				   "entry %zu is an appended partition, which goes without "
				   "emulation only", i + 1);
	if (e->node == NULL && (e->boot_info_table || e->grub2_boot_info))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot set-up",
				   "entry %zu is an appended partition, which has no place for a "
				   "boot info table", i + 1);
	if (e->boot_info_table && n->size < 64)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, n->name,
				   "is too short for a boot info table, which ends at byte 64");
	if (e->grub2_boot_info && n->size < 2556)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, n->name,
				   "is too short for GRUB2's boot info, which ends at byte 2556");
	return ISOKIT_OK;
}

static enum isokit_status check_partition(const struct plan_boot *boot, unsigned number,
					  struct isokit_error *err)
{
	const struct plan_partition *p = &boot->partitions[number - 1];
	bool sun = boot->area == ISOKIT_BUILD_AREA_SPARC;

	if (!p->used)
		return ISOKIT_OK;
	if (p->node == NULL && !sun)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "appended partition",
				   "%u has no content", number);
	if (p->node != NULL && p->node->size == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, p->node->name,
				   "is empty, and cannot be partition %u", number);
	/* Of the 4 that libisofs numbers like those of an MBR, also for a GPT. */
	if (number > MBR_PARTITIONS && !sun)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "appended partition",
				   "%u is not a number from 1 to %d", number, MBR_PARTITIONS);
	if (number == 1 && sun)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "appended partition",
				   "1 is the ISO file system in a SUN disk label");
	return ISOKIT_OK;
}

enum isokit_status plan_boot_check(const struct plan_boot *boot, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < boot->n_entries && st == ISOKIT_OK; i++)
		st = check_entry(boot, i, err);
	for (unsigned n = 1; n <= PLAN_MAX_PARTITIONS && st == ISOKIT_OK; n++)
		st = check_partition(boot, n, err);
	if (st)
		return st;
	if (boot->efi_part != NULL && boot->efi_part->size == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot set-up",
				   "the EFI partition has no content");
	if (boot->label && boot->mbr == PLAN_MBR_ISOHYBRID)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET,
				   "protective msdos label",
				   "does not go together with isohybrid, which has its own partition");
	if (boot->n_entries == 0 &&
	    (boot->mbr == PLAN_MBR_ISOHYBRID || boot->mbr == PLAN_MBR_GRUB2))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot code of the MBR",
				   "starts the first El Torito image, and there is none");
	if (boot->partition_offset > 0 && boot->partition_offset < 16)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "partition offset",
				   "%u is less than 16 blocks", boot->partition_offset);
	return ISOKIT_OK;
}
