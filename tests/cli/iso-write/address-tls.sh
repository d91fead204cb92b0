# SPDX-License-Identifier: GPL-3.0-or-later
# Certificates: of somebody that this computer trusts, that are over, of another name, of nobody.
# The list of whom it trusts is another one in a name space of our own.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
. "$(dirname "$0")/address-lib.sh"
need openssl unshare
trusted=/etc/ssl/certs/ca-certificates.crt
[ -f "$trusted" ] || skip "no list of certificates where libcurl of Debian has it"

# certify NAME SUBJECT DAYS: NAME.pem, by our own authority
certify() {
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj /CN=x >/dev/null 2>&1 &&
		echo "subjectAltName=$2" >"$1.ext" &&
		openssl x509 -req -in "$1.csr" -CA authority -CAkey authority.key -CAcreateserial \
			-days "$3" -extfile "$1.ext" -out "$1.crt" >/dev/null 2>&1 ||
		skip "openssl makes no certificate"
	cat "$1.key" "$1.crt" >"$1.pem"
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority -days 2 \
	-subj '/CN=Our authority' >/dev/null 2>&1 || skip "openssl makes no certificate"
certify right IP:127.0.0.1 2
certify over IP:127.0.0.1 0
certify other DNS:example.org 2
servers=()
trap 'kill $server "${servers[@]}" 2>/dev/null; end_drives; _cleanup' EXIT
plain=$base
declare -A at
for name in right over other; do
	start_server pid $name.pem
	servers+=("$pid")
	at[$name]=https${base#http}
done

# Whom this computer does not know.
base=${at[right]}
bad ranges/x.iso 'cannot prove who it is .*ca-certificates.*update-ca-certificates'
[ ! -s log ] || fail "something was asked for: $(cat log)"

# trusting COMMAND...: with our authority on the list
cat >trusting <<END_TRUSTING
#!/bin/sh
mount --bind '$PWD/authority' $trusted && exec "\$@"
END_TRUSTING
chmod +x trusting
unshare -m ./trusting true 2>/dev/null || skip "no name space of mounts"
eval "$(declare -f run | sed 's/^run/run_plainly/; s/timeout -k 5/unshare -m .\/trusting &/')"
run() { run_plainly "$@"; }

good ranges/x.iso
good whole/x.iso
good ranges+break/x.iso
good_with_list https
# Not from there to where everybody can read along, nor the other way round to who is not trusted.
bad "to/$plain/ranges/x.iso" 'not followed'
base=$plain
good "to/${at[right]}/ranges/x.iso"
bad "to/${at[over]}/ranges/x.iso" 'cannot prove who it is'

sleep 1 # it was for less than a second
base=${at[over]}
bad ranges/x.iso 'cannot prove who it is .*expired.*clock.*mirror'
base=${at[other]}
bad ranges/x.iso 'cannot prove who it is .*another name; look at the address'

# The same of the other commands, a line each.
for name in over other; do
	for command in iso-inspect 'iso-convert -o y.iso'; do
		run $command "${at[$name]}/ranges/x.iso"
		expect_status 2
		expect_stderr_lines 1
		expect_stderr_has 'cannot prove who it is'
	done
done
run iso-inspect "${at[right]}/ranges/x.iso"
expect_status 0
run iso-convert -o y.iso "${at[right]}/whole/x.iso"
expect_status 0

# Where none is spoken, and where it is spoken and nobody expects it.
base=https${plain#http}
bad ranges/x.iso 'no secure connection.*http:'
base=http${at[right]#https}
bad ranges/x.iso 'broke|nothing|status'
