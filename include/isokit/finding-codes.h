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
ISOKIT_FINDING(DESCRIPTOR_BLOCK_SIZE, "descriptor-block-size", ERROR, "a logical block of %0 bytes is not 512, 1024 or 2048; read as 2048")
ISOKIT_FINDING(DESCRIPTOR_DATE, "descriptor-date", WARNING, "the %w is no date")
ISOKIT_FINDING(DESCRIPTOR_ESCAPE, "descriptor-escape", WARNING, "a supplementary descriptor announces an unknown character set: not Joliet")
ISOKIT_FINDING(DESCRIPTOR_TOO_MANY, "descriptor-too-many", ERROR, "more than %0 volume descriptors; the rest was not read")

/* directory trees */
ISOKIT_FINDING(TREE_LOOP, "tree-loop", ERROR, "%w: this directory leads back to one of its own ancestors")

ISOKIT_FINDING(TREE_SHARED, "tree-shared", ERROR, "%w: this directory is at sector %0, as another one")
ISOKIT_FINDING(TREE_OVERLAP, "tree-overlap", ERROR, "%w: the directories together are larger than the image; not entered")
ISOKIT_FINDING(TREE_DEPTH, "tree-depth", ERROR, "%w: deeper than %0 directories; not entered")
ISOKIT_FINDING(DIR_OUTSIDE, "dir-outside", ERROR, "%w: this directory would be at byte %0 of %1")
ISOKIT_FINDING(DIR_SIZE, "dir-size", ERROR, "%w: this directory claims %0 bytes where %1 are left")
ISOKIT_FINDING(DIR_ENDIAN, "dir-endian", ERROR, "%w: little-endian %0, big-endian %1 in its directory record")
ISOKIT_FINDING(DIR_RECORD_ZERO, "dir-record-zero", ERROR, "%w: a directory record has length 0 before the end of its sector; %0 bytes were skipped")
ISOKIT_FINDING(DIR_EMPTY_SECTORS, "dir-empty-sectors", WARNING, "%w: more than %0 sectors in a row of this directory are empty; the other %1 bytes were not read")
ISOKIT_FINDING(DIR_RECORD_OVER, "dir-record-over", ERROR, "%w: a directory record of %0 bytes where %1 are left in its sector")
ISOKIT_FINDING(DIR_RECORD_BAD, "dir-record-bad", ERROR, "%w: a directory record of %0 bytes cannot hold its name of %1")
ISOKIT_FINDING(FILE_PAST_END, "file-past-end", ERROR, "%w: its data would end at byte %0, the image ends at %1")
ISOKIT_FINDING(FILE_INTERLEAVED, "file-interleaved", WARNING, "%w: recorded interleaved (%0 blocks, gaps of %1): cannot be read as it stands")
ISOKIT_FINDING(FILE_EXTENTS_ENDLESS, "file-extents-endless", ERROR, "%w: after %0 extents the last one of this file is missing")
ISOKIT_FINDING(FILE_OVERLAP, "file-overlap", WARNING, "%w: its data shares bytes %0 to %1 with something else, without being the same extent")
ISOKIT_FINDING(FILE_ASSOCIATED, "file-associated", NOTE, "%w: an associated file (a resource fork or the like), not listed")
ISOKIT_FINDING(NAME_UNSAFE, "name-unsafe", WARNING, "%w: the name on the medium is \".\", \"..\" or empty, or has '/' or NUL in it; shown with '_' in their place")
ISOKIT_FINDING(NAME_NOT_UCS2, "name-not-ucs2", WARNING, "%w: the Joliet name is not valid UCS-2 or UTF-16")
ISOKIT_FINDING(NAME_DUPLICATE, "name-duplicate", WARNING, "%w: a second entry with this name in its directory")
ISOKIT_FINDING(PATH_TABLE_RANGE, "path-table-range", ERROR, "the %w of %1 bytes at byte %0 does not lie in the image")
ISOKIT_FINDING(PATH_TABLE_RECORD, "path-table-record", ERROR, "the %w ends inside a record at byte %0")
ISOKIT_FINDING(PATH_TABLE_ENTRY, "path-table-entry", ERROR, "entry %0 of the %w points at block %1, where the tree has no directory")
ISOKIT_FINDING(PATH_TABLE_PARENT, "path-table-parent", ERROR, "entry %0 of the %w names entry %1 as its parent, which the tree does not")
ISOKIT_FINDING(PATH_TABLE_MISSING, "path-table-missing", ERROR, "the %w has %0 entries, the tree has %1 directories")

