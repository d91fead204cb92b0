/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives with a CD-R in each, made of the commands that libburn sends (MMC-3); mmcshim.c makes
 * them /dev/sr77 and 78. $MMCDRIVE names the medium of the first (and with a 1 behind it that
 * of the second): sectors of 2352 bytes from block -150 on, beside it .toc (what is on it) and
 * .log (what was announced: cue sheet, write parameters, CD-TEXT). They are strict where drives
 * are: what is announced has to come, in order, and nothing else; sound comes back
 * $MMCDRIVE_LATE samples later than it was written, the sector $MMCDRIVE_FAIL cannot be
 * written, each write takes $MMCDRIVE_DELAY microseconds. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <scsi/sg.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME = 2352, FIRST = -150, LEAD_IN = -11625, CAPACITY = 359849, MAX = 100,
       SAO = 2 };
enum { NO_MEDIUM = 0x023a00, RANGE = 0x052100, FIELD = 0x052400, SEQUENCE = 0x052c00,
       MODE = 0x056400, OPCODE = 0x052000, ADDRESS = 0x052102, WRITE_ERROR = 0x030c00 };

struct track { int number, control, start, end; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct state {
	char medium[PATH_MAX]; /* its file */
	struct track tracks[MAX];
	int n_tracks, next_lba, write_type, block_bytes, lead_out, text_lba;
	bool closed, loaded, announced, multi, simulated;
	struct { int lba, control, form; } cue[4 * MAX];
	int n_cue, last_pack;
} states[2], *the; /* the one that obeys */

static uint32_t be(const uint8_t *p, int n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void put(uint8_t *p, int n, uint32_t v)
{
	while (n--) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static void put_msf(uint8_t *p, int lba)
{
	lba += 150;
	p[0] = (uint8_t)(lba / 4500);
	p[1] = (uint8_t)(lba / 75 % 60);
	p[2] = (uint8_t)(lba % 75);
}

static FILE *beside(const char *ending, const char *mode)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s.%s", the->medium, ending);
	return fopen(path, mode);
}

static void say(const char *format, ...)
{
	FILE *f = beside("log", "a");
	va_list ap;

	if (!f)
		abort();
	va_start(ap, format);
	vfprintf(f, format, ap);
	va_end(ap);
	fputc('\n', f);
	fclose(f);
}

static void load(void)
{
	FILE *f = beside("toc", "r");
	struct track t;

	the->loaded = true;
	if (!f)
		return;
	the->closed = true;
	while (fscanf(f, "%d %d %d %d", &t.number, &t.control, &t.start, &t.end) == 4)
		the->tracks[the->n_tracks++] = t;
	fclose(f);
}

static void save(void)
{
	FILE *f;

	if (the->simulated) {
		the->n_tracks = the->next_lba = 0;
		return;
	}
	f = beside("toc", "w");

	for (int i = 0; i < the->n_tracks; i++)
		fprintf(f, "%d %d %d %d\n", the->tracks[i].number, the->tracks[i].control,
			the->tracks[i].start, the->tracks[i].end);
	fclose(f);
	the->closed = true;
}

/* ---- writing --------------------------------------------------------------------------- */

static void take_write_parameters(const uint8_t *p)
{
	the->write_type = p[2] & 15;
	the->multi = p[3] >> 6 != 0;
	the->simulated = p[2] & 0x10;
	the->block_bytes = p[4] == 0 ? FRAME : 2048;
	say("parameters: type %d, control %d, block %d%s%s", the->write_type, p[3] & 15, p[4],
	    the->multi ? ", multi" : "", the->simulated ? ", simulated" : "");
	if (p[16] & 0x80)
		say("parameters: catalog %.13s", (const char *)p + 17);
	if (p[32] & 0x80)
		say("parameters: isrc %.12s", (const char *)p + 33);
}

static void take_cue(const uint8_t *p, unsigned n)
{
	char catalog[14] = "", isrc[13] = "";

	the->n_cue = 0;
	the->n_tracks = 0;
	for (; n >= 8; p += 8, n -= 8) {
		int lba = (p[5] * 60 + p[6]) * 75 + p[7] - 150;

		if ((p[0] & 15) == 2) { /* two of these, 7 digits each */
			strncat(catalog, (const char *)p + 1, strlen(catalog) ? 6 : 7);
			if (strlen(catalog) == 13)
				say("cue: catalog %s", catalog);
			continue;
		}
		if ((p[0] & 15) == 3) {
			strncat(isrc, (const char *)p + 2, 6);
			if (strlen(isrc) == 12) {
				say("cue: track %d isrc %s", p[1], isrc);
				isrc[0] = '\0';
			}
			continue;
		}
		say("cue: control %d track %d index %d form %02x at %d", p[0] >> 4, p[1], p[2], p[3],
		    lba);
		if (p[1] == 0xaa)
			the->lead_out = lba;
		else if (p[1]) {
			the->cue[the->n_cue].lba = lba;
			the->cue[the->n_cue].control = p[0] >> 4;
			the->cue[the->n_cue++].form = p[3];
			if (p[2] == 1)
				the->tracks[the->n_tracks++] = (struct track){ p[1], p[0] >> 4, lba, 0 };
		}
	}
	for (int i = 0; i < the->n_tracks; i++)
		the->tracks[i].end = i + 1 < the->n_tracks ? the->tracks[i + 1].start : the->lead_out;
	the->announced = true;
	the->next_lba = FIRST;
	the->text_lba = LEAD_IN;
	the->last_pack = -1;
}

/* R to W of the lead-in: packs of 18 bytes, six bits of them in each byte. */
static int take_text(int lba, const uint8_t *p, unsigned n)
{
	if (lba != the->text_lba)
		return SEQUENCE;
	the->text_lba += (int)(n / 96);
	for (; n >= 24; p += 24, n -= 24) {
		uint8_t pack[18];
		char words[13];

		for (int i = 0; i < 6; i++) {
			uint32_t v = (uint32_t)p[4 * i] << 18 | (uint32_t)p[4 * i + 1] << 12 |
				     (uint32_t)p[4 * i + 2] << 6 | p[4 * i + 3];

			put(pack + 3 * i, 3, v);
		}
		if (pack[2] != the->last_pack + 1)
			continue;
		the->last_pack = pack[2];
		for (int i = 0; i < 12; i++)
			words[i] = (char)(pack[4 + i] >= ' ' && pack[4 + i] < 127 ? pack[4 + i] : '.');
		words[12] = '\0';
		say("text: type %02x track %d: %s", pack[0], pack[1], words);
	}
	return 0;
}

static int bytes_at(int lba)
{
	int bytes = FRAME;

	if (the->write_type != SAO)
		return the->block_bytes;
	for (int i = 0; i < the->n_cue && the->cue[i].lba <= lba; i++)
		bytes = the->cue[i].form == 0x10 ? 2048 : FRAME;
	return bytes;
}

static int do_write(const uint8_t *c, const uint8_t *data, unsigned n)
{
	int lba = (int)be(c + 2, 4), count = (int)be(c + 7, 2);
	const char *fails = getenv("MMCDRIVE_FAIL");
	FILE *f;

	if (the->closed)
		return WRITE_ERROR;
	if (the->write_type == SAO && !the->announced)
		return SEQUENCE;
	if (lba < FIRST)
		return the->write_type == SAO && n == 96U * (unsigned)count ? take_text(lba, data, n) : FIELD;
	if (lba != the->next_lba)
		return ADDRESS;
	if (getenv("MMCDRIVE_DELAY"))
		usleep((useconds_t)atoi(getenv("MMCDRIVE_DELAY")));
	f = fopen(the->simulated ? "/dev/null" : the->medium, "r+");
	if (!f)
		f = fopen(the->medium, "w+");
	for (int i = 0; i < count; i++) {
		unsigned bytes = (unsigned)bytes_at(lba + i);

		if (n < bytes || (the->write_type == SAO && lba + i >= the->lead_out) ||
		    (fails && atoi(fails) == lba + i)) {
			fclose(f);
			return n < bytes ? FIELD : WRITE_ERROR;
		}
		if (fseek(f, (long)(lba + i - FIRST) * FRAME, SEEK_SET) != 0 ||
		    fwrite(data, 1, bytes, f) != bytes)
			abort();
		data += bytes;
		n -= bytes;
	}
	fclose(f);
	the->next_lba += count;
	return n ? FIELD : 0;
}

/* The end of a session, or of a track. */
static int synchronize(void)
{
	if (the->closed || (the->write_type == SAO && (!the->announced || the->next_lba == FIRST)))
		return 0;
	if (the->write_type == SAO) {
		say("written up to %d of %d", the->next_lba, the->lead_out);
		if (the->next_lba != the->lead_out)
			return WRITE_ERROR;
		save();
	} else if (the->next_lba > (the->n_tracks ? the->tracks[the->n_tracks - 1].end + 152 : 0)) {
		int start = the->n_tracks ? the->tracks[the->n_tracks - 1].end + 152 : 0;

		the->tracks[the->n_tracks] = (struct track){
			the->n_tracks + 1, the->block_bytes == FRAME ? 0 : 4, start, the->next_lba };
		the->n_tracks++;
		the->next_lba += 152; /* run-out, and the gap of the next one */
	}
	return 0;
}

/* ---- reading --------------------------------------------------------------------------- */

static int end_of_disc(void)
{
	return the->n_tracks ? the->tracks[the->n_tracks - 1].end : 0;
}

static bool is_data(int lba)
{
	for (int i = 0; i < the->n_tracks; i++)
		if (lba >= the->tracks[i].start && lba < the->tracks[i].end)
			return the->tracks[i].control & 4;
	return false;
}

static int read_frames(int lba, int count, int bytes, bool sound, uint8_t *to)
{
	const char *late = getenv("MMCDRIVE_LATE");
	int fd = open(the->medium, O_RDONLY);
	int sense = 0;

	for (int i = 0; i < count && !sense; i++, to += bytes) {
		long at = (long)(lba + i - FIRST) * FRAME - (sound && late ? atol(late) * 4 : 0);

		if (!the->closed || lba + i < FIRST || lba + i >= end_of_disc())
			sense = RANGE;
		else if (is_data(lba + i) == sound)
			sense = MODE;
		memset(to, 0, (size_t)bytes);
		if (!sense && (at < 0 ? 0 : pread(fd, to, (size_t)bytes, at)) < 0)
			abort();
	}
	close(fd);
	return sense;
}

static int read_toc(const uint8_t *c, uint8_t *d)
{
	int format = c[2] & 15, n = 4;

	if (format == 4) { /* ATIP */
		put(d, 2, 26);
		put_msf(d + 8, LEAD_IN);
		put(d + 8, 3, 97 << 16 | 27 << 8 | 0); /* block -11625 as drives tell of it */
		put_msf(d + 12, CAPACITY);
		d[6] = 0x80;
		return 28;
	}
	if (!the->closed)
		return -FIELD;
	if (format == 2) {
		static const uint8_t points[] = { 0xa0, 0xa1, 0xa2 };

		for (int i = -3; i < the->n_tracks; i++, n += 11) {
			d[n] = 1;
			d[n + 1] = (uint8_t)(0x10 | the->tracks[i < 0 ? 0 : i].control);
			d[n + 3] = i < 0 ? points[i + 3] : (uint8_t)the->tracks[i].number;
			if (i == -3 || i == -2)
				d[n + 8] = (uint8_t)(i == -3 ? 1 : the->n_tracks);
			else
				put_msf(d + n + 8, i == -1 ? end_of_disc() : the->tracks[i].start);
		}
		d[2] = d[3] = 1;
	} else if (format == 0) {
		for (int i = 0; i <= the->n_tracks; i++, n += 8) {
			d[n + 1] = (uint8_t)(0x10 | the->tracks[i < the->n_tracks ? i : 0].control);
			d[n + 2] = (uint8_t)(i < the->n_tracks ? the->tracks[i].number : 0xaa);
			put(d + n + 4, 4, (uint32_t)(i < the->n_tracks ? the->tracks[i].start : end_of_disc()));
		}
		d[2] = 1;
		d[3] = (uint8_t)the->n_tracks;
	} else if (format == 1) {
		d[2] = d[3] = 1;
		n = 12;
	} else {
		return -FIELD;
	}
	put(d, 2, (uint32_t)n - 2);
	return n;
}

/* ---- what the drive is --------------------------------------------------------------------- */

static int configuration(const uint8_t *c, uint8_t *d)
{
	static const uint8_t features[] = {
		0, 0, 3, 8, 0, 0x09, 1, 0, 0, 0x08, 0, 0,   /* profiles: CD-R, CD-ROM */
		0, 0x1e, 3, 4, 3, 0, 0, 0,                  /* CD read, CD-TEXT */
		0, 0x2d, 3, 4, 0x46, 0, 0x01, 0,            /* track at once */
		0, 0x2e, 3, 4, 0x67, 0, 0x0d, 0x80,         /* session at once */
	};
	unsigned from = be(c + 2, 2), n = 8;

	for (unsigned i = 0; i < sizeof(features); i += 4 + features[i + 3])
		if (be(features + i, 2) >= from && ((c[1] & 3) != 2 || be(features + i, 2) == from)) {
			memcpy(d + n, features + i, 4 + features[i + 3]);
			n += 4 + features[i + 3];
		}
	put(d, 4, n - 4);
	put(d + 6, 2, 0x09);
	return (int)n;
}

static int mode_sense(const uint8_t *c, uint8_t *d)
{
	uint8_t *p = d + 8;

	switch (c[2] & 0x3f) {
	case 0x2a:
		p[0] = 0x2a;
		p[1] = 34;
		p[2] = p[3] = 7;
		p[4] = 0x71;
		p[5] = 3;
		p[6] = 0x29;
		put(p + 12, 2, 2048);
		put(p + 18, 2, 8468);
		put(p + 28, 2, 8468);
		put(p + 30, 2, 1);
		put(p + 34, 2, 8468);
		break;
	case 0x05:
		p[0] = 5;
		p[1] = 50;
		break;
	case 0x01:
		p[0] = 1;
		p[1] = 10;
		break;
	default:
		return -FIELD;
	}
	put(d, 2, 6U + 2 + p[1]);
	return 10 + p[1];
}

static int about_disc(uint8_t *d)
{
	put(d, 2, 32);
	d[2] = the->closed ? 0x0e : 0;
	d[3] = d[4] = d[5] = 1;
	d[6] = (uint8_t)(the->n_tracks ? the->n_tracks : 1);
	put(d + 17, 3, 97 << 16 | 27 << 8);
	put_msf(d + 21, CAPACITY);
	return 34;
}

static int about_track(const uint8_t *c, uint8_t *d)
{
	uint32_t number = be(c + 2, 4);
	int i = number == 0xff || number > (uint32_t)the->n_tracks || !the->closed ? -1 : (int)number - 1;

	if (i < 0 && the->closed)
		return -FIELD;
	put(d, 2, 34);
	d[2] = (uint8_t)(i < 0 ? the->n_tracks + 1 : the->tracks[i].number);
	d[3] = 1;
	d[5] = i < 0 ? 4 : (uint8_t)the->tracks[i].control;
	d[6] = i < 0 ? 0x4f : 1;
	if (i < 0) {
		int at = the->next_lba > 0 ? the->next_lba : 0;

		d[7] = 1;
		put(d + 8, 4, (uint32_t)at);
		put(d + 12, 4, (uint32_t)at);
		put(d + 16, 4, (uint32_t)(CAPACITY - at));
		put(d + 24, 4, (uint32_t)(CAPACITY - at));
	} else {
		put(d + 8, 4, (uint32_t)the->tracks[i].start);
		put(d + 24, 4, (uint32_t)(the->tracks[i].end - the->tracks[i].start));
	}
	return 36;
}

/* How many bytes there are for an answer; below 0: no, because. */
static int answer(const uint8_t *c, uint8_t *d)
{
	switch (c[0]) {
	case 0x12:
		d[0] = 5;
		d[1] = 0x80;
		d[3] = 2;
		d[4] = 31;
		memcpy(d + 8, "ISOKIT  TEST CD-R       1.0 ", 28);
		return 36;
	case 0x25:
		if (!the->closed)
			return -NO_MEDIUM;
		put(d, 4, (uint32_t)end_of_disc() - 1);
		put(d + 4, 4, 2048);
		return 8;
	case 0x43:
		return read_toc(c, d);
	case 0x46:
		return configuration(c, d);
	case 0x51:
		return about_disc(d);
	case 0x52:
		return about_track(c, d);
	case 0x5a:
		return mode_sense(c, d);
	case 0x5c:
		put(d, 2, 10);
		put(d + 4, 4, 2 << 20);
		put(d + 8, 4, 1 << 20);
		return 12;
	case 0x4a:
		put(d, 2, 6);
		d[2] = 4;
		return 8;
	default:
		return -OPCODE;
	}
}

static int obey(const uint8_t *c, uint8_t *d, unsigned n, unsigned *ret_done)
{
	uint8_t own[65536] = { 0 };
	int r;

	switch (c[0]) {
	case 0x00: case 0x1b: case 0x1e: case 0x54: case 0xb6: case 0xbb:
		return 0;
	case 0x2a:
		return do_write(c, d, n);
	case 0x35:
		return synchronize();
	case 0x55:
		if (n >= 60 && (d[8] & 0x3f) == 5)
			take_write_parameters(d + 8);
		return 0;
	case 0x5b:
		say("close %d", c[2]);
		if (the->n_tracks && !the->closed)
			save();
		return 0;
	case 0x5d:
		take_cue(d, n);
		return 0;
	case 0x28:
		*ret_done = be(c + 7, 2) * 2048;
		return *ret_done > n ? FIELD : read_frames((int)be(c + 2, 4), (int)be(c + 7, 2), 2048,
							   false, d);
	case 0xbe:
		*ret_done = be(c + 6, 3) * FRAME;
		if ((c[1] >> 2 & 7) != 1 || c[9] != 0x10 || c[10] || *ret_done > n)
			return FIELD;
		return read_frames((int)be(c + 2, 4), (int)be(c + 6, 3), FRAME, true, d);
	default:
		r = answer(c, own);
		if (r < 0)
			return -r;
		*ret_done = (unsigned)r < n ? (unsigned)r : n;
		memcpy(d, own, *ret_done);
		return 0;
	}
}

int mmcdrive_sg_io(unsigned drive, sg_io_hdr_t *s);

int mmcdrive_sg_io(unsigned drive, sg_io_hdr_t *s)
{
	unsigned done = s->dxfer_len;
	int sense;

	pthread_mutex_lock(&lock);
	the = &states[drive];
	if (!the->loaded) {
		snprintf(the->medium, sizeof(the->medium), drive ? "%s%u" : "%s", getenv("MMCDRIVE"),
			 drive);
		load();
	}
	sense = obey(s->cmdp, s->dxferp, s->dxfer_len, &done);
	if (getenv("MMCDRIVE_TRACE"))
		fprintf(stderr, "mmcdrive: %02x %02x %d bytes: %06x\n", s->cmdp[0], s->cmdp[2],
			(int)s->dxfer_len, (unsigned)sense);
	pthread_mutex_unlock(&lock);
	s->status = s->masked_status = s->msg_status = 0;
	s->host_status = s->driver_status = 0;
	s->sb_len_wr = 0;
	s->info = 0;
	s->resid = (int)(s->dxfer_len - done);
	if (sense) {
		s->status = 2;
		s->masked_status = 1;
		s->driver_status = 8;
		s->info = SG_INFO_CHECK;
		memset(s->sbp, 0, s->mx_sb_len);
		s->sbp[0] = 0x70;
		s->sbp[2] = (uint8_t)(sense >> 16);
		s->sbp[7] = 10;
		s->sbp[12] = (uint8_t)(sense >> 8);
		s->sbp[13] = (uint8_t)sense;
		s->sb_len_wr = 18;
	}
	return 0;
}
