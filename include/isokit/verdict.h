/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file verdict.h  Judgements over facts: pure functions, no I/O. */
#ifndef ISOKIT_VERDICT_H
#define ISOKIT_VERDICT_H

#include <isokit/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One value per line of boot-reasons.h. */
enum isokit_boot_reason_code {
#define ISOKIT_BOOT_REASON(id, code, prose) ISOKIT_R_##id,
#include <isokit/boot-reasons.h>
#undef ISOKIT_BOOT_REASON
	ISOKIT_R_COUNT
};

/** Why a way boots, does not, or may fail on some machines. */
struct isokit_boot_reason {
	enum isokit_boot_reason_code code;
	bool risk;        /**< a note beside a "yes", not a reason of a "no" */
	uint64_t n[3];    /**< %0 … %2 of the prose */
	const char *what; /**< %w; borrowed from the image; may be NULL */
};

#define ISOKIT_MAX_REASONS 16
#define ISOKIT_MAX_ARCHITECTURES 12

/** The verdict for one firmware and medium. */
struct isokit_boot_way {
	bool bootable;
	bool is_signed; /**< UEFI: every default loader carries a signature */
	struct isokit_boot_reason reasons[ISOKIT_MAX_REASONS];
	size_t n_reasons;
	const char *architectures[ISOKIT_MAX_ARCHITECTURES]; /**< static; UEFI only */
	size_t n_architectures;
};

struct isokit_boot_verdict {
	struct isokit_boot_way bios_cd, bios_usb, uefi_cd, uefi_usb;
	bool hybrid;           /**< boots as a disc and, copied raw, as a stick */
	bool usb_bootable;     /**< BIOS or UEFI from a stick */
	bool optical_bootable;
};

/** How does this image boot? A pure function over the facts. */
ISOKIT_API void isokit_judge_boot(const struct isokit_facts *facts,
				  struct isokit_boot_verdict *ret_verdict);

/** The stable code of a reason ("mbr-code-zero"); static. */
ISOKIT_API const char *isokit_boot_reason_name(enum isokit_boot_reason_code code);

#ifdef __cplusplus
}
#endif
#endif
