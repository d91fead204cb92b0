/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differences look like: a wrong image on a drive has a cause, and most causes leave
 * their marks in what was read. */
#ifndef WRITE_SUSPECT_H
#define WRITE_SUSPECT_H

#include <isokit/write.h>

struct device_target;
struct lane;
struct suspect;

struct suspect *suspect_new(void); /* NULL without memory */
void suspect_free(struct suspect *s);

/* Before the first write: some samples of what is on the drive, to know it again. */
void suspect_look_before(struct suspect *s, struct device_target *t);

/* These leaves (bits) of the group at `offset` differ; the image ends at `end`. */
void suspect_add(struct suspect *s, uint64_t offset, uint32_t bits, uint64_t end);
bool suspect_found(const struct suspect *s);

/* After all were found: ranges, numbers, the suspicion and its reason into the lane's
 * result; a sentence into *ret_why, with status ISOKIT_E_MISMATCH. Reads the drive, and the source where
 * that can be read again. */
void suspect_judge(struct lane *l, struct isokit_error *ret_why);

/* All leaves that are bad as ranges of the lane's result. */
void suspect_list(struct lane *l, uint64_t end);

/* What to do about it; static. `compared`: nothing was written just now. */
const char *suspect_advice(enum isokit_write_suspect suspect, bool compared);

#endif
