/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image among the sources: where the build starts from. */
#include "build.h"

#include "common/message.h"

/* For mkisofs, an image is a file like others. */
static bool is_base(const struct build_options *opt, const struct tree_step *step)
{
	return opt->mkisofs == NULL && step->what == STEP_ADD && step->dest == NULL &&
	       isokit_build_source_kind(step->source) == ISOKIT_BUILD_SOURCE_IMAGE;
}

enum isokit_status steps_apply(const struct build_options *opt, struct isokit_build *build,
			       struct isokit_error *err)
{
	enum isokit_status status = ISOKIT_OK;
	size_t base = opt->n_steps;

	for (size_t i = 0; i < opt->n_steps && base == opt->n_steps; i++) {
		if (is_base(opt, &opt->steps[i]))
			base = i;
	}
	if (opt->base != NULL)
		status = isokit_build_add_image(build, opt->base, err);
	if (base < opt->n_steps && status >= 0)
		status = isokit_build_add_image(build, opt->steps[base].source, err);
	for (size_t i = 0; i < opt->n_steps && status >= 0; i++) {
		const struct tree_step *step = &opt->steps[i];

		if (i == base)
			continue;
		if (step->what == STEP_REMOVE)
			status = isokit_build_remove(build, step->dest, err);
		else if (is_base(opt, step)) /* only one: says so */
			status = isokit_build_add_image(build, step->source, err);
		else if (step->what != STEP_MANIFEST)
			status = inputs_apply(opt, build, step, err);
	}
	/* What --mtree says is said of the whole tree. */
	for (size_t i = 0; i < opt->n_steps && status >= 0; i++) {
		if (opt->steps[i].what == STEP_MANIFEST)
			status = inputs_apply(opt, build, &opt->steps[i], err);
	}
	return status;
}

enum { MOST_FINDINGS = 10 };

void base_print_findings(const struct isokit_build *build)
{
	const struct isokit_facts *base = isokit_build_get_base(build);
	uint64_t shown = 0, more = 0;
	char sentence[400];

	for (size_t i = 0; base != NULL && i < base->n_findings; i++) {
		const struct isokit_finding *f = &base->findings[i];

		if (f->severity != ISOKIT_ERROR)
			continue;
		more += f->more;
		if (shown == MOST_FINDINGS) {
			more++;
			continue;
		}
		shown++;
		(void)isokit_finding_sentence(f, sentence, sizeof(sentence));
		if (f->offset == ISOKIT_NO_OFFSET)
			message_info(base->path, "%s: %s", isokit_finding_code_name(f->code),
				     sentence);
		else
			message_info(base->path, "%s at byte %llu: %s",
				     isokit_finding_code_name(f->code),
				     (unsigned long long)f->offset, sentence);
	}
	if (more != 0)
		message_info(base->path, "and %llu more errors (iso-inspect --check lists them)",
			     (unsigned long long)more);
}
