/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which system is this? Only files that say so are believed, each by the form that
 * its distribution gives it; the first that names a distribution decides. */
#include "model/content.h"

#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"

static const struct piece nothing = { NULL, 0 };

/* ---- pieces of it ----------------------------------------------------------------- */

static struct piece whole(const struct content *c)
{
	return (struct piece){ c->text, c->text_bytes };
}

static struct piece first_line(const struct content *c)
{
	struct piece line = nothing;
	size_t at = 0;

	while (content_line(c->text, c->text_bytes, &at, &line) && !line.n)
		;
	return line;
}

static struct piece value(const struct content *c, const char *section, const char *key,
			  char separator)
{
	return content_value(c->text, c->text_bytes, section, key, separator, NULL);
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static struct piece up_to(struct piece p, size_t n)
{
	return (struct piece){ p.p, n < p.n ? n : p.n };
}

static struct piece from(struct piece p, size_t n)
{
	return n < p.n ? (struct piece){ p.p + n, p.n - n } : nothing;
}

/* ---- one file each -------------------------------------------------------------------- */

/* Debian, Ubuntu and what comes from them:
 * NAME RELEASE [LTS] "Code Name" - KIND ARCHITECTURE … */
static bool disk_info_line(struct content *c, enum content_file id, struct piece line)
{
	/* Official Debian live images put "Official" first. */
	struct piece text = content_begins(line, "Official ") ? from(line, 9) : line;
	struct piece words = text, word, before = nothing, release = nothing;
	size_t quote = content_find(text, "\""), dash = content_find(text, " - ");
	size_t end = min_u64(quote, dash);

	while (content_word(&words, &word) && (size_t)(word.p - text.p) < end) {
		if (is_digit(word.p[0]) || (word.n > 1 && word.p[0] == 'v' && is_digit(word.p[1]))) {
			release = word;
			break;
		}
	}
	before = up_to(text, release.p ? (size_t)(release.p - text.p) : end);
	if (release.p && content_begins(words, " LTS"))
		release.n += 4;
	c->c.distribution = content_keep(c, before);
	if (!c->c.distribution)
		return false;
	c->c.release = content_keep(c, release);
	if (quote != SIZE_MAX) {
		struct piece name = from(text, quote + 1);

		c->c.edition = content_keep(c, up_to(name, content_find(name, "\"")));
	}
	words = dash == SIZE_MAX ? text : from(text, dash + 3);
	while (content_word(&words, &word)) {
		if (!c->c.architecture && content_is_architecture(word))
			c->c.architecture = content_keep(c, word);
	}
	content_evidence(c, id, line);
	return true;
}

/* Proxmox writes shell variables there. */
static bool proxmox(struct content *c, enum content_file id)
{
	struct piece line, release,
		name = content_value(c->text, c->text_bytes, NULL, "PRODUCTLONG", '=', &line);

	if (!name.p)
		return false;
	c->c.distribution = content_keep(c, name);
	release = value(c, NULL, "RELEASE", '=');
	c->c.release = content_keep(c, release);
	c->c.kind = "installer";
	content_evidence(c, id, line);
	return c->c.distribution != NULL;
}

static bool disk_info(struct content *c, enum content_file id)
{
	return proxmox(c, id) || disk_info_line(c, id, first_line(c));
}

/* #define DISKNAME  Ubuntu 22.04 LTS "Jammy Jellyfish" - Release amd64 */
static bool diskdefines(struct content *c, enum content_file id)
{
	struct piece name = value(c, NULL, "#define DISKNAME", ' ');

	if (!name.p || !disk_info_line(c, id, name))
		return false;
	if (!c->c.architecture)
		c->c.architecture = content_keep(c, value(c, NULL, "#define ARCH", ' '));
	return true;
}

/* productmd's .treeinfo: Fedora, Red Hat and their like */
static bool treeinfo(struct content *c, enum content_file id)
{
	struct piece line, name;

	name = content_value(c->text, c->text_bytes, "general", "family", '=', &line);
	if (!name.p)
		name = content_value(c->text, c->text_bytes, "release", "name", '=', &line);
	if (!name.p)
		return false;
	c->c.distribution = content_keep(c, name);
	content_evidence(c, id, line);
	name = value(c, "general", "version", '=');
	c->c.release = content_keep(c, name.p ? name : value(c, "release", "version", '='));
	c->c.edition = content_keep(c, value(c, "general", "variant", '='));
	name = value(c, "general", "arch", '=');
	c->c.architecture = content_keep(c, name.p ? name : value(c, "tree", "arch", '='));
	return c->c.distribution != NULL;
}

/* "Red Hat Enterprise Linux 9.3": the number at the end is the release. */
static bool name_and_release(struct content *c, struct piece text)
{
	size_t n = text.n;

	while (n && text.p[n - 1] != ' ')
		n--;
	if (n && is_digit(text.p[n])) {
		c->c.distribution = content_keep(c, up_to(text, n));
		c->c.release = content_keep(c, from(text, n));
	} else {
		c->c.distribution = content_keep(c, text);
	}
	return c->c.distribution != NULL;
}

/* anaconda's .discinfo: a time stamp, the name, the architecture, a line each */
static bool discinfo(struct content *c, enum content_file id)
{
	struct piece stamp, name, architecture;
	size_t at = 0;

	if (!content_line(c->text, c->text_bytes, &at, &stamp) || !stamp.n ||
	    !is_digit(stamp.p[0]) || !content_line(c->text, c->text_bytes, &at, &name) ||
	    !name.n || is_digit(name.p[0]) || !name_and_release(c, name))
		return false;
	if (content_line(c->text, c->text_bytes, &at, &architecture) &&
	    content_is_architecture(architecture))
		c->c.architecture = content_keep(c, architecture);
	content_evidence(c, id, name);
	return true;
}

static bool media_repo(struct content *c, enum content_file id)
{
	struct piece line, name = content_value(c->text, c->text_bytes, "InstallMedia", "name", '=',
						&line);

	if (!name.p || !name_and_release(c, name))
		return false;
	content_evidence(c, id, line);
	return true;
}

/* "/ openSUSE-Leap 15.5-1": directory, name, version */
static bool products(struct content *c, enum content_file id)
{
	struct piece line = first_line(c), rest = line, word, name;

	if (!content_word(&rest, &word) || !content_is(word, "/") || !content_word(&rest, &name) ||
	    !content_word(&rest, &word))
		return false;
	c->c.distribution = content_keep(c, name);
	c->c.release = content_keep(c, up_to(word, content_find(word, "-")));
	content_evidence(c, id, line);
	return c->c.distribution != NULL;
}

/* SUSE before 15: LABEL openSUSE 12.1, VERSION 12.1, BASEARCHS x86_64 */
static bool suse_content(struct content *c, enum content_file id)
{
	struct piece line, name = content_value(c->text, c->text_bytes, NULL, "LABEL", ' ', &line);

	if (!name.p || (!value(c, NULL, "DISTRO", ' ').p && !value(c, NULL, "CONTENTSTYLE", ' ').p))
		return false;
	(void)name_and_release(c, name);
	c->c.architecture = content_keep(c, value(c, NULL, "BASEARCHS", ' '));
	content_evidence(c, id, line);
	return c->c.distribution != NULL;
}

static bool os_release(struct content *c, enum content_file id)
{
	struct piece line, name = content_value(c->text, c->text_bytes, NULL, "NAME", '=', &line);

	if (!name.p)
		return false;
	c->c.distribution = content_keep(c, name);
	c->c.release = content_keep(c, value(c, NULL, "VERSION_ID", '='));
	c->c.edition = content_keep(c, value(c, NULL, "VARIANT", '='));
	content_evidence(c, id, line);
	return c->c.distribution != NULL;
}

/* archiso: the version alone; whose it is stands in the block for GRUB beside it. */
static bool arch(struct content *c, enum content_file id)
{
	c->c.release = content_keep(c, first_line(c));
	content_evidence(c, id, first_line(c));
	c->c.distribution = "Arch Linux";
	if (content_has(c, CONTENT_ARCH_X64))
		c->c.architecture = "x86_64";
	c->c.kind = "live";
	if (content_read(c, CONTENT_ARCH_GRUBENV)) {
		struct piece line,
			name = content_value(c->text, c->text_bytes, NULL, "NAME", '=', &line);

		if (name.p && !content_is(name, "archlinux")) {
			c->c.distribution = content_keep(c, name);
			content_evidence(c, CONTENT_ARCH_GRUBENV, line);
		}
	}
	return c->c.distribution != NULL;
}

static bool system_rescue(struct content *c, enum content_file id)
{
	c->c.distribution = "SystemRescue";
	c->c.release = content_keep(c, first_line(c));
	c->c.kind = "rescue";
	content_evidence(c, id, first_line(c));
	return true;
}

/* "alpine-standard-3.19.1 240126" */
static bool alpine(struct content *c, enum content_file id)
{
	struct piece line = first_line(c), rest = line, word;
	size_t dash;

	if (!content_word(&rest, &word))
		return false;
	c->c.distribution = "Alpine Linux";
	for (dash = word.n; dash && word.p[dash - 1] != '-'; dash--)
		;
	if (dash && dash < word.n && is_digit(word.p[dash])) {
		c->c.release = content_keep(c, from(word, dash));
		if (content_begins(word, "alpine-") && dash > 8)
			c->c.edition = content_keep(
				c, (struct piece){ word.p + 7, dash - 8 });
	}
	c->c.architecture = content_has(c, CONTENT_APKS_X64)  ? "x86_64" :
			    content_has(c, CONTENT_APKS_AA64) ? "aarch64" :
			    content_has(c, CONTENT_APKS_X86)  ? "x86" :
								NULL;
	if (!c->c.architecture && content_has(c, CONTENT_APKS_OTHER)) {
		const char *path = c->files[CONTENT_APKS_OTHER].path;

		c->c.architecture = strrchr(path, '/') + 1;
	}
	c->c.kind = "live";
	content_evidence(c, id, line);
	return true;
}

/* "clonezilla-live-3.1.2-9-amd64": name, release, architecture */
static bool live_version(struct content *c, const char *name, const char *prefix,
			 enum content_file id)
{
	struct piece line = first_line(c), rest = line, word, release;
	size_t dash;

	if (!content_word(&rest, &word) || !content_begins(word, prefix))
		return false;
	release = from(word, strlen(prefix));
	for (dash = release.n; dash && release.p[dash - 1] != '-'; dash--)
		;
	if (dash && content_is_architecture(from(release, dash))) {
		c->c.architecture = content_keep(c, from(release, dash));
		release.n = dash - 1;
	}
	c->c.distribution = name;
	c->c.release = content_keep(c, release);
	c->c.kind = "rescue";
	content_evidence(c, id, line);
	return true;
}

static bool clonezilla(struct content *c, enum content_file id)
{
	return live_version(c, "Clonezilla live", "clonezilla-live-", id);
}

static bool gparted(struct content *c, enum content_file id)
{
	return live_version(c, "GParted live", "gparted-live-", id);
}

static bool nixos(struct content *c, enum content_file id)
{
	if (!content_has(c, CONTENT_NIX_STORE))
		return false;
	c->c.distribution = "NixOS";
	c->c.release = content_keep(c, first_line(c));
	c->c.kind = "live";
	content_evidence(c, id, first_line(c));
	return true;
}

/* "MX-23.2_x64 Libretto January 21, 2024" */
static bool antix(struct content *c, enum content_file id)
{
	struct piece line = first_line(c), word = line;
	size_t dash = content_find(line, "-"), end;

	if (!content_has(c, CONTENT_ANTIX) || dash == SIZE_MAX || dash == 0)
		return false;
	c->c.distribution = content_keep(c, up_to(line, dash));
	word = from(line, dash + 1);
	end = min_u64(content_find(word, "_"), content_find(word, " "));
	c->c.release = content_keep(c, up_to(word, end));
	if (end < word.n && word.p[end] == '_') {
		word = from(word, end + 1);
		c->c.architecture = content_keep(c, up_to(word, content_find(word, " ")));
	}
	c->c.kind = "live";
	content_evidence(c, id, line);
	return c->c.distribution != NULL;
}

static bool knoppix(struct content *c, enum content_file id)
{
	if (!content_has(c, CONTENT_KNOPPIX))
		return false;
	c->c.distribution = "Knoppix";
	c->c.release = content_keep(c, first_line(c));
	c->c.kind = "live";
	content_evidence(c, id, first_line(c));
	return true;
}

/* A shell script with USERLAND_VERSION="14.0-RELEASE"; the processor is in the head
 * of the kernel (ELF e_machine). */
static bool freebsd(struct content *c, enum content_file id)
{
	struct piece line,
		v = content_value(c->text, c->text_bytes, NULL, "USERLAND_VERSION", '=', &line);

	if (!v.p)
		return false;
	c->c.distribution = "FreeBSD";
	c->c.release = content_keep(c, v);
	c->c.kind = content_has(c, CONTENT_FREEBSD_DIST) ? "installer" : NULL;
	content_evidence(c, id, line);
	if (content_read(c, CONTENT_FREEBSD_KERNEL) && c->text_bytes > 20 &&
	    memcmp(c->text, "\x7f""ELF", 4) == 0) {
		switch ((uint8_t)c->text[18]) {
		case 62: c->c.architecture = "amd64"; break;
		case 3: c->c.architecture = "i386"; break;
		case 183: c->c.architecture = "aarch64"; break;
		case 243: c->c.architecture = "riscv"; break;
		default: break;
		}
	}
	return true;
}

/* set image /7.4/amd64/bsd.rd */
static bool openbsd(struct content *c, enum content_file id)
{
	struct piece line = first_line(c), path;
	size_t slash, at = content_find(line, "image /");

	if (at == SIZE_MAX || content_find(line, "/bsd") == SIZE_MAX)
		return false;
	path = from(line, at + 7);
	slash = content_find(path, "/");
	c->c.release = content_keep(c, up_to(path, slash));
	path = from(path, slash == SIZE_MAX ? path.n : slash + 1);
	c->c.architecture = content_keep(c, up_to(path, content_find(path, "/")));
	c->c.distribution = "OpenBSD";
	c->c.kind = "installer";
	content_evidence(c, id, line);
	return true;
}

/* NetBSD: banner=Welcome to the NetBSD 9.3 installation image; ESXi has a file of
 * the same name: title=Loading ESXi installer, build=8.0.2-0.0.22380479 */
static bool boot_cfg(struct content *c, enum content_file id)
{
	struct piece line = nothing, title, word;
	size_t at = content_find(whole(c), "NetBSD "), text_at = 0;

	title = content_value(c->text, c->text_bytes, NULL, "title", '=', &line);
	if (title.p && content_find(title, "ESXi") != SIZE_MAX) {
		c->c.distribution = "VMware ESXi";
		c->c.release = content_keep(c, value(c, NULL, "build", '='));
		c->c.kind = "installer";
		content_evidence(c, id, line);
		return true;
	}
	if (at == SIZE_MAX)
		return false;
	while (content_line(c->text, c->text_bytes, &text_at, &line) &&
	       content_find(line, "NetBSD ") == SIZE_MAX)
		;
	c->c.distribution = "NetBSD";
	title = from(line, content_find(line, "NetBSD ") + 7);
	if (content_word(&title, &word) && is_digit(word.p[0]))
		c->c.release = content_keep(c, word);
	if (content_find(whole(c), "install") != SIZE_MAX)
		c->c.kind = "installer";
	content_evidence(c, id, line);
	return true;
}

/* Files whose being there says it, of systems that write their name nowhere. */
static bool by_presence(struct content *c)
{
	static const struct {
		enum content_file id;
		const char *name, *architecture, *kind;
	} known[] = {
		{ CONTENT_MISO, "Manjaro", NULL, "live" },
		{ CONTENT_SLACKWARE64, "Slackware", "x86_64", "installer" },
		{ CONTENT_SLACKWARE, "Slackware", "i586", "installer" },
		{ CONTENT_NIX_STORE, "NixOS", NULL, "live" },
		{ CONTENT_KNOPPIX, "Knoppix", NULL, "live" },
		{ CONTENT_TAILS, "Tails", NULL, "live" },
		{ CONTENT_COREOS, "Fedora CoreOS or its kin", NULL, "live" },
		{ CONTENT_REACTOS, "ReactOS", NULL, "installer" },
		{ CONTENT_PORTEUS, "Porteus", NULL, "live" },
		{ CONTENT_SLAX, "Slax", NULL, "live" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!content_has(c, known[i].id))
			continue;
		c->c.distribution = known[i].name;
		c->c.architecture = known[i].architecture;
		c->c.kind = known[i].kind;
		content_evidence(c, known[i].id, nothing);
		if (known[i].kind && strcmp(known[i].name, "Slackware") == 0 &&
		    content_has(c, CONTENT_SLACK_ANNOUNCE)) {
			const char *path = c->files[CONTENT_SLACK_ANNOUNCE].path;
			const char *name = strchr(path, '.') + 1;

			c->c.release = content_keep(c, (struct piece){ name, strlen(name) });
			content_evidence(c, CONTENT_SLACK_ANNOUNCE, nothing);
		}
		return true;
	}
	if (content_has(c, CONTENT_GENTOO) && content_has(c, CONTENT_IMAGE_SQUASHFS)) {
		c->c.distribution = "Gentoo";
		c->c.kind = "live";
		content_evidence(c, CONTENT_GENTOO, nothing);
		return true;
	}
	return false;
}

/* ---- all of it --------------------------------------------------------------------------- */

/* What gives away how the system is used: an installer's files or a live system's. */
static void find_kind(struct content *c)
{
	static const struct {
		enum content_file id;
		const char *kind;
	} marks[] = {
		{ CONTENT_INSTALL_IMG, "installer" }, { CONTENT_CASPER, "live" },
		{ CONTENT_LIVE_SQUASHFS, "live" },    { CONTENT_LIVE_OTHER, "live" },
		{ CONTENT_LIVEOS, "live" },	      { CONTENT_LIVEOS_ROOT, "live" },
		{ CONTENT_IMAGE_SQUASHFS, "live" },   { CONTENT_INSTALL_AMD, "installer" },
		{ CONTENT_INSTALL_386, "installer" }, { CONTENT_INSTALL_A64, "installer" },
		{ CONTENT_INSTALL_OTHER, "installer" }, { CONTENT_DI, "installer" },
		/* These count where they could be read. */
		{ CONTENT_TREEINFO, "installer" },    { CONTENT_MEDIA_REPO, "installer" },
		{ CONTENT_PRODUCTS, "installer" },    { CONTENT_SUSE_CONTENT, "installer" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !c->c.kind; i++) {
		if (!content_has(c, marks[i].id) ||
		    (!c->c.distribution && i + 4 >= sizeof(marks) / sizeof(marks[0])))
			continue;
		c->c.kind = marks[i].kind;
		content_evidence(c, marks[i].id, nothing);
	}
	/* Ubuntu Server's installer runs from a live system. */
	if (c->c.kind && c->c.distribution && content_has(c, CONTENT_CASPER) &&
	    content_find((struct piece){ c->c.distribution, strlen(c->c.distribution) }, "server") !=
		    SIZE_MAX)
		c->c.kind = "installer";
}

/* "Start Fedora-Workstation-Live 39": the menu of a live system names it. */
static bool find_title(struct content *c)
{
	static const enum content_file menus[] = {
		CONTENT_TITLE_GRUB2, CONTENT_TITLE_GRUB, CONTENT_TITLE_EFI,
		CONTENT_TITLE_ISOLINUX, CONTENT_TITLE_BOOT_ISOLINUX, CONTENT_TITLE_SYSLINUX,
	};
	static const char *const verbs[] = { "Start ", "Boot ", "Try or Install ", "Try ",
					     "Install ", "Run " };

	for (size_t i = 0; i < sizeof(menus) / sizeof(menus[0]); i++) {
		struct piece line, title = nothing;
		size_t at = 0;

		if (!content_read(c, menus[i]))
			continue;
		while (!title.p && content_line(c->text, c->text_bytes, &at, &line)) {
			if (content_begins(line, "menu title "))
				title = from(line, 11);
			else if (content_begins(line, "menuentry ") && line.n > 11)
				title = up_to(from(line, 11),
					      content_find(from(line, 11),
							   line.p[10] == '"' ? "\"" : "'"));
		}
		title = content_trim(title);
		for (size_t k = 0; k < sizeof(verbs) / sizeof(verbs[0]); k++) {
			if (content_begins(title, verbs[k])) {
				title = from(title, strlen(verbs[k]));
				break;
			}
		}
		if (title.n < 3 || !name_and_release(c, title))
			continue;
		content_evidence(c, menus[i], line);
		return true;
	}
	return false;
}

static bool recognise(struct content *c)
{
	static const struct {
		enum content_file id;
		bool (*read)(struct content *c, enum content_file id);
	} known[] = {
		{ CONTENT_CD_INFO, proxmox },	    { CONTENT_CLONEZILLA, clonezilla },
		{ CONTENT_GPARTED, gparted },	    { CONTENT_SYSRESCUE, system_rescue },
		{ CONTENT_DISK_INFO, disk_info },   { CONTENT_TREEINFO, treeinfo },
		{ CONTENT_DISCINFO, discinfo },	    { CONTENT_MEDIA_REPO, media_repo },
		{ CONTENT_PRODUCTS, products },	    { CONTENT_SUSE_CONTENT, suse_content },
		{ CONTENT_ARCH_VERSION, arch },	    { CONTENT_ALPINE, alpine },
		{ CONTENT_NIXOS_VERSION, nixos },   { CONTENT_VERSION, antix },
		{ CONTENT_KNOPPIX_VERSION, knoppix }, { CONTENT_FREEBSD_VERSION, freebsd },
		{ CONTENT_OPENBSD_BOOT, openbsd },  { CONTENT_NETBSD_BOOT, boot_cfg },
		{ CONTENT_OS_RELEASE, os_release }, { CONTENT_USR_OS_RELEASE, os_release },
		{ CONTENT_DISKDEFINES, diskdefines },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (content_read(c, known[i].id) && known[i].read(c, known[i].id))
			return true;
		if (c->status)
			return false;
		/* What a form left behind that it then did not have. */
		c->c = (struct isokit_content){ .n_evidence = 0 };
	}
	return content_windows(c) || by_presence(c);
}

/* A boot image that is a whole program of its own. */
static void find_program(struct content *c)
{
	const struct isokit_el_torito *et = &c->img->facts.el_torito;

	for (size_t i = 0; i < et->n_entries; i++) {
		const struct isokit_boot_entry *e = &et->entries[i];

		if (!e->loader || strncmp(e->loader, "memtest86", 9) != 0)
			continue;
		c->c.distribution = e->loader[9] ? "Memtest86+" : "Memtest86";
		c->c.kind = "memory-test";
		if (e->path && c->c.n_evidence < CONTENT_MAX_EVIDENCE)
			c->evidence[c->c.n_evidence++] = (struct isokit_evidence){
				.path = e->path,
			};
		return;
	}
}

static enum isokit_status look(struct content *c, enum isokit_namespace_kind ns)
{
	enum isokit_status st = content_find_files(c, ns);

	if (st)
		return st;
	if (!recognise(c) && !c->status) {
		find_program(c);
		if (!c->c.distribution) {
			find_kind(c);
			if (c->c.kind)
				(void)find_title(c);
		}
	} else {
		find_kind(c);
	}
	return c->status;
}

enum isokit_status model_content(struct isokit_image *img, struct isokit_error *err)
{
	const struct isokit_namespace *spaces = img->facts.namespaces;
	enum isokit_namespace_kind best = isokit_image_best_namespace(img);
	struct content *c = arena_alloc(&img->arena, sizeof(*c));
	enum isokit_status st = ISOKIT_OK;

	if (!c)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*c));
	c->img = img;
	c->err = err;
	if (spaces[best].present && (spaces[best].volume || best == ISOKIT_NS_UDF))
		st = look(c, best);
	/* Windows puts its files into UDF alone; ISO 9660 shows a README. */
	if (!st && !c->c.distribution && !c->c.kind && best != ISOKIT_NS_UDF &&
	    spaces[ISOKIT_NS_UDF].present)
		st = look(c, ISOKIT_NS_UDF);
	if (st || (!c->c.distribution && !c->c.kind))
		return st;
	img->facts.content = c->c;
	img->facts.content.evidence = c->evidence;
	return ISOKIT_OK;
}
