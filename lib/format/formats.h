/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats, each from the file of its name; for formats.c and tests. */
#ifndef FORMAT_FORMATS_H
#define FORMAT_FORMATS_H

#include "format/medium_impl.h"

extern const struct format format_beside;
extern const struct format format_ccd;
extern const struct format format_cdi;
extern const struct format format_chd;
extern const struct format format_cue;
extern const struct format format_ecm;
extern const struct format format_mds;
extern const struct format format_gdi;
extern const struct format format_header;
extern const struct format format_nrg;
extern const struct format format_rawcd;
extern const struct format format_toc;

/* Disks that are compressed, in pieces or encrypted. */
extern const struct format format_isz, format_daa, format_uif;
extern const struct format format_sparsebundle, format_diskcopy;
extern const struct format format_refused; /* what is only known */
extern const struct format format_cso, format_dax, format_dmg, format_dmg_encrypted,
	format_sparseimage;
/* Images that are compressed whole. */
extern const struct format format_gzip, format_xz, format_zstd, format_bzip2, format_lz4,
	format_lzip, format_lzma, format_zip, format_zstd_seekable;

/* Disks of virtual machines. */
extern const struct format format_qcow;
extern const struct format format_qed;
extern const struct format format_vdi;
extern const struct format format_vhd;
extern const struct format format_vhdx;
extern const struct format format_vmdk;

#endif
