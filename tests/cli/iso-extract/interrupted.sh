# SPDX-License-Identifier: GPL-3.0-or-later
# Stopped at any moment: no file is there in part.
. "$(dirname "$0")/../lib.sh"
need genisoimage

mkdir src
for i in 1 2 3 4 5 6; do
	mkdir src/$i
	(cd src/$i && for n in {1..100}; do echo $n >$n; done)
	head -c 10000000 /dev/urandom >src/$i/big
done
genisoimage -quiet -R -o x.iso src || fail "genisoimage fails"
(cd src && find . -type f -size +64k -exec sha256sum {} +) >sums
for kinds in '' tmpfile; do
	for signal in INT TERM KILL; do
		for delay in 0.005 0.02 0.04 0.08; do
			rm -rf out
			without=
			[ -z "$kinds" ] || without="$ISOKIT_BUILD/tests/without $kinds"
			[ -z "$kinds" ] || $without true 2>/dev/null || continue 3
			# A shell without job control makes background jobs ignore SIGINT.
			env --default-signal=INT ISOKIT_CONFINE=no \
				LD_LIBRARY_PATH="$ISOKIT_BUILD/.libs" $without \
				"$(binary_path iso-extract)" -q -C out x.iso >"$out" 2>"$err" &
			pid=$!
			sleep "$delay"
			kill -$signal $pid 2>/dev/null
			wait $pid
			status=$? _last="iso-extract, SIG$signal after $delay s $kinds"
			case $status in
			0) diff -r src out >/dev/null || fail "done, but not all is there" ;;
			130) ;; # perhaps before there was a handler
			137 | 143 | 129) ;;
			*) fail "status $status" ;;
			esac
			for f in $(cd out 2>/dev/null && find . -name big); do
				cmp -s out/$f src/$f || fail "$f is there in part"
			done
			[ $signal = KILL ] || [ -z "$(find out -name '.isokit*' 2>/dev/null)" ] ||
				fail "a hidden name is left"
		done
	done
done
