/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows install media: its files, and the XML inside install.wim that names
 * editions, architecture and build. The layout of the header is that of Microsoft's
 * "Windows Imaging File Format"; all numbers are little-endian. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "model/content.h"

enum {
	WIM_HEADER_BYTES = 208,
	WIM_XML_ENTRY = 0x48,         /* resource entry of the XML data */
	MOST_XML_BYTES = 128 * 1024,  /* of twenty editions: about 60 KiB */
};

/* The contents of the first <tag> from byte *at of a text on. */
static struct piece element(struct piece xml, const char *open, const char *close)
{
	size_t from = content_find(xml, open), to;

	if (from == SIZE_MAX)
		return (struct piece){ NULL, 0 };
	xml.p += from + strlen(open);
	xml.n -= from + strlen(open);
	to = content_find(xml, close);
	return (struct piece){ to == SIZE_MAX ? NULL : xml.p, to == SIZE_MAX ? 0 : to };
}

static const char *architecture_name(struct piece number)
{
	static const struct {
		const char *number, *name;
	} known[] = {
		{ "0", "x86" }, { "5", "arm" }, { "6", "ia64" }, { "9", "x64" }, { "12", "arm64" },
	};

	for (size_t i = 0; number.p && i < sizeof(known) / sizeof(known[0]); i++) {
		if (content_is(number, known[i].number))
			return known[i].name;
	}
	return NULL;
}

/* "10.0.22631.2428", out of <VERSION>. */
static const char *version_text(struct content *c, struct piece version)
{
	static const char *const parts[][2] = {
		{ "<MAJOR>", "</MAJOR>" }, { "<MINOR>", "</MINOR>" },
		{ "<BUILD>", "</BUILD>" }, { "<SPBUILD>", "</SPBUILD>" },
	};
	char text[64];
	size_t n = 0;

	for (size_t i = 0; version.p && i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct piece p = element(version, parts[i][0], parts[i][1]);

		if (!p.p || p.n > 8)
			break;
		if (n)
			text[n++] = '.';
		memcpy(text + n, p.p, p.n);
		n += p.n;
	}
	return n ? content_keep(c, (struct piece){ text, n }) : NULL;
}

static void read_xml(struct content *c, enum content_file id, struct piece xml)
{
	struct piece image = element(xml, "<IMAGE INDEX", "</IMAGE>"), name;

	if (!image.p)
		return;
	name = element(image, "<DISPLAYNAME>", "</DISPLAYNAME>");
	if (!name.p)
		name = element(image, "<NAME>", "</NAME>");
	c->c.architecture = architecture_name(element(image, "<ARCH>", "</ARCH>"));
	c->c.release = version_text(c, element(image, "<VERSION>", "</VERSION>"));
	c->c.edition = content_keep(c, name);
	if (name.p)
		content_evidence(c, id, name);
}

/* The XML is UTF-16LE with a byte order mark and, in files of Microsoft's tools, not
 * compressed. */
static void read_wim(struct content *c, enum content_file id)
{
	const struct content_found *f = &c->files[id];
	uint8_t header[WIM_HEADER_BYTES], *raw;
	uint64_t at, bytes;
	size_t got, n;
	char *text;

	c->status = content_read_at(c, id, 0, header, sizeof(header), &got);
	if (c->status || got < sizeof(header) || memcmp(header, "MSWIM\0\0\0", 8) != 0)
		return;
	bytes = get_le64(header + WIM_XML_ENTRY) & 0xffffffffffffff; /* then 8 bits of flags */
	at = get_le64(header + WIM_XML_ENTRY + 8);
	if (header[WIM_XML_ENTRY + 7] & 4 || bytes < 4 || !range_inside(at, bytes, f->bytes))
		return;
	n = (size_t)min_u64(bytes, MOST_XML_BYTES);
	raw = malloc(n);
	text = malloc(n * 3 / 2 + 4);
	if (!raw || !text)
		c->status = isokit_fail_nomem(c->err, "install.wim", n);
	else
		c->status = content_read_at(c, id, at, raw, n, &got);
	if (!c->status && got >= 4) {
		for (size_t i = 0; i + 1 < got; i += 2) {
			uint8_t low = raw[i];

			raw[i] = raw[i + 1];
			raw[i + 1] = low;
		}
		read_xml(c, id, (struct piece){ text, utf16be_to_utf8(raw, got & ~(size_t)1, text) });
	}
	free(raw);
	free(text);
}

