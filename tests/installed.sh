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
for pair in isokit:one isokit-author:two; do
	package=${pair%:*} program=${pair#*:}
	[ -f "$destdir$libdir/pkgconfig/$package.pc" ] || continue
	flags=$(pkg-config "$@" --cflags --libs "$package") || fail "pkg-config does not find $package"
	# shellcheck disable=SC2086 # words
	$cc -o "$tmp/$program" "$tmp/$program.c" $flags || fail "$package: cannot be compiled against"
	[ "$("$tmp/$program")" = "$(pkg-config --modversion "$package")" ] ||
		fail "$package: the library says another version than its pkg-config file"
	echo "installcheck: $package is usable"
done
for command in "$destdir$bindir"/iso-*; do
	"$command" --version >/dev/null || fail "$command does not start"
	echo "installcheck: ${command##*/} starts"
done
