/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of an image say it is: the list of files, and what the parts of
 * lib/model/content*.c share. */
#ifndef MODEL_CONTENT_H
#define MODEL_CONTENT_H

#include "model/impl.h"

/* The files and folders looked for, in lower case; a '*' at the end stands for any
 * rest. */
#define CONTENT_FILES(X) \
	X(DISK_INFO, "/.disk/info", FILE) \
	X(CD_INFO, "/.cd-info", FILE) \
	X(DISKDEFINES, "/readme.diskdefines", FILE) \
	X(TREEINFO, "/.treeinfo", FILE) \
	X(DISCINFO, "/.discinfo", FILE) \
	X(MEDIA_REPO, "/media.repo", FILE) \
	X(PRODUCTS, "/media.1/products", FILE) \
	X(SUSE_CONTENT, "/content", FILE) \
	X(OS_RELEASE, "/etc/os-release", FILE) \
	X(USR_OS_RELEASE, "/usr/lib/os-release", FILE) \
	X(ARCH_VERSION, "/arch/version", FILE) \
	X(ARCH_GRUBENV, "/arch/grubenv", FILE) \
	X(ARCH_X64, "/arch/x86_64", DIR) \
	X(ARCH_BOOT, "/arch/boot", DIR) \
	X(SYSRESCUE, "/sysresccd/version", FILE) \
	X(MISO, "/.miso", FILE) \
	X(ALPINE, "/.alpine-release", FILE) \
	X(APKS_X64, "/apks/x86_64", DIR) \
	X(APKS_X86, "/apks/x86", DIR) \
	X(APKS_AA64, "/apks/aarch64", DIR) \
	X(APKS_OTHER, "/apks/*", DIR) \
	X(CLONEZILLA, "/clonezilla-live-version", FILE) \
	X(GPARTED, "/gparted-live-version", FILE) \
	X(NIXOS_VERSION, "/version.txt", FILE) \
	X(NIX_STORE, "/nix-store.squashfs", FILE) \
	X(ANTIX, "/antix/linuxfs", FILE) \
	X(VERSION, "/version", FILE) \
	X(KNOPPIX, "/knoppix/knoppix", FILE) \
	X(KNOPPIX_VERSION, "/knoppix/knoppix-version", FILE) \
	X(SLACKWARE64, "/slackware64", DIR) \
	X(SLACKWARE, "/slackware", DIR) \
	X(SLACK_ANNOUNCE, "/announce.*", FILE) \
	X(GENTOO, "/livecd", FILE) \
	X(IMAGE_SQUASHFS, "/image.squashfs", FILE) \
	X(FREEBSD_VERSION, "/bin/freebsd-version", FILE) \
	X(FREEBSD_KERNEL, "/boot/kernel/kernel", FILE) \
	X(FREEBSD_DIST, "/usr/freebsd-dist", DIR) \
	X(OPENBSD_BOOT, "/etc/boot.conf", FILE) \
	X(NETBSD_BOOT, "/boot.cfg", FILE) \
	X(COREOS, "/coreos/features.json", FILE) \
	X(REACTOS, "/reactos/reactos.exe", FILE) \
	X(SLAX, "/slax", DIR) \
	X(PORTEUS, "/porteus", DIR) \
	X(CASPER, "/casper", DIR) \
	X(SUBIQUITY, "/casper/install-sources.yaml", FILE) \
	X(LIVE_SQUASHFS, "/live/filesystem.squashfs", FILE) \
	X(LIVE_OTHER, "/live/filesystem*", FILE) \
	X(TAILS, "/live/tails.module", FILE) \
	X(LIVEOS, "/liveos/squashfs.img", FILE) \
	X(LIVEOS_ROOT, "/liveos/rootfs.img", FILE) \
	X(INSTALL_IMG, "/images/install.img", FILE) \
	X(INSTALL_AMD, "/install.amd", DIR) \
	X(INSTALL_386, "/install.386", DIR) \
	X(INSTALL_A64, "/install.a64", DIR) \
	X(INSTALL_OTHER, "/install.*", DIR) \
	X(DI, "/d-i", DIR) \
	X(TITLE_GRUB2, "/boot/grub2/grub.cfg", FILE) \
	X(TITLE_GRUB, "/boot/grub/grub.cfg", FILE) \
	X(TITLE_EFI, "/efi/boot/grub.cfg", FILE) \
	X(TITLE_ISOLINUX, "/isolinux/isolinux.cfg", FILE) \
	X(TITLE_BOOT_ISOLINUX, "/boot/isolinux/isolinux.cfg", FILE) \
	X(TITLE_SYSLINUX, "/boot/syslinux/syslinux.cfg", FILE) \
	/* Windows */ \
	X(WIN_BOOTMGR, "/bootmgr", FILE) \
	X(WIN_BOOTMGR_EFI, "/bootmgr.efi", FILE) \
	X(WIN_INSTALL_WIM, "/sources/install.wim", FILE) \
	X(WIN_INSTALL_ESD, "/sources/install.esd", FILE) \
	X(WIN_INSTALL_SWM, "/sources/install.swm", FILE) \
	X(WIN_BOOT_WIM, "/sources/boot.wim", FILE) \
	X(WIN_IDWBINFO, "/sources/idwbinfo.txt", FILE) \
	X(WIN_EI, "/sources/ei.cfg", FILE) \
	X(WIN_ETFSBOOT, "/boot/etfsboot.com", FILE) \
	X(WIN_EFISYS, "/efi/microsoft/boot/efisys.bin", FILE) \
	X(WIN_CDBOOT, "/efi/microsoft/boot/cdboot.efi", FILE) \
	X(WIN_TXTSETUP, "/i386/txtsetup.sif", FILE) \
	X(WIN_TXTSETUP64, "/amd64/txtsetup.sif", FILE) \
	X(WIN_HIREN, "/hbcd_pe.ini", FILE) \
	X(EFI_X64, "/efi/boot/bootx64.efi", FILE) \
	X(EFI_IA32, "/efi/boot/bootia32.efi", FILE) \
	X(EFI_AA64, "/efi/boot/bootaa64.efi", FILE)

