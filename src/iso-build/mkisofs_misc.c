/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options for output, for what the program does, and the rest. */
#include "mkisofs.h"

#include <stdio.h>
#include <string.h>

#include "common/message.h"

/* -C: where the last session begins in the image of -M, and where the new one will be
 * written. NEXT 0 is an image of its own, as without -C. */
static bool set_sessions(struct mkisofs *m, const char *value)
{
	unsigned long last, next;
	char rest;

	if (sscanf(value, "%lu,%lu%c", &last, &next, &rest) != 2 || last > UINT32_MAX ||
	    next > UINT32_MAX)
		return mkisofs_refuse(m, "not START,NEXT: addresses of 2048-byte blocks");
	if (next != 0 && (next < 16 || last >= next))
		return mkisofs_refuse(m, "a new session must begin behind the last one, at block 16 or later");
	m->opt->lib.base_session_block = (uint32_t)last;
	m->opt->lib.session_block = (uint32_t)next;
	return true;
}

bool mkisofs_misc(struct mkisofs *m, const struct mkisofs_row *row, char *const *values)
{
	struct build_options *opt = m->opt;

	switch ((enum mkisofs_misc_code)row->code) {
	case MK_OUTPUT: opt->output = strncmp(values[0], "stdio:", 6) == 0 ? values[0] + 6 : values[0];
		return true;
	case MK_PAD: opt->lib.no_padding = false; return true;
	case MK_NO_PAD: opt->lib.no_padding = true; return true;
	case MK_PRINT_SIZE: opt->print_size = true; return true;
	case MK_QUIET: opt->common.quiet = true; break;
	case MK_VERBOSE: opt->common.verbose++; break;
	case MK_GUI: opt->common.progress = PROGRESS_ALWAYS; return true;
	case MK_HELP: m->help = true; return true;
	case MK_VERSION: m->version = true; return true;
	case MK_LOG_FILE:
		if (values[0][0] != '\0' && freopen(values[0], "we", stderr) == NULL)
			return false; /* nowhere left to say so */
		return true;
	case MK_MODIFICATION_DATE:
		opt->lib.volume_date = values[0][0] != '\0' ? values[0] : NULL;
		return true;
	case MK_CDRECORD: return set_sessions(m, values[0]);
	case MK_PREVIOUS:
		opt->base = strncmp(values[0], "stdio:", 6) == 0 ? values[0] + 6 : values[0];
		return true;
	case MK_OLD_ROOT: opt->lib.old_root = values[0]; return true;
	case MK_EMUL_TOC: opt->lib.emulated_toc = true; return true;
	case MK_NO_EMUL_TOC: opt->lib.emulated_toc = false; return true;
	case MK_SECTYPE:
		return strcmp(values[0], "data") == 0 ||
		       mkisofs_refuse(m, "not supported: sectors have 2048 bytes (data)");
	case MK_NOTHING: return true;
	case MK_UDF: opt->lib.udf = true; return true;
	}
	message_set(opt->common.quiet, opt->common.verbose);
	return true;
}
