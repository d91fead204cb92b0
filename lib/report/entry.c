/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a listing. This runs for every file of an image: no printf, no
 * allocation unless a name needs escaping. */
#include "report/json.h"
#include "report/out.h"
#include "report/words.h"

static char type_letter(enum isokit_file_type type)
{
	switch (type) {
	case ISOKIT_FILE: return '-';
	case ISOKIT_DIR: return 'd';
	case ISOKIT_SYMLINK: return 'l';
	case ISOKIT_BLOCK: return 'b';
	case ISOKIT_CHAR: return 'c';
	case ISOKIT_FIFO: return 'p';
	case ISOKIT_SOCKET: return 's';
	}
	return '?';
}

/* "rwxr-sr-t" of the permission bits, as ls prints them. */
static void permission_letters(uint32_t mode, char out[9])
{
	static const char letters[] = "rwxrwxrwx";

	for (unsigned i = 0; i < 9; i++)
		out[i] = mode & (0400u >> i) ? letters[i] : '-';
	if (mode & 04000)
		out[2] = mode & 0100 ? 's' : 'S';
	if (mode & 02000)
		out[5] = mode & 0010 ? 's' : 'S';
	if (mode & 01000)
		out[8] = mode & 0001 ? 't' : 'T';
}

static void add_owner(struct report_out *o, uint32_t id)
{
	if (id == ISOKIT_NO_OWNER) {
		report_out_str(o, "     -");
	} else {
		report_out_char(o, ' ');
		report_out_number(o, id, 5);
	}
}

static void add_attributes(struct report_out *o, const struct isokit_entry *e)
{
	char mode[10];

	mode[0] = type_letter(e->type);
	if (e->has_posix) {
		permission_letters(e->mode, mode + 1);
		report_out_add(o, mode, sizeof(mode));
		report_out_number(o, e->links, 4);
		add_owner(o, e->uid);
		add_owner(o, e->gid);
	} else {
		/* The name space has none: say so rather than make them up. */
		memset(mode + 1, '-', 9);
		report_out_add(o, mode, sizeof(mode));
		report_out_str(o, "   -     -     -");
	}
	if (e->type == ISOKIT_BLOCK || e->type == ISOKIT_CHAR) {
		report_out_number(o, e->dev_major, 8);
		report_out_char(o, ',');
		report_out_number(o, e->dev_minor, 4);
	} else {
		report_out_number(o, e->bytes, 13);
	}
}

static void add_date(struct report_out *o, const struct isokit_time *t)
{
	if (!t->set) {
		report_out_str(o, "                -");
		return;
	}
	report_out_char(o, ' ');
	report_out_digits(o, (uint64_t)t->year, 4);
	report_out_char(o, '-');
	report_out_digits(o, t->month, 2);
	report_out_char(o, '-');
	report_out_digits(o, t->day, 2);
	report_out_char(o, ' ');
	report_out_digits(o, t->hour, 2);
	report_out_char(o, ':');
	report_out_digits(o, t->minute, 2);
}

enum isokit_status isokit_report_entry_text(const struct isokit_entry *entry,
					    const struct isokit_report_options *options,
					    isokit_write_fn write, void *ctx)
{
	struct report_out o;

	report_out_start(&o, write, ctx);
	add_attributes(&o, entry);
	add_date(&o, &entry->mtime);
	if (options->verbose) {
		report_out_str(&o, " [");
		report_out_number(&o, entry->n_extents && entry->extents[0].lba != ISOKIT_HOLE ?
					      entry->extents[0].lba : 0, 8);
		report_out_char(&o, ']');
	}
	report_out_char(&o, ' ');
	if (options->color && entry->type == ISOKIT_DIR)
		report_out_str(&o, "\033[1;34m");
	else if (options->color && entry->type == ISOKIT_SYMLINK)
		report_out_str(&o, "\033[1;36m");
	report_out_escaped(&o, entry->path, entry->path_bytes);
	if (options->color && (entry->type == ISOKIT_DIR || entry->type == ISOKIT_SYMLINK))
		report_out_str(&o, "\033[0m");
	if (entry->target) {
		report_out_str(&o, " -> ");
		report_out_escaped(&o, entry->target, strlen(entry->target));
	}
	report_out_char(&o, '\n');
	return report_out_end(&o);
}

