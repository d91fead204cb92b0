/* SPDX-License-Identifier: GPL-3.0-or-later */
/* without [landlock] [seccomp] [prctl] [tmpfile] [openat2] COMMAND [ARG…]: run a command as on a kernel
 * that lacks these. Exit status 77 when that cannot be had here. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lacking.h"

int main(int argc, char **argv)
{
	int calls[8], n = 0, i;

	for (i = 1; i < argc && n < 5; i++) {
		if (strcmp(argv[i], "landlock") == 0) {
			for (int call = 444; call <= 446; call++)
				calls[n++] = call;
		} else if (strcmp(argv[i], "seccomp") == 0) {
			calls[n++] = SYS_seccomp;
		} else if (strcmp(argv[i], "prctl") == 0) {
			calls[n++] = SYS_prctl;
		} else if (strcmp(argv[i], "tmpfile") == 0) {
			calls[n++] = LACKING_TMPFILE;
		} else if (strcmp(argv[i], "openat2") == 0) {
			calls[n++] = 437; /* headers may be older */
		} else {
			break;
		}
	}
	calls[n] = -1;
	if (i == argc || !lacking(calls))
		return 77;
	execvp(argv[i], argv + i);
	perror(argv[i]);
	return 77;
}
