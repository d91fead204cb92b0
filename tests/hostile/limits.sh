#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every question to every hostile image ends within 2 seconds of CPU time and 64 MiB,
# with status 0, 1 or 2: over the shapes of tests/hostile/generate and, where it is at
# hand, the corpus. By hand, with more images:
#
#	bash ../tests/hostile/limits.sh IMAGE…
. "$(dirname "$0")/../cli/lib.sh"
need python3
limits='--seconds 2 --mib 64'
# Sanitizers take time and memory of their own; what does not end is still seen.
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || limits='--seconds 60 --mib 4000'

program=$(binary_path iso-inspect) || fail "no iso-inspect"

questions=('' --json --check --list '--list --json' '--check --json')
"$program" --dump-options >options.txt
for more in verify map owner hash; do
	cut -f 1 options.txt | grep -qx "$more" || continue
	case $more in
	map) questions+=('--map -') ;;
	owner) questions+=('--owner 17,100-200') ;;
	hash) questions+=('--hash md5') ;;
	*) questions+=("--$more") ;;
	esac
done

asked=0 bad=0
ask() {
	local q
	for q in "${questions[@]}"; do
		# To read all of a large file is what these are for.
		case $q in
		--verify* | --hash*) [ "$(stat -c %s "$1")" -lt 100000000 ] || continue ;;
		esac
		asked=$((asked + 1))
		"$ISOKIT_BUILD/tests/limited" $limits "$program" $q "$1" || bad=$((bad + 1))
	done
}

if [ $# -gt 0 ]; then
	cd "$OLDPWD" || exit 99
	for f; do ask "$f"; done
else
	names=$(sed -n '/^@shape/{n;s/^def \([a-z0-9_]*\).*/\1/p}' "$ISOKIT_SOURCE/tests/hostile/generate")
	[ "$(wc -w <<<"$names")" -ge 40 ] || fail "which shapes are there?"
	for name in $names; do
		python3 "$ISOKIT_SOURCE/tests/hostile/generate" . "$name" || fail "$name cannot be made"
		ask "$name.iso"
		rm -f "$name.iso"
	done
fi
echo "$asked questions, $bad bad"
[ "$bad" = 0 ]
