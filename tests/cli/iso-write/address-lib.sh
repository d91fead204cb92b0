# SPDX-License-Identifier: GPL-3.0-or-later
# A server of our own (server.py), and an image behind it.
#
#	good HOW/FILE OPTION...        it is written: the drive holds x.iso
#	bad HOW/FILE WORDS OPTION...   it is refused, or the drive is blank at its beginning
#	write HOW/FILE OPTION...       either
#	beside=                        what lies beside the image is looked for, too
#	requests RE                    how many the server has had
need python3
run iso-inspect http://127.0.0.1:9/x.iso
! grep -q -e 'cannot be loaded' -e 'was not there when' "$err" || skip "built without libcurl"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
export no_proxy=127.0.0.1

mkdir www empty
boot_iso x.iso 3000000
mv x.iso www
gzip -c www/x.iso >www/x.iso.gz
sum=$(sha256sum <www/x.iso | cut -d' ' -f1)
new_drive a 8M; a=$drive
server= secure= beside=--no-beside
trap 'kill $server $secure 2>/dev/null; end_drives; _cleanup' EXIT
# start_server VARIABLE ARG...: sets it, and $base
start_server() {
	: >port
	python3 "$(dirname "$0")/server.py" www log "${@:2}" >port 2>server.err &
	eval "$1=$!"
	for wait in $(seq 100); do [ -s port ] && break; sleep 0.1; done
	[ -s port ] || skip "the server does not start: $(tail -1 server.err)"
	base=http://127.0.0.1:$(cat port)
}
start_server server

old() { before a 8M >a; : >log; }
write() { # ADDRESS OPTION...
	old
	TMPDIR=$PWD/empty run iso-write --yes --fixed-disk $beside "${@:2}" "$base/$1" "$a"
}
good() {
	write "$@"
	expect_status 0
	expect_written a www/x.iso
}
# good_with_list SCHEME: a list of checksums lies beside it, and is used
good_with_list() {
	local beside=
	(cd www && sha256sum x.iso >SHA256SUMS)
	good ranges/x.iso
	expect_stdout_has "^  checksum +$1.*/SHA256SUMS, sha256"
}
bad() {
	write "$1" "${@:3}"
	expect_refused a "$2"
}
requests() { grep -c "$@" log; }

