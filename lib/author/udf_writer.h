/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two files that write UDF share: udf.c and udf_tree.c. */
#ifndef AUTHOR_UDF_WRITER_H
#define AUTHOR_UDF_WRITER_H

#include "author/udf.h"
#include "ondisk/udf_encode.h"

struct udf_writer {
	struct layout *l;
	struct plan *plan;
	struct sink *to;
	struct payload *payloads;
	size_t n_payloads;
	struct udf_map map;
	struct ondisk_udf_volume v;
	struct text catalog_folder;
	uint64_t catalog_lba;
	uint64_t data_end;      /* block behind the last content */
	uint32_t volume_blocks; /* as ISO 9660 counts them */

	/* udf_tree.c */
	uint64_t extra_ids;     /* handed out for further names of files */
	uint8_t *buffer;        /* blocks of the partition, from buffer_block */
	uint64_t buffer_block, buffered;
	struct text target;
	enum isokit_status status;
	struct isokit_error *err;
};

/* File set, file entries and folders. */
enum isokit_status udf_write_partition(struct udf_writer *w);

#endif
