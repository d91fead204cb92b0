# SPDX-License-Identifier: GPL-3.0-or-later
# Proxies that the environment names: used for what they are for, and what is said when they refuse.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
. "$(dirname "$0")/address-lib.sh"
unset no_proxy NO_PROXY

: >proxy.port
: >asked
python3 "$(dirname "$0")/proxy.py" asked >proxy.port 2>proxy.err &
proxy=$!
trap 'kill $server $secure $proxy 2>/dev/null; end_drives; _cleanup' EXIT
for wait in $(seq 100); do [ -s proxy.port ] && break; sleep 0.1; done
[ -s proxy.port ] || skip "the proxy does not start: $(tail -1 proxy.err)"
port=${base##*:}
address=127.0.0.1:$(cat proxy.port)
direct=$base
asked() { grep -c "$1" asked; }

# As it is, compressed, broken off, without ranges: whoever the name belongs to, it is the proxy who
# has to know.
export http_proxy=http://$address
base=http://example.test:$port
good ranges/x.iso
[ "$(asked "^GET $base/ranges/x.iso\$")" -ge 2 ] || fail "not by the proxy: $(cat asked)"
good whole/x.iso.gz
good ranges+break/x.iso
good_with_list http

# Refused, in a line each.
base=http://refused:$port; bad ranges/x.iso '\(403\)'
base=http://absent:$port; bad ranges/x.iso 'status 502.*later'
base=http://closed:$port; bad ranges/x.iso 'connection broke at byte 0.*later'
base=http://locked:$port; bad ranges/x.iso 'the proxy wants.*\(407\): http_proxy=http://NAME:PASSWORD@'
http_proxy=http://user:word@$address
good ranges/x.iso
http_proxy=http://user:other@$address
bad ranges/x.iso 'the proxy wants.*\(407\)'
! grep -q 'user:other' "$err" || fail "a password is shown"
# Nobody there.
http_proxy=http://127.0.0.1:9
base=http://example.test:$port
bad ranges/x.iso 'nobody is reached.*http_proxy.*no_proxy'
http_proxy=http://nobody.invalid:9
bad ranges/x.iso 'nobody is reached.*http_proxy'

# Not where it is not to be used.
http_proxy=http://$address
base=$direct
: >asked
no_proxy=127.0.0.1 good ranges/x.iso
[ ! -s asked ] || fail "asked all the same: $(cat asked)"
unset http_proxy

# https goes through it unread: the certificate is that of the server behind.
command -v openssl >/dev/null || exit 0
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 2 -subj /CN=127.0.0.1 \
	-addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1 || skip "openssl makes no certificate"
cat key certificate >pair
start_server secure pair
port=${base##*:}
export https_proxy=http://$address
base=https://127.0.0.1:$port
bad ranges/x.iso 'the server cannot prove who it is'
grep -q "^CONNECT 127.0.0.1:$port\$" asked || fail "not by the proxy: $(cat asked)"
base=https://refused:$port
: >asked
bad ranges/x.iso 'the proxy does not lead there .*403.*https_proxy and no_proxy'
[ "$(asked CONNECT)" = 1 ] || fail "asked again and again: $(cat asked)"
base=https://absent:$port; bad ranges/x.iso 'the proxy does not lead there .*502'
base=https://closed:$port; bad ranges/x.iso 'Proxy CONNECT|nobody is reached|broke'
base=https://locked:$port; bad ranges/x.iso '407.: https_proxy=http://NAME:PASSWORD@'
https_proxy=http://user:word@$address
bad ranges/x.iso 'the server cannot prove who it is'
