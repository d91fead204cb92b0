/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every container that is known; formats that are only named to be refused are among
 * them. Of two that are equally sure, the earlier one wins. */
#include "format/formats.h"

#include <stddef.h>

const struct format *const format_list[] = {
	&format_ccd,
	&format_cdi,
	&format_chd,
	&format_cue,
	&format_ecm,
	&format_gdi,
	&format_mds,
	&format_nrg,
	&format_dmg,
	&format_dmg_encrypted,
	&format_qcow,
	&format_qed,
	&format_vdi,
	&format_vhd,
	&format_vhdx,
	&format_vmdk,
	&format_sparseimage,
	&format_sparsebundle,
	&format_diskcopy,
	&format_cso,
	&format_dax,
	&format_isz,
	&format_daa,
	&format_uif,
	&format_gzip,
	&format_xz,
	&format_zstd_seekable,
	&format_zstd,
	&format_bzip2,
	&format_lz4,
	&format_lzip,
	&format_lzma,
	&format_zip,
	&format_toc,
	&format_beside,
	&format_rawcd,
	&format_header,
	&format_refused,
	NULL,
};
