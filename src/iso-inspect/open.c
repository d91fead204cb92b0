/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as it stands, or inside raw sectors or behind a header. */
#include <stdio.h>
#include <string.h>

#include "inspect.h"

/* "holds raw CD sectors, mode 1, and what is in them is empty" */
static void add_container(const struct isokit_container *c, struct isokit_error *err)
{
	char inside[sizeof(err->text)];

	(void)snprintf(inside, sizeof(inside), "%s", err->text);
	(void)snprintf(err->text, sizeof(err->text), "holds %s, and what is in them %.200s",
		       c->words, inside);
}

enum isokit_status open_image(struct isokit_source **src,
			      const struct isokit_image_options *options,
			      struct isokit_image **ret_img, struct isokit_error *err)
{
	enum isokit_status st = isokit_image_open_with(*src, 0, options, ret_img, err);
	struct isokit_image_options inside = *options;
	struct isokit_source *inner = NULL;
	struct isokit_container c;

	/* Only what is no image as it stands is looked into; what cannot be unwrapped
	 * either is refused with the first words. */
	if (st != ISOKIT_E_NOT_ISO || isokit_format_detect(*src, &c, NULL) != ISOKIT_OK ||
	    c.kind == ISOKIT_CONTAINER_NONE ||
	    isokit_format_open(*src, &c, &inner, NULL) != ISOKIT_OK)
		return st;
	*src = inner;
	inside.container = &c;
	st = isokit_image_open_with(inner, 0, &inside, ret_img, err);
	if (st == ISOKIT_E_NOT_ISO)
		add_container(&c, err);
	return st;
}
