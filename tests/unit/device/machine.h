/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A computer in a text file: testdata/machines/README says how it is written down. Its sysfs,
 * procfs and udev database are made below the working folder. */
#ifndef MACHINE_H
#define MACHINE_H

#include <isokit/device.h>

#include <stdio.h>

enum { MACHINE_LINES = 256 };

struct machine {
	char *text;
	const char *expected[MACHINE_LINES]; /* lines "expect …", "unmount …", "named …", "text …" */
	unsigned n_expected;
	FILE *mounts, *swaps;
	char root[64];
};

/* Make the folder `root` from a text. */
void machine_make(struct machine *m, const char *text, const char *root);
void machine_free(struct machine *m);

/* Folders are made by the thousand: in memory, where that can be. Before folder_setup(). */
void machine_setup(void);

/* The same from one line. */
void machine_line(struct machine *m, char *line);

#endif
