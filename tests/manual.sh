#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# For each command: option table, --help and manual page name the same options,
# and the page has the parts that every page has.
set -u
: "${ISOKIT_BUILD:=$PWD}"
cd "${ISOKIT_SOURCE:=$(cd "$(dirname "$0")/.." && pwd)}" || exit 99
export LC_ALL=C.UTF-8
tmp=$(mktemp -d "${TMPDIR:-/tmp}/isokit-manual.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT

bad=0
complain() { printf '%s\n' "$*"; bad=1; }

commands=0
for dir in src/iso-*/; do
	[ -d "$dir" ] || continue
	name=$(basename "$dir")
	program=$ISOKIT_BUILD/$name
	[ -f "$program" ] || program=$ISOKIT_BUILD/src/$name/$name
	if [ ! -f "$program" ]; then
		echo "$name is not built"
		continue
	fi
	commands=$((commands + 1))
	page=src/$name/$name.1
	if [ ! -f "$page" ]; then
		complain "$name has no manual page"
		continue
	fi

	"$program" --dump-options >"$tmp/table" || complain "$name --dump-options fails"
	"$program" --help >"$tmp/help" || complain "$name --help fails"
	"$program" --version >"$tmp/version" || complain "$name --version fails"
	grep -q "^$name " "$tmp/version" || complain "$name --version does not begin with its name"
	# The page as words: font changes and escapes of the source removed.
	sed -e '/^\.\\"/d' -e 's/\\-/-/g' -e 's/\\f[BIRP]//g' -e 's/\\f([A-Z][A-Z]//g' \
		-e 's/\\(aq/'\''/g' -e 's/\\&//g' "$page" >"$tmp/page"

	: >"$tmp/longs"
	# tr: a tab would let read skip empty fields.
	while IFS=$'\037' read -r long short _ argument negatable _; do
		echo "$long" >>"$tmp/longs"
		[ "$negatable" != negatable ] || echo "no-$long" >>"$tmp/longs"
		for text in help page; do
			grep -Eq -e "(^|[^a-zA-Z0-9-])--(\[no-\])?$long([^a-zA-Z0-9-]|\$)" "$tmp/$text" ||
				complain "$name: --$long is missing in the $text"
			[ -z "$short" ] ||
				grep -Eq -e "(^|[^a-zA-Z0-9-])-$short([^a-zA-Z0-9-]|\$)" "$tmp/$text" ||
				complain "$name: -$short is missing in the $text"
			[ -z "$argument" ] ||
				grep -E -e "--(\[no-\])?$long([^a-zA-Z0-9-]|\$)" "$tmp/$text" | grep -qF -e "$argument" ||
				complain "$name: --$long stands without $argument in the $text"
		done
	done < <(tr '\t' '\037' <"$tmp/table")
	[ "$(wc -l <"$tmp/longs")" -ge 5 ] || complain "$name: the option table cannot be read"
	sort -u -o "$tmp/longs" "$tmp/longs"

	# And the other way round: no option that the table does not have.
	for text in help page; do
		if [ $text = page ]; then
			sed -n '/^\.S[Hh] "*OPTIONS/,/^\.S[Hh] "*EXIT/p' "$tmp/page"
		else
			cat "$tmp/help"
		fi | grep -oE -e '(^|[^a-zA-Z0-9-])--(\[no-\])?[a-z][a-z0-9-]*' |
			sed -E 's/^[^-]*--(\[no-\])?//' | sort -u >"$tmp/named"
		while read -r long; do
			complain "$name: the $text names --$long, which the table does not have"
		done < <(comm -23 "$tmp/named" "$tmp/longs")
	done

	for heading in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES; do
		grep -Eiq "^\.S[Hh] \"?$heading" "$tmp/page" || complain "$page: no section $heading"
	done
	if command -v man >/dev/null 2>&1; then
		man --warnings=all -l "$page" 2>"$tmp/warnings" >"$tmp/formatted"
		[ ! -s "$tmp/warnings" ] || complain "$page: $(head -3 "$tmp/warnings")"
		[ "$(wc -l <"$tmp/formatted")" -gt 20 ] || complain "$page: man shows almost nothing"
	fi
done
echo "$commands commands checked"
[ $bad -eq 0 ] || exit 1
[ $commands -gt 0 ] || exit 77
