/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libisofs' checksums in the layout: it gives each content its number, and leaves room
 * for tags and array. What it writes there is of placeholders; integrity.c puts in what
 * is of the contents. */
#include "author/layout_impl.h"

#include <stdlib.h>

#include "base/fail.h"

/* Value of the attribute isofs.cx: the number, the most significant byte first. */
static uint32_t number_of(IsoNode *node)
{
	char name[] = "isofs.cx"; /* libisofs takes no const */
	size_t n = 0;
	char *value = NULL;
	uint32_t number = 0;

	if (iso_node_lookup_attr(node, name, &n, &value, 0) == 1 && n == 4)
		for (size_t i = 0; i < n; i++)
			number = number << 8 | (uint8_t)value[i];
	free(value);
	return number;
}

static int collect(struct layout *l, IsoDir *dir)
{
	IsoDirIter *iter;
	IsoNode *node;
	int r = iso_dir_get_children(dir, &iter);

	while (r >= 0 && (r = iso_dir_iter_next(iter, &node)) == 1) {
		if (iso_node_get_type(node) == LIBISO_DIR) {
			r = collect(l, (IsoDir *)node);
		} else if (iso_node_get_type(node) == LIBISO_FILE) {
			const struct payload *p =
				layout_stream_payload(iso_file_get_stream((IsoFile *)node));
			uint32_t number = number_of(node);

			if (p)
				l->checksum_numbers[p->index] = number;
			if (number > l->n_checksums)
				l->n_checksums = number;
		}
	}
	iso_dir_iter_free(iter);
	return r;
}

enum isokit_status layout_number_checksums(struct layout *l, struct isokit_error *err)
{
	int r;

	if (!l->plan->options.checksums)
		return ISOKIT_OK;
	l->checksum_numbers = calloc(l->n_payloads + 1, sizeof(*l->checksum_numbers));
	if (!l->checksum_numbers)
		return isokit_fail_nomem(err, "checksums", l->n_payloads * sizeof(uint32_t));
	r = collect(l, iso_image_get_root(l->image));
	return r < 0 ? layout_fail(r, "checksums", err) : ISOKIT_OK;
}

const uint32_t *layout_checksum_numbers(const struct layout *l, uint32_t *ret_n)
{
	*ret_n = l->n_checksums;
	return l->checksum_numbers;
}