static void note_files(struct content *c)
{
	static const enum content_file installs[] = { CONTENT_WIN_INSTALL_WIM,
						      CONTENT_WIN_INSTALL_ESD,
						      CONTENT_WIN_INSTALL_SWM };
	struct isokit_windows *w = &c->img->facts.windows;
	bool loader = content_has(c, CONTENT_WIN_BOOTMGR) ||
		      content_has(c, CONTENT_WIN_BOOTMGR_EFI) ||
		      content_has(c, CONTENT_WIN_CDBOOT) || content_has(c, CONTENT_WIN_EFISYS);

	for (size_t i = 0; i < sizeof(installs) / sizeof(installs[0]) && !w->install_path; i++) {
		w->install_path = c->files[installs[i]].path;
		w->install_bytes = c->files[installs[i]].bytes;
	}
	w->present = loader && (w->install_path || content_has(c, CONTENT_WIN_BOOT_WIM));
	if (!w->present) {
		*w = (struct isokit_windows){ .present = false };
		return;
	}
	w->bootmgr = content_has(c, CONTENT_WIN_BOOTMGR);
	w->efi_loader = content_has(c, CONTENT_EFI_X64) || content_has(c, CONTENT_EFI_IA32) ||
			content_has(c, CONTENT_EFI_AA64);
}

bool content_windows(struct content *c)
{
	const struct isokit_windows *w = &c->img->facts.windows;
	static const struct piece nothing = { NULL, 0 };

	note_files(c);
	if (!w->present) {
		enum content_file id = content_has(c, CONTENT_WIN_TXTSETUP64) ?
					       CONTENT_WIN_TXTSETUP64 :
					       CONTENT_WIN_TXTSETUP;

		if (!content_has(c, id)) /* Windows 2000 to Server 2003 */
			return false;
		c->c.distribution = "Windows";
		c->c.architecture = id == CONTENT_WIN_TXTSETUP ? "x86" : "x64";
		c->c.kind = "installer";
		content_evidence(c, id, nothing);
		return true;
	}
	c->c.distribution = "Windows";
	if (w->install_path) {
		enum content_file id = content_has(c, CONTENT_WIN_INSTALL_WIM) ?
					       CONTENT_WIN_INSTALL_WIM :
				       content_has(c, CONTENT_WIN_INSTALL_ESD) ?
					       CONTENT_WIN_INSTALL_ESD :
					       CONTENT_WIN_INSTALL_SWM;

		c->c.kind = "installer";
		read_wim(c, id);
		if (!c->c.edition)
			content_evidence(c, id, nothing);
	} else {
		c->c.kind = "rescue"; /* Windows PE alone */
		c->c.edition = content_has(c, CONTENT_WIN_HIREN) ? "Hiren's BootCD PE" :
								   "Windows PE";
		content_evidence(c, content_has(c, CONTENT_WIN_HIREN) ? CONTENT_WIN_HIREN :
									CONTENT_WIN_BOOT_WIM,
				 nothing);
	}
	if (!c->status && !c->c.release && content_read(c, CONTENT_WIN_IDWBINFO)) {
		struct piece line, lab = content_value(c->text, c->text_bytes, NULL, "BuildLab", '=',
						       &line);

		if (lab.p) {
			c->c.release = content_keep(c, lab);
			content_evidence(c, CONTENT_WIN_IDWBINFO, line);
		}
	}
	return true;
}