/* SUSP and Rock Ridge */
ISOKIT_FINDING(SUSP_NO_SP, "susp-no-sp", WARNING, "Rock Ridge without the SP field in the root directory: some readers ignore it")
ISOKIT_FINDING(SUSP_LENGTH, "susp-length", ERROR, "%w: a system use field has length %0 where %1 bytes are left")
ISOKIT_FINDING(SUSP_CE_RANGE, "susp-ce-range", ERROR, "%w: a continuation area of %1 bytes at byte %0 cannot be followed")
ISOKIT_FINDING(SUSP_CE_LOOP, "susp-ce-loop", ERROR, "%w: the chain of continuation areas does not end (again at byte %0)")
ISOKIT_FINDING(RR_FIELD_SHORT, "rr-field-short", ERROR, "%w: a Rock Ridge field of %0 bytes is too short")
ISOKIT_FINDING(RR_ENDIAN, "rr-endian", WARNING, "%w: a Rock Ridge number differs between the byte orders")
ISOKIT_FINDING(RR_NAME_FLAGS, "rr-name-flags", WARNING, "%w: its Rock Ridge name has flags %0, which only \".\" and \"..\" may have; ignored")
ISOKIT_FINDING(RR_NAME_LONG, "rr-name-long", WARNING, "%w: its Rock Ridge name is longer than %0 bytes; cut")
ISOKIT_FINDING(RR_TARGET_BAD, "rr-target-bad", ERROR, "%w: a component of the symbolic link reaches over its field")
ISOKIT_FINDING(RR_TARGET_LONG, "rr-target-long", ERROR, "%w: the symbolic link is longer than %0 bytes; cut")
ISOKIT_FINDING(RR_CHILD, "rr-child", ERROR, "%w: the relocated directory that it stands for is not at byte %0")
ISOKIT_FINDING(RR_TYPE, "rr-type", WARNING, "%w: the POSIX mode says another type (%0) than the directory record (flags %1)")
ISOKIT_FINDING(ZISOFS_HEADER, "zisofs-header", ERROR, "%w: unknown zisofs parameters (block size 2^%0, %1 bytes)")
ISOKIT_FINDING(ZISOFS_SIZE, "zisofs-size", ERROR, "%w: claims %0 bytes, but the compressed file of %1 bytes cannot hold its block table")

/* UDF */
ISOKIT_FINDING(UDF_NO_ANCHOR, "udf-no-anchor", ERROR, "the recognition sequence announces UDF, but there is no anchor at block 256 or at the end")
ISOKIT_FINDING(UDF_NO_VOLUME, "udf-no-volume", ERROR, "neither volume descriptor sequence of UDF has a readable logical volume")

/* El Torito */
ISOKIT_FINDING(ELTORITO_RECORD_PLACE, "eltorito-record-place", WARNING, "the El Torito boot record is at sector %0; firmware looks for it at sector 17")
ISOKIT_FINDING(ELTORITO_CATALOG_OUTSIDE, "eltorito-catalog-outside", ERROR, "the boot catalog is said to be at sector %0, outside the image")
ISOKIT_FINDING(ELTORITO_HEADER, "eltorito-header", ERROR, "the validation entry begins with %0, not 1")
ISOKIT_FINDING(ELTORITO_KEY, "eltorito-key", ERROR, "the validation entry ends with bytes %0 and %1, not 55 AA (85 and 170)")
ISOKIT_FINDING(ELTORITO_CHECKSUM, "eltorito-checksum", ERROR, "the validation entry's words sum to %0, not 0")
ISOKIT_FINDING(ELTORITO_INDICATOR, "eltorito-indicator", WARNING, "boot entry %0: the boot indicator is %1, neither 88 hex (136) nor 0")
ISOKIT_FINDING(ELTORITO_MEDIA, "eltorito-media", ERROR, "boot entry %0: there is no boot media type %1")
ISOKIT_FINDING(ELTORITO_SECTION_COUNT, "eltorito-section-count", WARNING, "a section of the boot catalog announces %0 entries, but %1 are there")
ISOKIT_FINDING(ELTORITO_ENDLESS, "eltorito-endless", WARNING, "the boot catalog goes on after %0 entries without a last section")
ISOKIT_FINDING(ELTORITO_IMAGE_OUTSIDE, "eltorito-image-outside", ERROR, "boot entry %0: its boot image at sector %1 lies not, or not all, inside the image")
ISOKIT_FINDING(BOOT_INFO_LBA, "boot-info-lba", ERROR, "%w: its boot info table says that it lies at sector %0, but it lies at sector %1")
ISOKIT_FINDING(BOOT_INFO_LENGTH, "boot-info-length", ERROR, "%w: its boot info table says %0 bytes, the file has %1")
ISOKIT_FINDING(BOOT_INFO_CHECKSUM, "boot-info-checksum", ERROR, "%w: its boot info table gives the checksum %0, the contents give %1")
ISOKIT_FINDING(GRUB2_INFO, "grub2-info", ERROR, "%w: GRUB expects its core at 512-byte sector %0, it is at %1")