/* As report_time_iso(), by hand. */
static void json_time(struct json *j, const char *key, const struct isokit_time *t)
{
	struct report_out *o = j->out;
	unsigned quarters = (unsigned)(t->gmt_quarters < 0 ? -t->gmt_quarters : t->gmt_quarters);
	char text[28];
	unsigned long year = (unsigned long)t->year;

	if (!t->set) {
		json_text(j, key, "");
		return;
	}
#define TWO(at, value)                                                                             \
	do {                                                                                       \
		text[at] = (char)('0' + (value) / 10 % 10);                                        \
		text[(at) + 1] = (char)('0' + (value) % 10);                                       \
	} while (0)
	TWO(0, year / 100);
	TWO(2, year);
	TWO(5, t->month);
	TWO(8, t->day);
	TWO(11, t->hour);
	TWO(14, t->minute);
	TWO(17, t->second);
	TWO(20, t->hundredths);
	TWO(23, quarters / 4);
	TWO(26, quarters % 4 * 15);
#undef TWO
	text[4] = text[7] = '-';
	text[10] = 'T';
	text[13] = text[16] = text[25] = ':';
	text[19] = '.';
	text[22] = t->gmt_quarters < 0 ? '-' : '+';
	report_out_str(o, ",\"");
	report_out_str(o, key);
	report_out_str(o, "\":\"");
	report_out_add(o, text, sizeof(text));
	report_out_char(o, '"');
}

enum isokit_status isokit_report_entry_json(const struct isokit_entry *entry,
					    const struct isokit_report_options *options,
					    isokit_write_fn write, void *ctx)
{
	struct report_out o;
	struct json j = { .out = &o };

	report_out_start(&o, write, ctx);
	json_open(&j, NULL, '{');
	if (options->image)
		json_bytes_str(&j, "image", options->image);
	json_bytes(&j, "path", entry->path, entry->path_bytes);
	json_text(&j, "type", isokit_file_type_name(entry->type));
	json_number(&j, "size", entry->bytes);
	if (entry->has_posix) {
		json_number(&j, "mode", entry->mode & 07777);
		if (entry->uid != ISOKIT_NO_OWNER)
			json_number(&j, "uid", entry->uid);
		if (entry->gid != ISOKIT_NO_OWNER)
			json_number(&j, "gid", entry->gid);
		json_number(&j, "links", entry->links);
	}
	if (entry->inode)
		json_number(&j, "inode", entry->inode);
	json_time(&j, "mtime", &entry->mtime);
	json_open(&j, "extents", '[');
	for (size_t i = 0; i < entry->n_extents; i++) {
		json_open(&j, NULL, '{');
		if (entry->extents[i].lba != ISOKIT_HOLE)
			json_number(&j, "lba", entry->extents[i].lba);
		json_number(&j, "size", entry->extents[i].bytes);
		if (entry->extents[i].skip_bytes)
			json_number(&j, "offset", entry->extents[i].skip_bytes);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	if (entry->target)
		json_bytes_str(&j, "target", entry->target);
	if (entry->type == ISOKIT_BLOCK || entry->type == ISOKIT_CHAR) {
		json_number(&j, "major", entry->dev_major);
		json_number(&j, "minor", entry->dev_minor);
	}
	if (entry->zisofs)
		json_bool(&j, "zisofs", true);
	if (entry->hidden)
		json_bool(&j, "hidden", true);
	if (entry->has_streams)
		json_bool(&j, "streams", true);
	json_close(&j, '}');
	report_out_char(&o, '\n');
	return report_out_end(&o);
}
