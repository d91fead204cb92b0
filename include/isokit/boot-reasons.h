/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every reason of a boot verdict in one line: id, stable code, prose (%0 to %2
 * numbers, %w a name). No include guard: see verdict.h. */

ISOKIT_BOOT_REASON(NO_ELTORITO, "no-eltorito", "no El Torito boot record: firmware finds nothing to boot on a disc")
ISOKIT_BOOT_REASON(NO_MBR, "no-mbr", "no MBR signature (55 AA at byte 510): a BIOS does not boot this as a disk")
ISOKIT_BOOT_REASON(MBR_CODE_ZERO, "mbr-code-zero", "the MBR is signed 55 AA but its code is all zero: a BIOS hangs on it")
