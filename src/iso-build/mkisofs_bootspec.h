/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small languages inside the boot options of mkisofs: intervals, GUIDs, hex. */
#ifndef ISO_BUILD_MKISOFS_BOOTSPEC_H
#define ISO_BUILD_MKISOFS_BOOTSPEC_H

#include "mkisofs.h"

/* FILE or "--interval:local_fs:INTERVAL:ZEROIZERS:FILE". False after a message. */
bool bootspec_file(struct mkisofs *m, const char *s, struct isokit_build_content *ret_content);

/* PATH of the image or "--interval:appended_partition_N:…". */
bool bootspec_image(struct mkisofs *m, const char *s, struct isokit_build_content *ret_content);

/* A GUID as text (EBD0A0A2-B9E5-4433-87C0-68B6B72699C7) or as the 32 hex digits that
 * are stored. False without a message. */
bool bootspec_guid(const char *s, uint8_t ret_guid[16]);

/* Pairs of hex digits; false without a message when there is anything else, or more
 * than `most` pairs. */
bool bootspec_hex(const char *s, uint8_t *ret_bytes, size_t most, size_t *ret_n);

/* A partition type: number (0x…), GUID, or a word that xorriso knows. */
bool bootspec_type(struct mkisofs *m, const char *s, uint8_t *ret_type, bool *ret_has_guid,
		   uint8_t ret_guid[16]);

#endif