enum content_file {
#define X(id, path, type) CONTENT_##id,
	CONTENT_FILES(X)
#undef X
	CONTENT_N_FILES
};

/* One of them. */
struct content_found {
	const char *path; /* as the image spells it, owned by it; NULL: not there */
	enum isokit_file_type type;
	uint64_t bytes;
	uint64_t at;       /* byte of the image where it begins, or ISOKIT_NO_OFFSET: its
			    * contents cannot be read as they stand */
	uint64_t at_bytes; /* so many of its bytes lie there in one run */
};

enum { CONTENT_TEXT_BYTES = 4096, CONTENT_MAX_EVIDENCE = 6 };

struct content {
	struct isokit_image *img;
	struct isokit_error *err;
	enum isokit_status status; /* an error that ends everything */
	struct content_found files[CONTENT_N_FILES];
	struct isokit_content c;
	struct isokit_evidence evidence[CONTENT_MAX_EVIDENCE];
	size_t text_bytes;
	char text[CONTENT_TEXT_BYTES + 1]; /* of the file read last, NUL for each NUL */
};

/* A piece of text; p is NULL where there is none. */
struct piece {
	const char *p;
	size_t n;
};

bool content_has(const struct content *c, enum content_file id);

/* Read the beginning of a file into c->text; false where there is none. */
bool content_read(struct content *c, enum content_file id);

/* Remember why. */
void content_evidence(struct content *c, enum content_file id, struct piece text);

/* A kept copy without blanks and quotes around, or NULL for none. */
const char *content_keep(struct content *c, struct piece text);

/* ---- finding and reading the files (content_find.c) ---- */

/* Look for all of them in one name space, in either case. Damage only makes that less
 * is found. */
enum isokit_status content_find_files(struct content *c, enum isokit_namespace_kind ns);

/* Read a file from a byte on; *ret_got says how many bytes there were. Bytes of
 * later runs, and such as cannot be read, are none. */
enum isokit_status content_read_at(struct content *c, enum content_file id, uint64_t from,
				   void *buffer, size_t size, size_t *ret_got);

/* ---- pieces of text (content_text.c) ---- */

/* The next line off *at, without blanks around it; false at the end. */
bool content_line(const char *text, size_t n, size_t *at, struct piece *ret_line);

/* The value of KEY=VALUE, KEY = VALUE or, with `separator` ' ', KEY VALUE in the
 * text; in an INI file of a section, else NULL. *ret_line is the whole line. */
struct piece content_value(const char *text, size_t n, const char *section, const char *key,
			   char separator, struct piece *ret_line);

/* The next word, ended by blanks; false at the end. */
bool content_word(struct piece *rest, struct piece *ret_word);

struct piece content_trim(struct piece p);
bool content_is(struct piece p, const char *word);    /* case does not count */
bool content_begins(struct piece p, const char *word);
size_t content_find(struct piece p, const char *word); /* SIZE_MAX: not there */

/* A word that names a processor, as distributions spell them. */
bool content_is_architecture(struct piece word);

/* ---- Windows (content_windows.c) ---- */

/* What Windows' own files say; true when they say what this is. */
bool content_windows(struct content *c);

#endif
