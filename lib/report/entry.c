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
	static const char letters[] = "-----x-w--wxr--r-xrw-rwx";

	memcpy(out, letters + (mode >> 6 & 7) * 3, 3);
	memcpy(out + 3, letters + (mode >> 3 & 7) * 3, 3);
	memcpy(out + 6, letters + (mode & 7) * 3, 3);
	if (!(mode & 07000))
		return;
	if (mode & 04000)
		out[2] = mode & 0100 ? 's' : 'S';
	if (mode & 02000)
		out[5] = mode & 0010 ? 's' : 'S';
	if (mode & 01000)
		out[8] = mode & 0001 ? 't' : 'T';
}

/* What stands before the path has a fixed size at most. */
enum { HEAD_BYTES = 256, JSON_BYTES = 512 };

static char *put(char *p, const char *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

static char *put_owner(char *p, uint32_t id)
{
	if (id == ISOKIT_NO_OWNER)
		return put(p, "     -", 6);
	*p++ = ' ';
	return report_put_number(p, id, 5);
}

static char *put_attributes(char *p, const struct isokit_entry *e)
{
	*p++ = type_letter(e->type);
	if (e->has_posix) {
		permission_letters(e->mode, p);
		p = report_put_number(p + 9, e->links, 4);
		p = put_owner(put_owner(p, e->uid), e->gid);
	} else {
		/* The name space has none: say so rather than make them up. */
		p = put(p, "---------   -     -     -", 25);
	}
	if (e->type == ISOKIT_BLOCK || e->type == ISOKIT_CHAR) {
		p = report_put_number(p, e->dev_major, 8);
		*p++ = ',';
		return report_put_number(p, e->dev_minor, 4);
	}
	return report_put_number(p, e->bytes, 13);
}

static char *put_date(char *p, const struct isokit_time *t)
{
	unsigned year = (unsigned)t->year;

	if (!t->set)
		return put(p, "                -", 17);
	*p++ = ' ';
	p = report_put_two(p, year / 100);
	p = report_put_two(p, year);
	*p++ = '-';
	p = report_put_two(p, t->month);
	*p++ = '-';
	p = report_put_two(p, t->day);
	*p++ = ' ';
	p = report_put_two(p, t->hour);
	*p++ = ':';
	return report_put_two(p, t->minute);
}

/* Behind the name with -v: "  acl=… xattr=user.a,user.b xa=form2 apple=TEXT/ttxt" */
static void add_other(struct report_out *o, const struct isokit_attributes *a)
{
	report_out_str(o, " ");
	if (a->acl) {
		report_out_str(o, " acl=");
		report_out_str(o, a->acl);
	}
	for (size_t i = 0; i < a->n_xattrs; i++) {
		report_out_str(o, i ? "," : " xattr=");
		report_out_escaped(o, a->xattrs[i], strlen(a->xattrs[i]));
	}
	if (a->has_xa)
		report_out_str(o, a->xa_attributes & 0x4000 ? " xa=cdda" :
				  a->xa_attributes & 0x1000 ? " xa=form2" : " xa=form1");
	if (a->has_apple) {
		report_out_str(o, " apple=");
		report_out_escaped(o, a->apple_type, 4);
		report_out_char(o, '/');
		report_out_escaped(o, a->apple_creator, 4);
	}
}

enum isokit_status isokit_report_entry_text(const struct isokit_entry *entry,
					    const struct isokit_report_options *options,
					    isokit_write_fn write, void *ctx)
{
	struct report_out o;
	char *p;

	report_out_start(&o, write, ctx);
	p = put_date(put_attributes(report_out_room(&o, HEAD_BYTES), entry), &entry->mtime);
	if (options->verbose) {
		p = report_put_number(put(p, " [", 2),
				      entry->n_extents && entry->extents[0].lba != ISOKIT_HOLE ?
					      entry->extents[0].lba : 0, 8);
		*p++ = ']';
	}
	*p++ = ' ';
	report_out_took(&o, p);
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
	if (options->verbose && entry->attributes)
		add_other(&o, entry->attributes);
	report_out_char(&o, '\n');
	return report_out_end(&o);
}

#define PUT(p, literal) put(p, literal, sizeof(literal) - 1)

static char *put_json_number(char *p, uint64_t n)
{
	return report_put_number(p, n, 0);
}

/* The numbers of a file: all that has a fixed size at most. */
static char *put_json_attributes(char *p, const struct isokit_entry *e)
{
	const char *type = isokit_file_type_name(e->type);

	p = PUT(p, ",\"type\":\"");
	p = put(p, type, strlen(type));
	p = put_json_number(PUT(p, "\",\"size\":"), e->bytes);
	if (e->has_posix) {
		p = put_json_number(PUT(p, ",\"mode\":"), e->mode & 07777);
		if (e->uid != ISOKIT_NO_OWNER)
			p = put_json_number(PUT(p, ",\"uid\":"), e->uid);
		if (e->gid != ISOKIT_NO_OWNER)
			p = put_json_number(PUT(p, ",\"gid\":"), e->gid);
		p = put_json_number(PUT(p, ",\"links\":"), e->links);
	}
	if (e->inode)
		p = put_json_number(PUT(p, ",\"inode\":"), e->inode);
	p = report_put_time(PUT(p, ",\"mtime\":\""), &e->mtime, true);
	return PUT(p, "\",\"extents\":[");
}

static char *put_json_extent(char *p, const struct isokit_extent *e)
{
	*p++ = '{';
	if (e->lba != ISOKIT_HOLE) {
		p = put_json_number(PUT(p, "\"lba\":"), e->lba);
		*p++ = ',';
	}
	p = put_json_number(PUT(p, "\"size\":"), e->bytes);
	if (e->skip_bytes)
		p = put_json_number(PUT(p, ",\"offset\":"), e->skip_bytes);
	*p++ = '}';
	return p;
}

enum { XA_FORM2 = 0x1000, XA_INTERLEAVED = 0x2000, XA_CDDA = 0x4000 };

static void json_attributes(struct json *j, const struct isokit_attributes *a)
{
	if (a->acl)
		json_text(j, "acl", a->acl);
	if (a->n_xattrs) {
		json_open(j, "xattr", '[');
		for (size_t i = 0; i < a->n_xattrs; i++)
			json_bytes_str(j, NULL, a->xattrs[i]);
		json_close(j, ']');
	}
	if (a->has_xa) {
		json_open(j, "xa", '{');
		json_number(j, "attributes", a->xa_attributes);
		json_number(j, "file_number", a->xa_file_number);
		json_bool(j, "form2", a->xa_attributes & XA_FORM2);
		json_bool(j, "interleaved", a->xa_attributes & XA_INTERLEAVED);
		json_bool(j, "cdda", a->xa_attributes & XA_CDDA);
		json_close(j, '}');
	}
	if (a->has_apple) {
		json_open(j, "apple", '{');
		json_text(j, "type", a->apple_type);
		json_text(j, "creator", a->apple_creator);
		json_number(j, "finder_flags", a->finder_flags);
		json_close(j, '}');
	}
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
	report_out_took(&o, put_json_attributes(report_out_room(&o, JSON_BYTES), entry));
	for (size_t i = 0; i < entry->n_extents; i++) {
		if (i)
			report_out_char(&o, ',');
		report_out_took(&o, put_json_extent(report_out_room(&o, HEAD_BYTES),
						    &entry->extents[i]));
	}
	report_out_char(&o, ']');
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
	if (entry->attributes)
		json_attributes(&j, entry->attributes);
	if (entry->has_streams)
		json_bool(&j, "streams", true);
	json_close(&j, '}');
	report_out_char(&o, '\n');
	return report_out_end(&o);
}
