/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --for: what the image is for. */
#include "build.h"
#include "common/message.h"

static const char *const words[] = { "pc", "uefi", "cd", "data", NULL };

bool goal_parse(const struct options *o, struct isokit_build_options *lib)
{
	static const enum isokit_build_goal goals[] = { ISOKIT_BUILD_FOR_PC, ISOKIT_BUILD_FOR_UEFI,
							ISOKIT_BUILD_FOR_CD,
							ISOKIT_BUILD_FOR_DATA };
	int choice = options_choice(o, words);

	if (choice >= 0)
		lib->goal = goals[choice];
	return choice >= 0;
}

const char *goal_name(enum isokit_build_goal goal)
{
	switch (goal) {
	case ISOKIT_BUILD_FOR_PC: return words[0];
	case ISOKIT_BUILD_FOR_UEFI: return words[1];
	case ISOKIT_BUILD_FOR_CD: return words[2];
	case ISOKIT_BUILD_FOR_DATA: return words[3];
	case ISOKIT_BUILD_FOR_ANY: break;
	}
	return "";
}

const char *goal_against(const struct isokit_build_options *lib, bool boot_explicit)
{
	bool data = lib->goal == ISOKIT_BUILD_FOR_DATA, cd = lib->goal == ISOKIT_BUILD_FOR_CD;
	bool uefi = lib->goal == ISOKIT_BUILD_FOR_UEFI;

	if (boot_explicit && lib->boot == ISOKIT_BUILD_BOOT_NONE && !data)
		return "--boot=none";
	if (lib->boot == ISOKIT_BUILD_BOOT_KEEP)
		return "--boot=keep";
	if (boot_explicit && lib->boot != ISOKIT_BUILD_BOOT_NONE && data)
		return "--boot=auto";
	if (lib->bios_path != NULL && (data || uefi))
		return "--bios";
	if (lib->mbr_file != NULL && (data || cd || uefi))
		return "--mbr";
	if (lib->efi_path != NULL && data)
		return "--efi";
	if (lib->esp_folder != NULL && data)
		return "--esp";
	if (lib->apm && (data || cd))
		return "--apm";
	if (lib->hybrid == ISOKIT_BUILD_HYBRID_NONE && !data && !cd)
		return "--hybrid=none";
	if (lib->hybrid == ISOKIT_BUILD_HYBRID_GPT && (data || cd))
		return "--hybrid=gpt";
	if (lib->hybrid == ISOKIT_BUILD_HYBRID_MBR && (data || cd || uefi))
		return "--hybrid=mbr";
	if (data && (lib->load_sectors != 0 || lib->has_emulation || lib->boot_info_table))
		return "other boot options";
	return NULL;
}

void goal_check(enum isokit_build_goal goal, const struct isokit_boot_verdict *v)
{
	const struct {
		const struct isokit_boot_way *way;
		const char *words;
		bool uefi;
	} ways[] = {
		{ &v->bios_cd, "by BIOS from a disc", false },
		{ &v->bios_usb, "by BIOS from a stick", false },
		{ &v->uefi_cd, "by UEFI from a disc", true },
		{ &v->uefi_usb, "by UEFI from a stick", true },
	};

	if (goal != ISOKIT_BUILD_FOR_PC && goal != ISOKIT_BUILD_FOR_UEFI)
		return;
	if (!v->usb_bootable && !v->optical_bootable) {
		message_warning(NULL, "boots in no way, although --for=%s asks for it", goal_name(goal));
		return;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct isokit_boot_way *way = ways[i].way;
		char why[512] = "no reason known";

		if (way->bootable || (goal == ISOKIT_BUILD_FOR_UEFI && !ways[i].uefi))
			continue;
		if (way->n_reasons > 0)
			(void)isokit_boot_reason_sentence(&way->reasons[0], why, sizeof(why));
		message_warning(NULL, "will not boot %s, as --for=%s asks: %s", ways[i].words,
				goal_name(goal), why);
	}
}
