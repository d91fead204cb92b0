/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an opened image is made of. Only lib/model includes this. */
#ifndef MODEL_IMPL_H
#define MODEL_IMPL_H

#include <isokit/image.h>

#include "base/arena.h"

enum { SECTOR_BYTES = 2048, MODEL_SCRATCH_BYTES = 32768 };

struct isokit_image {
	struct isokit_source *src; /* a cache over the caller's */
	struct isokit_source *direct; /* the caller's, borrowed */
	uint64_t start;            /* byte of src where the image begins */
	struct arena arena;        /* everything facts point at */
	struct isokit_facts facts;
	uint8_t *scratch;          /* see model_scratch() */
	struct isokit_container container; /* where facts.container points */
	struct isokit_image *first; /* another session is shown: the look that found them */
	struct isokit_finding *findings;
	size_t n_findings, capacity_findings;
	bool findings_lost; /* memory ran out or the cap was reached */
	bool counted, checked;
	bool quick; /* opened without any walk through the folders */
	bool opened; /* the facts are complete but for what is counted and checked */
	bool files_unknown; /* so model_files_at() has left folders out */
	struct udf_volume *udf; /* NULL: none that can be read; see udf.h */
	uint32_t fat_links; /* of FAT chains followed so far */
	size_t efi_searched; /* bytes of EFI executables searched for words */
	uint8_t susp_skip; /* bytes before the first field of each system use area */
};

/* Read from the image; offsets are relative to its start. */
enum isokit_status model_read(struct isokit_image *img, uint64_t offset, void *buffer,
			      size_t length, struct isokit_error *err);

/* The same around the cache: what is looked at once takes nobody's place there. */
enum isokit_status model_peek(struct isokit_image *img, uint64_t offset, void *buffer,
			      size_t length, struct isokit_error *err);

/* MODEL_SCRATCH_BYTES for what is read and looked at piece by piece, of the image and
 * the same for all, as new memory costs more than reading into it. NULL without memory. */
uint8_t *model_scratch(struct isokit_image *img, struct isokit_error *err);

/* Record a finding with the severity of its code. `what` is copied; may be
 * NULL. Never fails: a finding that cannot be kept sets findings_lost. At most
 * a few thousand are kept, so that a hostile image cannot fill memory. */
void model_find(struct isokit_image *img, enum isokit_finding_code code, uint64_t offset,
		uint64_t length, const char *what, uint64_t n0, uint64_t n1);

/* The same where the offset is one of the file that the image lies in. model_find()
 * takes offsets in the image and turns them into those of the file. */
void model_find_in_file(struct isokit_image *img, enum isokit_finding_code code, uint64_t offset,
			uint64_t length, const char *what, uint64_t n0, uint64_t n1);

/* A structure needs the image to reach to this byte (exclusive). The largest
 * claim becomes facts.expected; model_claims() compares it with the size.
 * `what` is kept, not copied: a literal or owned by the arena. */
void model_expect(struct isokit_image *img, uint64_t end_bytes, const char *what);

/* Sort the findings and show them in facts. */
void model_findings_publish(struct isokit_image *img);

/* The parts of opening, each in its own file. They return an error only when
 * nothing more can be done (I/O, memory); damage becomes findings. */
enum isokit_status model_volumes(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_namespaces(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_udf(struct isokit_image *img, struct isokit_error *err);
/* Of an image that has img->udf. */
enum isokit_status model_udf_prefer(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_el_torito(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_boot_evidence(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_hfs(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_content(struct isokit_image *img, struct isokit_error *err);
enum isokit_status model_claims(struct isokit_image *img, struct isokit_error *err);

/* Bytes of a logical block of a volume: what its descriptor says where that is
 * lawful (ECMA-119 6.2.2: 512, 1024 or 2048), else 2048. */
uint32_t model_block_bytes(const struct isokit_volume *volume);

/* A volume descriptor as facts, strings in the arena; `joliet` converts them.
 * NULL when memory is refused or the sector is no such descriptor. */
struct isokit_volume *model_volume_from(struct isokit_image *img, const uint8_t *raw,
					uint64_t lba, bool joliet);

/* Say in err what a source without volume descriptors is, as far as its first
 * bytes tell. Returns ISOKIT_E_NOT_ISO, or the status of a failed read. */
enum isokit_status model_refuse(struct isokit_image *img, struct isokit_error *err);

/* Find the sessions behind the one at block 16; called by model_volumes(). */
enum isokit_status model_sessions(struct isokit_image *img, struct isokit_error *err);

/* The best name space whose tree is one of directory records: not UDF. */
enum isokit_namespace_kind model_best_tree(const struct isokit_image *img);

/* For each of n addresses (in 2048-byte sectors): the path of the file whose
 * first extent begins there and its size in bytes, or NULL and 0. Looks into a
 * bounded number of folders of the best name space, those for booting first;
 * through all of them when that did not do and the image is not opened quickly.
 * Paths are owned by the image. */
enum isokit_status model_files_at(struct isokit_image *img, const uint32_t *lbas, size_t n,
				  const char **ret_paths, uint64_t *ret_bytes,
				  struct isokit_error *err);

/* What a look-up of a path came to. */
struct model_found {
	enum {
		MODEL_ABSENT,  /* it is not in the tree */
		MODEL_FOUND,
		MODEL_UNKNOWN, /* more folders would have to be read than are */
	} state;
	enum isokit_file_type type;
	bool plain;            /* a file whose contents are one run of bytes at `offset` */
	uint64_t bytes;        /* size, of a folder: of its extent */
	uint64_t offset;       /* of the first extent of a file, in bytes of the image */
	uint64_t first_bytes;  /* of it and those that follow without a gap */
	const char *path;      /* as recorded; owned by the image */
};

struct model_lookup {
	const char *path; /* "/boot/grub/grub.cfg", in the name space asked; not "/" itself;
			   * a '*' at the end stands for any rest of a name */
	struct model_found found;
};

/* Look up several paths at once, in one reading of the folders that lie on the
 * way: at most 128 KiB of each folder and 384 KiB of all, so the cost does not
 * grow with the tree. `fold_case`: ASCII letters match in either case, the first
 * one recorded counts. A name space that has no tree of this kind (or is not
 * there) has none of the files. */
enum isokit_status model_lookup(struct isokit_image *img, enum isokit_namespace_kind ns,
				bool fold_case, struct model_lookup *wanted, size_t n,
				struct isokit_error *err);

#endif
