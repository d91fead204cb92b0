/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How libext2fs reads and writes: as ranges of bytes of whatever holds the volume. */
#ifndef VOLUME_EXTIO_H
#define VOLUME_EXTIO_H

#include <stdbool.h>
#include <stdint.h>

#ifdef HAVE_LIBEXT2FS
#include <ext2fs/ext2fs.h>

struct extio {
	uint64_t bytes;
	void *self;
	/* Ranges lie inside of the volume. False: it failed. */
	bool (*read)(void *self, uint64_t at, void *to, uint64_t n);
	/* From NULL: zeros. May be NULL: nothing can be written. */
	bool (*write)(void *self, uint64_t at, const void *from, uint64_t n);
};

extern const struct struct_io_manager extio_manager;

/* What the library calls the volume; `io` is borrowed as long as it has it open. */
enum { EXTIO_NAME = 32 };
void extio_name(const struct extio *io, char name[EXTIO_NAME]);

#endif
#endif
