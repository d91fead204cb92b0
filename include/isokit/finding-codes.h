/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every finding in one line: id, stable code, severity, prose.
 * In the prose %0 to %3 are the finding's numbers, %w its name. Codes are
 * promises: never renamed, never reused. doc/findings.md explains each; a test
 * compares the two. No include guard: included where ISOKIT_FINDING is defined. */

/* image */
ISOKIT_FINDING(IMAGE_TRUNCATED, "image-truncated", ERROR, "the image ends at byte %0, but %w reaches to byte %1")
ISOKIT_FINDING(READ_FAILED, "read-failed", ERROR, "%w could not be read")

/* volume descriptors */
ISOKIT_FINDING(DESCRIPTOR_NO_TERMINATOR, "descriptor-no-terminator", ERROR, "the volume descriptor set has no terminator")
ISOKIT_FINDING(DESCRIPTOR_ENDIAN, "descriptor-endian", ERROR, "%w: little-endian %0, big-endian %1")

/* directory trees */
ISOKIT_FINDING(TREE_LOOP, "tree-loop", ERROR, "%w: this directory leads back to one of its own ancestors")

/* El Torito */
ISOKIT_FINDING(ELTORITO_CHECKSUM, "eltorito-checksum", ERROR, "the validation entry's words sum to %0, not 0")

/* MBR, GPT, APM */
ISOKIT_FINDING(MBR_EBR_LOOP, "mbr-ebr-loop", ERROR, "the chain of extended boot records leads back to sector %0")
