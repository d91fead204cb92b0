/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of libjte in use. It is loaded when a template is asked for. */
#ifndef AUTHOR_LIBJTE_H
#define AUTHOR_LIBJTE_H

#include <isokit/error.h>

#ifdef HAVE_LIBJTE
#include <libjte/libjte.h>

#define LIBJTE_FUNCTIONS(F) \
	F(libjte__is_compatible) \
	F(libjte_new) \
	F(libjte_destroy) \
	F(libjte_set_error_behavior) \
	F(libjte_get_next_message) \
	F(libjte_set_outfile) \
	F(libjte_set_checksum_algorithm) \
	F(libjte_set_template_path) \
	F(libjte_set_jigdo_path) \
	F(libjte_set_checksum_path) \
	F(libjte_set_min_size) \
	F(libjte_set_checksum_iso) \
	F(libjte_set_checksum_template) \
	F(libjte_set_compression) \
	F(libjte_add_exclude) \
	F(libjte_add_checksum_demand) \
	F(libjte_add_mapping) \
	F(libjte_write_header) \
	F(libjte_write_footer) \
	F(libjte_begin_data_file) \
	F(libjte_show_data_chunk) \
	F(libjte_end_data_file)

struct libjte {
#define F(name) typeof(&name) name;
	LIBJTE_FUNCTIONS(F)
#undef F
};
#else
struct libjte;
#endif

enum isokit_status libjte_load(struct libjte **ret_lib, struct isokit_error *err);
void libjte_unload(struct libjte *lib); /* NULL is allowed */

#endif
