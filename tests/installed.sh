#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make installcheck: installed.sh DESTDIR PREFIX LIBDIR BINDIR CC
# A program of somebody else finds the libraries with pkg-config, compiles and
# runs; the installed commands start.
set -u
destdir=$1 prefix=$2 libdir=$3 bindir=$4 cc=$5
tmp=$(mktemp -d "${TMPDIR:-/tmp}/isokit-installed.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
fail() { echo "installcheck: $*" >&2; exit 1; }

PKG_CONFIG_PATH=$destdir$libdir/pkgconfig
LD_LIBRARY_PATH=$destdir$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH LD_LIBRARY_PATH
[ -z "$destdir" ] || set -- --define-variable=prefix="$destdir$prefix"
[ -n "$destdir" ] || set --

cat >"$tmp/one.c" <<'END'
#include <isokit/isokit.h>
#include <stdio.h>
int main(void) { return puts(isokit_version()) < 0; }
END
cat >"$tmp/two.c" <<'END'
#include <isokit/author.h>
#include <stdio.h>
int main(void)
{
	struct isokit_build *build = NULL;
	if (isokit_build_new(NULL, &build, NULL))
		return 1;
	isokit_build_free(build);
	return puts(isokit_build_version()) < 0;
}
END
# Drives: looked at, and nothing else.
cat >"$tmp/three.c" <<'END'
#include <isokit/device.h>
#include <isokit/isokit.h>
#include <stdio.h>
int main(void)
{
	struct isokit_drives *drives = NULL;
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	struct isokit_guard_question q = { .size = sizeof(q) };
	const struct isokit_drive *list;
	size_t n;
	if (isokit_drives_scan(NULL, &drives, NULL))
		return 1;
	list = isokit_drives_list(drives, &n);
	for (size_t i = 0; i < n; i++)
		(void)isokit_guard(list + i, &q, reasons);
	isokit_drives_free(drives);
	return puts(isokit_version()) < 0;
}
END
# A job that writes nothing, and words for discs.
cat >"$tmp/four.c" <<'END'
#include <isokit/author.h>
#include <isokit/burn.h>
#include <isokit/convert.h>
#include <isokit/write.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
	struct isokit_write_options options = { .size = sizeof(options), .any = true };
	struct isokit_write *write = NULL;
	struct isokit_error err = { 0 };
	if (argc < 2 || isokit_write_open(argv[1], &options, &write, &err) ||
	    isokit_write_get_plan(write)->bytes == 0)
		return fprintf(stderr, "%s\n", err.text), 1;
	isokit_write_free(write);
	if (isokit_write_open("/nowhere/at/all", &options, &write, &err) == ISOKIT_OK)
		return 1;
	if (strcmp(isokit_write_state_name(ISOKIT_DRIVE_VERIFIED), "verified") != 0 ||
	    isokit_burner_is(argv[1]) || isokit_disc_single_speed(0x10) <= 0)
		return 1;
	return puts(isokit_build_version()) < 0;
}
END
# The headers are for C++, too; two of them are lists for a macro and stand in others.
for header in "$destdir$prefix"/include/isokit/*.h; do
	case $header in */boot-reasons.h | */finding-codes.h) continue ;; esac
	[ -f "$header" ] && echo "#include <isokit/${header##*/}>"
done >"$tmp/all.h"
[ -s "$tmp/all.h" ] || fail "no headers are installed below $destdir$prefix/include"
head -c 4194304 /dev/zero >"$tmp/image"
printf 'x' >>"$tmp/image"
for pair in isokit:one isokit:three isokit-author:two isokit-author:four; do
	package=${pair%:*} program=${pair#*:}
	[ -f "$destdir$libdir/pkgconfig/$package.pc" ] || continue
	flags=$(pkg-config "$@" --cflags --libs "$package") || fail "pkg-config does not find $package"
	# shellcheck disable=SC2086 # words
	$cc -o "$tmp/$program" "$tmp/$program.c" $flags || fail "$package: cannot be compiled against"
	[ "$("$tmp/$program" "$tmp/image")" = "$(pkg-config --modversion "$package")" ] ||
		fail "$package: the library says another version than its pkg-config file"
	echo "installcheck: $package is usable"
done
if command -v c++ >/dev/null 2>&1 && [ -f "$destdir$libdir/pkgconfig/isokit-author.pc" ]; then
	flags=$(pkg-config "$@" --cflags isokit-author) || fail "pkg-config does not find isokit-author"
	# shellcheck disable=SC2086 # words
	c++ -x c++ -fsyntax-only -Wall -Werror $flags "$tmp/all.h" || fail "the headers are not for C++"
	echo "installcheck: the headers are for C++ as well"
fi
for command in "$destdir$bindir"/iso-*; do
	"$command" --version >/dev/null || fail "$command does not start"
	echo "installcheck: ${command##*/} starts"
done
