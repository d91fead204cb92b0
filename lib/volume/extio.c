/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/extio.h"

#ifdef HAVE_LIBEXT2FS

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

static errcode_t io_close(io_channel channel)
{
	if (--channel->refcount > 0)
		return 0;
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t io_set_blksize(io_channel channel, int blksize)
{
	channel->block_size = blksize;
	return 0;
}

/* A negative count is one of bytes. */
static uint64_t bytes_of(io_channel channel, int count)
{
	return count < 0 ? (uint64_t)-(int64_t)count :
			   (uint64_t)count * (uint64_t)channel->block_size;
}

static errcode_t io_read64(io_channel channel, unsigned long long block, int count, void *data)
{
	const struct extio *io = channel->private_data;
	uint64_t at, bytes = bytes_of(channel, count), n;

	if (!mul_u64(block, (uint64_t)channel->block_size, &at) || at >= io->bytes)
		return EXT2_ET_SHORT_READ;
	n = min_u64(bytes, io->bytes - at);
	if (!io->read(io->self, at, data, n))
		return EXT2_ET_SHORT_READ;
	memset((uint8_t *)data + n, 0, (size_t)(bytes - n));
	return n == bytes ? 0 : EXT2_ET_SHORT_READ;
}

static errcode_t io_read(io_channel channel, unsigned long block, int count, void *data)
{
	return io_read64(channel, block, count, data);
}

static errcode_t put(io_channel channel, uint64_t block, const void *data, uint64_t n)
{
	const struct extio *io = channel->private_data;
	uint64_t at;

	if (!io->write)
		return EXT2_ET_RO_FILSYS;
	if (!mul_u64(block, (uint64_t)channel->block_size, &at) || !range_inside(at, n, io->bytes))
		return EXT2_ET_SHORT_WRITE;
	return io->write(io->self, at, data, n) ? 0 : EXT2_ET_NO_MEMORY;
}

static errcode_t io_write64(io_channel channel, unsigned long long block, int count,
			    const void *data)
{
	return put(channel, block, data, bytes_of(channel, count));
}

static errcode_t io_write(io_channel channel, unsigned long block, int count, const void *data)
{
	return io_write64(channel, block, count, data);
}

static errcode_t io_zeroout(io_channel channel, unsigned long long block,
			    unsigned long long count)
{
	uint64_t n;

	return mul_u64(count, (uint64_t)channel->block_size, &n) ? put(channel, block, NULL, n) :
								   EXT2_ET_SHORT_WRITE;
}

static errcode_t io_flush(io_channel channel)
{
	(void)channel;
	return 0;
}

/* The library hands on nothing but a name: it is the address. */
void extio_name(const struct extio *io, char name[EXTIO_NAME])
{
	(void)snprintf(name, EXTIO_NAME, "%p", (const void *)io);
}

static errcode_t io_open(const char *name, int flags, io_channel *channel)
{
	io_channel made = calloc(1, sizeof(*made));
	char *own_name = strdup(name);
	void *io;

	(void)flags;
	if (!made || !own_name || sscanf(name, "%p", &io) != 1) {
		free(made);
		free(own_name);
		return EXT2_ET_NO_MEMORY;
	}
	*made = (struct struct_io_channel){
		.magic = EXT2_ET_MAGIC_IO_CHANNEL,
		.manager = (io_manager)(uintptr_t)&extio_manager,
		.name = own_name,
		.block_size = 1024,
		.refcount = 1,
		.private_data = io,
	};
	*channel = made;
	return 0;
}

const struct struct_io_manager extio_manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "isokit",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_blksize,
	.read_blk = io_read,
	.read_blk64 = io_read64,
	.write_blk = io_write,
	.write_blk64 = io_write64,
	.zeroout = io_zeroout,
	.flush = io_flush,
};

#endif
