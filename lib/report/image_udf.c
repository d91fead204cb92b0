/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a UDF volume says of itself. */
#include "base/text.h"
#include "report/image.h"

static void give(struct row_value *v, const char *words)
{
	v->kind = VALUE_TEXT;
	v->text = words;
}

static void udf_partition(const void *object, struct row_value *v)
{
	switch (((const struct isokit_udf *)object)->partition) {
	case ISOKIT_UDF_PLAIN: give(v, "plain"); return;
	case ISOKIT_UDF_VIRTUAL: give(v, "virtual"); return;
	case ISOKIT_UDF_SPARABLE: give(v, "sparable"); return;
	case ISOKIT_UDF_METADATA: give(v, "metadata"); return;
	}
}

/* Access types, ECMA-167 3/10.5.7 and UDF 2.2.14.2. */
static void udf_access(const void *object, struct row_value *v)
{
	static const char *const words[] = { "pseudo-overwritable", "read-only", "write-once",
					     "rewritable", "overwritable" };
	uint32_t access = ((const struct isokit_udf *)object)->access;

	if (access < sizeof(words) / sizeof(words[0]))
		give(v, words[access]);
}

const struct row report_udf_rows[] = {
	ROW(ROW_U32, isokit_udf, block_bytes, "block_size", NULL),
	ROW(ROW_U64, isokit_udf, blocks, "blocks", NULL),
	ROW_FUNCTION(udf_partition, "partition", NULL),
	ROW_FUNCTION(udf_access, "access", NULL),
	ROW(ROW_BOOL, isokit_udf, closed, "closed", NULL),
	ROW(ROW_BYTES, isokit_udf, volume_id, "primary_volume_id", NULL),
	ROW(ROW_BYTES, isokit_udf, set_id, "set_id", NULL),
	ROW(ROW_BYTES, isokit_udf, application_id, "application_id", NULL),
	ROW(ROW_BYTES, isokit_udf, implementation_id, "implementation_id", NULL),
	ROW(ROW_TIME, isokit_udf, created, "created", NULL),
	ROW(ROW_TIME, isokit_udf, modified, "modified", NULL),
	{ ROW_END },
};

bool report_volume(const struct isokit_facts *f, struct isokit_volume *ret_volume)
{
	const struct isokit_udf *u = &f->udf;

	*ret_volume = (struct isokit_volume){ 0 };
	if (f->primary) {
		*ret_volume = *f->primary;
		return true;
	}
	ret_volume->id = f->namespaces[ISOKIT_NS_UDF].volume_id;
	if (!u->present)
		return false;
	ret_volume->set_id = u->set_id;
	ret_volume->application_id = u->application_id;
	ret_volume->block_size = u->block_bytes;
	ret_volume->blocks = u->blocks < UINT32_MAX ? (uint32_t)u->blocks : UINT32_MAX;
	ret_volume->created = u->created;
	ret_volume->modified = u->modified;
	return true;
}

/* "UDF: write-once, virtual partition, not closed; by Linux UDFFS" */
void report_udf_text(struct screen *s, const struct isokit_udf *u)
{
	static const char *const kinds[] = {
		[ISOKIT_UDF_VIRTUAL] = ", blocks through a virtual allocation table",
		[ISOKIT_UDF_SPARABLE] = ", bad packets through a sparing table",
		[ISOKIT_UDF_METADATA] = ", file entries in a metadata file",
		[ISOKIT_UDF_PLAIN] = "",
	};
	struct row_value access = { .kind = VALUE_NONE };
	struct text t = { 0 };

	if (!u->present)
		return;
	udf_access(u, &access);
	text_addf(&t, "UDF: %s", access.kind == VALUE_TEXT ? access.text : "of no known access type");
	text_add_str(&t, kinds[u->partition]);
	if (!u->closed)
		text_add_str(&t, ", not closed");
	if (u->implementation_id && u->implementation_id[0]) {
		text_add_str(&t, "; written by ");
		text_add_escaped(&t, u->implementation_id, strlen(u->implementation_id));
	}
	screen_begin(s);
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	if (t.failed)
		s->out_of_memory = true;
	text_free(&t);
}
