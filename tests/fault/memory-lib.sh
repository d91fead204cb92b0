# SPDX-License-Identifier: GPL-3.0-or-later
# Commands whose allocations fail, for memory*.sh; sourced after lib.sh.
#
#	sweep COMMAND ARGUMENT…   once for each of some allocations, in a folder with an empty
#	                          out/ (make_state makes it); judge_success and judge_failure look
#	                          at what the command did
#
# MEMORY_POINTS=N: about so many allocations of each command, others for each; all: 0.
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "a sanitizer wants to be the first library"
shim=$ISOKIT_BUILD/tests/.libs/nomemory.so
[ -f "$shim" ] || skip "no library to preload"
need_command iso-build
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} PATH=$PATH:/usr/sbin:/sbin
export SOURCE_DATE_EPOCH=1700000000 ISOKIT_CONFINE=no
points=${MEMORY_POINTS-12}
tried=0 without=0

make_state() { rm -rf out && mkdir out; }
# What a command leaves in out/: names, modes and contents.
state() { (cd out && find . -printf '%P %y %m\n' -type f -exec sha256sum {} + | sort); }

judge_success() { expect_same state.now state.whole; }
# Files have their names when they are whole.
judge_failure() {
	[ -z "$(comm -13 state.whole state.now | grep -E '^[0-9a-f]{64} |^[^ ]+ f ')" ] ||
		fail "something else is left: $(comm -13 state.whole state.now)"
}

# fails N COMMAND ARGUMENT…: with the N-th allocation failing
fails() {
	local n=$1 program
	shift
	program=$(binary_path "$1")
	_last="NOMEMORY=$n $*"
	shift
	make_state
	head -c 8 /dev/zero >count
	NOMEMORY=$n NOMEMORY_COUNT=count LD_PRELOAD=$shim timeout -k 5 60 "$program" "$@" \
		>"$out" 2>"$err" </dev/null
	status=$?
}

# sweep COMMAND ARGUMENT…
sweep() {
	local n=1 all step
	fails 0 "$@"
	expect_status 0
	state >state.whole
	all=$(od -An -tu8 -N8 count | tr -d ' ')
	[ "$all" -ge 20 ] || fail "only $all allocations were seen"
	step=1
	[ "$points" = 0 ] || step=$((all / points + 1))
	for ((n = 1 + tried % step; n <= all; n += step)); do
		fails "$n" "$@"
		tried=$((tried + 1))
		state >state.now
		case $status in
		0) without=$((without + 1)); judge_success ;;
		2)
			grep -qi 'no memory\|out of memory\|cannot allocate memory' "$err" ||
				fail "what was missing is not said"
			judge_failure ;;
		*) fail "exit status $status" ;;
		esac
	done
	echo "$all allocations: $*"
}

