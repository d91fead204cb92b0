/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --for: what the image is for. */
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "common/message.h"

const char *const goal_words[] = { "pc", "uefi", "cd", "data", NULL };

bool goal_parse(const struct options *o, struct isokit_build_options *lib)
{
	static const enum isokit_build_goal goals[] = { ISOKIT_BUILD_FOR_PC, ISOKIT_BUILD_FOR_UEFI,
							ISOKIT_BUILD_FOR_CD,
							ISOKIT_BUILD_FOR_DATA };
	int choice = options_choice(o);

	if (choice >= 0)
		lib->goal = goals[choice];
	return choice >= 0;
}

const char *goal_name(enum isokit_build_goal goal)
{
	switch (goal) {
	case ISOKIT_BUILD_FOR_PC: return goal_words[0];
	case ISOKIT_BUILD_FOR_UEFI: return goal_words[1];
	case ISOKIT_BUILD_FOR_CD: return goal_words[2];
	case ISOKIT_BUILD_FOR_DATA: return goal_words[3];
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

/* Which of the four ways a goal asks for, in the order of the table below; for discs one
 * of two is enough. */
static bool is_asked(enum isokit_build_goal goal, size_t way)
{
	switch (goal) {
	case ISOKIT_BUILD_FOR_PC: return true;
	case ISOKIT_BUILD_FOR_UEFI: return way >= 2;
	case ISOKIT_BUILD_FOR_CD: return way % 2 == 0;
	case ISOKIT_BUILD_FOR_DATA:
	case ISOKIT_BUILD_FOR_ANY: break;
	}
	return false;
}

enum { WHY_BYTES = 700, WAYS_BYTES = 120 };

/* Add to a list in words. */
static void add_words(char *list, size_t size, const char *between, const char *more)
{
	size_t n = strlen(list);

	(void)snprintf(list + n, size - n, "%s%s", n ? between : "", more);
}

/* What the plan found missing says it best, and else the verdict. */
static void say_why(struct isokit_build *build, const struct isokit_boot_way *const *ways,
		    enum isokit_build_goal goal, char ret_why[WHY_BYTES])
{
	size_t n;
	const struct isokit_build_note *notes = isokit_build_get_notes(build, &n, NULL);
	char reason[400];

	*ret_why = '\0';
	for (size_t i = 0; i < n; i++) {
		if (notes[i].kind != ISOKIT_BUILD_MISSING)
			continue;
		(void)snprintf(reason, sizeof(reason), "%s%s%s", notes[i].path ? notes[i].path : "",
			       notes[i].path ? ": " : "", notes[i].text);
		add_words(ret_why, WHY_BYTES, "; ", reason);
	}
	if (*ret_why == '\0' && isokit_build_get_plan(build)->n_boot_entries == 0)
		add_words(ret_why, WHY_BYTES, "", goal == ISOKIT_BUILD_FOR_UEFI ?
			  "neither EFI/BOOT/BOOT*.EFI nor an EFI image is in the tree" :
			  "nothing that boots is in the tree");
	for (size_t i = 0; i < 4 && *ret_why == '\0'; i++) {
		if (is_asked(goal, i) && !ways[i]->bootable && ways[i]->n_reasons > 0 &&
		    isokit_boot_reason_sentence(&ways[i]->reasons[0], reason, sizeof(reason)) > 0)
			add_words(ret_why, WHY_BYTES, "; ", reason);
	}
}

bool goal_check(const struct build_options *opt, struct isokit_build *build,
		const struct isokit_boot_verdict *v)
{
	static const char *const names[] = { "by BIOS from a disc", "by BIOS from a stick",
					     "by UEFI from a disc", "by UEFI from a stick" };
	const struct isokit_boot_way *const ways[] = { &v->bios_cd, &v->bios_usb, &v->uefi_cd,
						       &v->uefi_usb };
	enum isokit_build_goal goal = opt->lib.goal;
	char missed[WAYS_BYTES] = "", why[WHY_BYTES];

	if (goal == ISOKIT_BUILD_FOR_CD && v->optical_bootable)
		return true;
	for (size_t i = 0; i < 4; i++) {
		if (is_asked(goal, i) && !ways[i]->bootable)
			add_words(missed, sizeof(missed), ", ", names[i]);
	}
	if (*missed == '\0')
		return true;
	say_why(build, ways, goal, why);
	if (!v->optical_bootable && !v->usb_bootable)
		message_error(opt->output, "would boot in no way, but --for=%s asks for it (%s); add "
			      "what is missing, or leave out --for", goal_name(goal), why);
	else
		message_error(opt->output, "would not boot %s, as --for=%s asks (%s); add what is "
			      "missing, or leave out --for",
			      goal == ISOKIT_BUILD_FOR_CD ? "from a disc" : missed, goal_name(goal),
			      why);
	return false;
}
