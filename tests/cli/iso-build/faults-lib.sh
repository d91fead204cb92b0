# SPDX-License-Identifier: GPL-3.0-or-later
# A build with a fault in one of its system calls, for faults*.sh; sourced after lib.sh.
#
#	sweep NAME STDIN ARG…   the build "iso-build ARG…" in a folder that holds what
#	                        keep/ holds, STDIN its input, with each fault at several
#	                        of its calls: after a failure or SIGKILL all is as it was,
#	                        or all is there; and nothing else. $hits counts.
#
# FAULT_POINTS=N: at N tenths of the calls, FAULT_SHARE=N: each Nth fault; 10 and 1 are all.
need_command iso-build
need strace
program=$(binary_path iso-build)
export LD_LIBRARY_PATH="$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# The leak check of a sanitizer wants to be the tracer itself.
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
strace -f -o /dev/null -e trace=none -e inject=getppid:error=EIO true 2>/dev/null ||
	skip "strace cannot inject faults here"

faults=(pwrite64:error=ENOSPC pwrite64:error=EIO pread64:error=EIO read:error=EIO
	ftruncate:error=ENOSPC fsync:error=EIO linkat,rename,renameat2:error=EIO
	copy_file_range:error=EIO openat:error=EMFILE mmap:error=ENOMEM
	clone,clone3:error=EAGAIN pwrite64:signal=KILL openat:signal=KILL pread64:signal=KILL
	read:signal=KILL copy_file_range:signal=KILL linkat,rename,renameat2:signal=KILL)
# A sanitizer ends the program when it cannot have these itself.
if [ "${ISOKIT_INSTRUMENTED-no}" != no ]; then
	for i in "${!faults[@]}"; do
		case ${faults[i]} in mmap:* | clone* | openat:error* | read:error*) unset "faults[i]" ;; esac
	done
fi
hits=0 tried=0

# What the build is given to start with.
_begin() {
	rm -rf out && cp -a keep out
}

# attempt STDIN CALLS WHAT WHEN ARG…: one build with a fault in its WHENth call (of a
# thread).
attempt() {
	local input=$1 calls=$2 what=$3 when=$4
	shift 4
	# In a shell of its own, whose word about a killed child is heard by nobody.
	(
		timeout -k 5 60 strace -f -qq -o trace -e trace="$calls" \
			-e inject="$calls:$what:when=$when" "$program" "$@" <"$input" >"$out" 2>"$err"
		exit $?
	) 2>/dev/null
	status=$? _last="iso-build $* with $what in call $when of $calls"
	hit=no
	! grep -q -e INJECTED -e 'killed by SIGKILL' trace || hit=yes
}

# What calls a build makes, as "THREAD CALL" lines in the file "calls".
_record() {
	local input=$1 all
	shift
	all=$(printf '%s\n' "${faults[@]%%:*}" | sort -u | paste -sd,)
	strace -f -qq -o trace -e trace="$all" "$program" "$@" <"$input" >/dev/null 2>&1
	sed -n 's/^\([0-9]*\) *\([a-z0-9_]*\)(.*/\1 \2/p' trace >calls
}

# How many of these a build makes, of the thread that makes most.
_count() {
	awk -v names=",$1," 'index(names, "," $2 ",") { n[$1]++ }
		END { for (t in n) if (n[t] > m) m = n[t]; print m + 0 }' calls
}

_same() {
	if [ -e "$1" ] || [ -e "$2" ]; then cmp -s "$1" "$2"; fi
}

# Each file of out/ is that of keep/ or that of new/: prints old, new, or a mixture.
_state() {
	local f old=yes new=yes
	for f in $(ls -A out keep new | grep -v ':$' | sort -u); do
		_same "out/$f" "keep/$f" || old=no
		_same "out/$f" "new/$f" || new=no
		if [ -e "out/$f" ] && ! _same "out/$f" "keep/$f" && ! _same "out/$f" "new/$f"; then
			echo "a broken $f"
			return
		fi
	done
	case $old$new in
	yes*) echo old ;;
	noyes) echo new ;;
	*) echo "a mixture of $(ls -A out | tr '\n' ' ')" ;;
	esac
}

_judge() {
	local name=$1 calls=$2 what=$3 state
	state=$(_state)
	[ $hit = no ] || hits=$((hits + 1))
	tried=$((tried + 1))
	case $status:$state in
	0:new) ;; # not hit, or there was another way
	2:old) expect_stderr_has '^iso-build: .*: ' ;;
	137:old | 137:new) ;;
	# The image has its name, and then the list of its sums gets one.
	137:"a mixture"* | 2:"a mixture"*) cmp -s out/x.iso new/x.iso && [ -e keep/x.sums ] ||
		fail "$name: status $status leaves $state" ;;
	# Killed between a name of its own and the right one, of a complete file.
	137:"a broken ."*)
		case $calls in *linkat*) ;; *) fail "$name: status 137 leaves $state" ;; esac
		_same out/x.iso keep/x.iso || expect_same out/x.iso new/x.iso ;;
	# Before main(): the loader of shared libraries speaks for itself.
	127:old) grep -q 'shared libraries' "$err" || fail "$name: status 127" ;;
	*) fail "$name: status $status leaves $state" ;;
	esac
	# What cannot be done without: a write that fails is a build that fails.
	case $calls:$what in
	pwrite64:error*) [ $hit = no ] || [ "$status" = 2 ] || fail "$name: the fault went unnoticed" ;;
	esac
}

sweep() { # NAME STDIN ARG…
	local name=$1 input=$2 fault calls what n k at before i=0
	shift 2
	_begin
	timeout 60 "$program" "$@" <"$input" >"$out" 2>"$err"
	status=$? _last="iso-build $*"
	expect_status 0
	rm -rf new && mv out new
	_begin
	_record "$input" "$@"
	for fault in "${faults[@]}"; do
		calls=${fault%%:*} what=${fault#*:}
		i=$((i + 1))
		[ $(((i + ${#name}) % ${FAULT_SHARE:-1})) = 0 ] || continue
		n=$(_count "$calls")
		at=0
		for ((k = 1; k <= 10; k++)); do
			# Some of the tenths, others for each fault and build.
			[ $(((k + i + ${#name}) % 10)) -lt "${FAULT_POINTS:-10}" ] || continue
			before=$at
			at=$(((n * k + 9) / 10))
			[ "$at" -gt "$before" ] || continue
			_begin
			attempt "$input" "$calls" "$what" "$at" "$@"
			_judge "$name" "$calls" "$what"
		done
	done
}
