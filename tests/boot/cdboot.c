/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stand-in for etfsboot.com of Windows' install media: a boot image of 4 KiB without
 * emulation, at 07C0:0000, that finds \bootmgr through UDF (ECMA-167, OSTA UDF 1.02) and
 * nothing else, loads it to 2000:0000 and jumps there. What it says goes to the first
 * serial port. For 16 bits: see windows-tree, which compiles it. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

__asm__(".code16gcc\n"
	".globl _start\n"
	"_start: cli\n"
	"	xorw %ax, %ax\n"
	"	movw %ax, %ds\n"
	"	movw %ax, %es\n"
	"	movw %ax, %ss\n"
	"	movl $0x7c00, %esp\n"
	"	sti\n"
	"	ljmp $0, $1f\n"
	"1:	movzbl %dl, %eax\n"
	"	pushl %eax\n"
	"	calll cdboot\n"
	"	hlt\n"
	"2:	hlt\n"
	"	jmp 2b\n");

enum { BLOCK = 2048, AT = 0x9000, LIST = 0xa000, FILE_SEGMENT = 0x2000 };

static const char words[] __attribute__((used)) = "CDBOOT: Couldn't find BOOTMGR";

struct packet {
	u8 size, zero;
	u16 count, offset, segment;
	u32 lba, lba_high;
} __attribute__((packed));

static u8 drive;

static void say(const char *s)
{
	for (; *s; s++) {
		u8 status;

		do
			__asm__ volatile("inb %w1, %b0" : "=a"(status) : "Nd"(0x3fd));
		while (!(status & 0x20));
		__asm__ volatile("outb %b0, %w1" : : "a"(*s), "Nd"(0x3f8));
	}
}

static void stop(const char *what)
{
	say("\r\n");
	say(words);
	say(": ");
	say(what);
	say("\r\n");
	for (;;)
		__asm__ volatile("hlt");
}

/* INT 13 function 42 hex, which counts in blocks of the disc. */
static void read(u32 lba, u16 count, u16 segment, u16 offset)
{
	struct packet p = { sizeof(p), 0, count, offset, segment, lba, 0 };
	u8 failed;

	__asm__ volatile("int $0x13; setc %b0"
			 : "=q"(failed)
			 : "a"(0x4200), "d"((u32)drive), "S"(&p)
			 : "memory", "cc");
	if (failed)
		stop("reading");
}

static u32 get(u32 at)
{
	return *(volatile u32 *)at;
}

static u16 tag(void)
{
	return (u16)get(AT);
}

static u32 partition, set;

static void find_volume(void)
{
	u32 first, n;

	read(256, 1, 0, AT);
	if (tag() != 2)
		stop("no anchor");
	n = get(AT + 16) / BLOCK;
	first = get(AT + 20);
	for (u32 i = 0; i < n; i++) {
		read(first + i, 1, 0, AT);
		if (tag() == 5)
			partition = get(AT + 188);
		else if (tag() == 6)
			set = get(AT + 252);
		else if (tag() == 8)
			return;
	}
}

/* The first extent of a file entry: where it is, and how long. In the entry: block 0. */
static u32 file_entry(u32 block, u32 *ret_bytes, u32 *ret_inside)
{
	u32 at;

	read(partition + block, 1, 0, AT);
	if (tag() != 261)
		stop("no file entry");
	at = AT + 176 + get(AT + 168);
	*ret_bytes = get(AT + 56);
	*ret_inside = at;
	return (get(AT + 34) & 7) == 3 ? 0 : get(at + 4);
}

static u8 same_name(const u8 *p, u8 n)
{
	const char *name = "bootmgr";

	if (n != 8 || *p++ != 8)
		return 0;
	for (; *name; name++, p++) {
		if ((*p | 32) != *name)
			return 0;
	}
	return 1;
}

void cdboot(u32 from) __attribute__((used));
void cdboot(u32 from)
{
	u32 bytes, list, end, block;

	drive = (u8)from;
	say("\r\ncdboot\r\n");
	find_volume();
	if (!partition)
		stop("no partition");
	read(partition + set, 1, 0, AT);
	if (tag() != 256)
		stop("no file set");
	block = file_entry(get(AT + 404), &bytes, &list);
	if (block) {
		list = LIST;
		read(partition + block, (u16)((bytes + BLOCK - 1) / BLOCK), 0, LIST);
	}
	for (end = list + bytes; list < end;) {
		const u8 *fid = (const u8 *)list;
		u32 extra = *(const u16 *)(fid + 36);

		if (*(const u16 *)fid != 257)
			stop("no list of files");
		if (same_name(fid + 38 + extra, fid[19]))
			break;
		list += (38 + extra + fid[19] + 3) & ~3u;
	}
	if (list >= end)
		stop("it is not in the root folder");
	block = file_entry(get(list + 24), &bytes, &list);
	if (!block || bytes > 0x10000)
		stop("it is odd");
	read(partition + block, (u16)((bytes + BLOCK - 1) / BLOCK), FILE_SEGMENT, 0);
	__asm__ volatile("ljmp $0x2000, $0");
}
