/* SPDX-License-Identifier: GPL-3.0-or-later */
/* udfls IMAGE: every file of a UDF volume as libudfread sees it: size, a sum over its
 * contents (FNV-1a), path; folders as "dir". Exit status 1 where something cannot be read.
 * Compiled by the test that wants it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <udfread/udfread.h>

static int failed;

static void show_file(udfread *udf, const char *path)
{
	static unsigned char bytes[1 << 16];
	uint64_t sum = UINT64_C(14695981039346656037);
	UDFFILE *file = udfread_file_open(udf, path);
	int64_t size, got = 0;
	ssize_t n;

	if (file == NULL) {
		printf("unreadable %s\n", path);
		failed = 1;
		return;
	}
	size = udfread_file_size(file);
	while ((n = udfread_file_read(file, bytes, sizeof(bytes))) > 0) {
		got += n;
		for (ssize_t i = 0; i < n; i++)
			sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
	}
	failed |= got != size;
	printf("%" PRId64 " %016" PRIx64 " %s\n", size, sum, path);
	udfread_file_close(file);
}

static void show_folder(udfread *udf, const char *path)
{
	UDFDIR *dir = udfread_opendir(udf, path);
	struct udfread_dirent e;
	char below[4096];

	if (dir == NULL) {
		printf("unreadable %s\n", path);
		failed = 1;
		return;
	}
	while (udfread_readdir(dir, &e) != NULL) {
		if (strcmp(e.d_name, ".") == 0 || strcmp(e.d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", strcmp(path, "/") == 0 ? "" : path,
			 e.d_name);
		if (e.d_type == UDF_DT_DIR) {
			printf("dir %s\n", below);
			show_folder(udf, below);
		} else {
			show_file(udf, below);
		}
	}
	udfread_closedir(dir);
}

int main(int argc, char **argv)
{
	udfread *udf = udfread_init();

	if (argc != 2 || udf == NULL || udfread_open(udf, argv[1]) < 0)
		return 2;
	printf("volume %s\n", udfread_get_volume_id(udf));
	show_folder(udf, "/");
	udfread_close(udf);
	return failed;
}