/* MBR, GPT, APM */
ISOKIT_FINDING(MBR_EBR_LOOP, "mbr-ebr-loop", ERROR, "the chain of extended boot records leads back to sector %0")
ISOKIT_FINDING(MBR_EBR_MISSING, "mbr-ebr-missing", ERROR, "no extended boot record at sector %0, where the chain leads")
ISOKIT_FINDING(MBR_PARTITION_OUTSIDE, "mbr-partition-outside", ERROR, "MBR partition %0 ends at sector %1, outside the image")
ISOKIT_FINDING(MBR_OVERLAP, "mbr-overlap", WARNING, "MBR partitions %0 and %1 overlap")
ISOKIT_FINDING(MBR_TWO_ACTIVE, "mbr-two-active", WARNING, "%0 MBR partitions are marked active")
ISOKIT_FINDING(MBR_TABLE_ODD, "mbr-table-odd", NOTE, "sector 0 is signed 55 AA, but holds no partition table")
ISOKIT_FINDING(MBR_POINTER, "mbr-pointer", ERROR, "the MBR's boot code loads sector %0, but %w")
ISOKIT_FINDING(GPT_PRIMARY_MISSING, "gpt-primary-missing", ERROR, "there is a backup GPT at block %0, but no primary one")
ISOKIT_FINDING(GPT_HEADER_CRC, "gpt-header-crc", ERROR, "%w: the header's CRC is not %0")
ISOKIT_FINDING(GPT_ENTRIES_CRC, "gpt-entries-crc", ERROR, "%w: its CRC is not %0")
ISOKIT_FINDING(GPT_ARRAY_ABSURD, "gpt-array-absurd", ERROR, "%w: %0 entries of %1 bytes each are announced")
ISOKIT_FINDING(GPT_ARRAY_OUTSIDE, "gpt-array-outside", ERROR, "%w: it is said to begin at block %0, and lies not all inside the image")
ISOKIT_FINDING(GPT_MY_LBA, "gpt-my-lba", WARNING, "%w: it says that it lies at block %0, but lies at block %1")
ISOKIT_FINDING(GPT_BACKUP_MISSING, "gpt-backup-missing", WARNING, "there is no backup GPT; the primary one places it at block %0")
ISOKIT_FINDING(GPT_BACKUP_CRC, "gpt-backup-crc", WARNING, "%w: its CRC is not %0")
ISOKIT_FINDING(GPT_BACKUP_PLACE, "gpt-backup-place", WARNING, "the backup GPT is at block %0, the image's last block is %1")
ISOKIT_FINDING(GPT_BACKUP_DIFFERS, "gpt-backup-differs", WARNING, "the backup GPT lists other partitions than the primary one")
ISOKIT_FINDING(GPT_PARTITION_OUTSIDE, "gpt-partition-outside", ERROR, "GPT partition %0 ends at block %1, outside the image")
ISOKIT_FINDING(GPT_PARTITION_BACKWARDS, "gpt-partition-backwards", ERROR, "GPT partition %0 ends before its first block %1")
ISOKIT_FINDING(GPT_NESTED, "gpt-nested", NOTE, "of GPT partitions %0 and %1, one lies inside the other")
ISOKIT_FINDING(GPT_OVERLAP, "gpt-overlap", ERROR, "GPT partitions %0 and %1 overlap")
ISOKIT_FINDING(GPT_MBR_NOT_PROTECTIVE, "gpt-mbr-not-protective", NOTE, "the MBR beside the GPT has no protective entry")
ISOKIT_FINDING(APM_SHORT, "apm-short", WARNING, "the Apple partition map announces %0 entries, but has %1")
ISOKIT_FINDING(APM_PARTITION_OUTSIDE, "apm-partition-outside", WARNING, "partition %0 of the Apple map (%w) ends at byte %1, outside the image")

/* FAT and EFI loaders */
ISOKIT_FINDING(FAT_BROKEN, "fat-broken", ERROR, "the boot sector of a FAT file system cannot be right: %w")
ISOKIT_FINDING(FAT_OUTSIDE, "fat-outside", ERROR, "the FAT file system in %w has %0 bytes and reaches beyond the image")
ISOKIT_FINDING(FAT_OVER_PARTITION, "fat-over-partition", WARNING, "the FAT file system in %w has %0 bytes, its partition %1")
ISOKIT_FINDING(EFI_LOADER_FORMAT, "efi-loader-format", WARNING, "%w is no EFI executable")
ISOKIT_FINDING(EFI_LOADER_MACHINE, "efi-loader-machine", WARNING, "%w is an executable for machine type %0, which does not fit its name")
ISOKIT_FINDING(EFI_LOADER_INCOMPLETE, "efi-loader-incomplete", ERROR, "%w is not all there: its %0 bytes, or the sections in it, reach outside")
