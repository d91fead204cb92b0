# SPDX-License-Identifier: GPL-3.0-or-later
# Images behind addresses, read by range requests from an nginx of our own.
. "$(dirname "$0")/../lib.sh"
need nginx
need_command iso-build
PATH=$PATH:/usr/sbin:/sbin
run iso-inspect http://127.0.0.1:9/x.iso
! grep -q -e 'cannot be loaded' -e 'was not there when' "$err" || skip "built without libcurl"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
export no_proxy=127.0.0.1

mkdir www tmp
server=
stop_server() { [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; }; }
trap 'stop_server; _cleanup' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
	port=$((20000 + (RANDOM * 32768 + RANDOM) % 30000))
	cat >nginx.conf <<-END
		daemon off;
		master_process off;
		pid $PWD/tmp/pid;
		error_log $PWD/tmp/error.log;
		events { worker_connections 64; }
		http {
			log_format short '\$status \$bytes_sent';
			access_log $PWD/tmp/access.log short;
			client_body_temp_path $PWD/tmp/b; proxy_temp_path $PWD/tmp/p;
			fastcgi_temp_path $PWD/tmp/f; uwsgi_temp_path $PWD/tmp/u;
			scgi_temp_path $PWD/tmp/s;
			server {
				listen 127.0.0.1:$port;
				root $PWD/www;
				location /whole/ { alias $PWD/www/; max_ranges 0; }
				location /slow/ { alias $PWD/www/; limit_rate 1m; }
				location = /moved.iso { return 302 /x.iso; }
				location = /loop { return 302 /loop; }
				location = /forbidden { return 403; }
			}
		}
	END
	nginx -c "$PWD/nginx.conf" 2>tmp/start.log &
	server=$!
	for wait in 1 2 3 4 5 6 7 8 9 10; do
		[ -e tmp/pid ] && break 2
		kill -0 "$server" 2>/dev/null || break
		sleep 0.2
	done
done
[ -e tmp/pid ] || skip "nginx does not start: $(tail -1 tmp/start.log)"
base=http://127.0.0.1:$port
# requests N, bytes N: what the server has counted since `count` began
begin_count() { : >tmp/access.log; }
requests() { sleep 0.1; wc -l <tmp/access.log; }
bytes() { awk '{ n += $2 } END { print n + 0 }' tmp/access.log; }

# ---- a large image: few requests, few bytes --------------------------------------
mkdir tree tree/folder
truncate -s 4300000000 tree/large
for i in $(seq 500); do echo "$i" >tree/folder/f$i; done
"$(command_path iso-build)" -q --boot=none -o www/large.iso tree || fail "no image"
run iso-inspect www/large.iso
tail -n +2 "$out" >local.txt
begin_count
run iso-inspect $base/large.iso
expect_status 0
expect_stderr ''
tail -n +2 "$out" | cmp -s - local.txt || fail "not what the file itself shows"
[ "$(requests)" -le 20 ] || fail "$(requests) requests"
[ "$(requests)" -ge 2 ] || fail "the server counts nothing"
[ "$(bytes)" -le 2097152 ] || fail "$(bytes) bytes"
run iso-inspect --list=/folder $base/large.iso
expect_status 0
expect_stdout_has '/folder/f500$'
run iso-inspect --json $base/large.iso
expect_json ".path == \"$base/large.iso\" and .size > 4300000000"
rm www/large.iso

# ---- a whole image: the same hash, in few requests ----------------------------------
rm tree/large
head -c 30000000 /dev/urandom >tree/data
(cd tree && md5sum data folder/f1 >md5sum.txt)
"$(command_path iso-build)" -q --boot=none -o www/x.iso tree || fail "no image"
begin_count
run iso-inspect --verify --hash $base/x.iso
expect_status 0
sum=$(sha256sum <www/x.iso)
expect_stdout_has "^${sum%% *}  $base/x.iso\$"
expect_stdout_has '^match .*list inside the image: /md5sum.txt'
[ "$(requests)" -le 40 ] || fail "$(requests) requests for 30 MB"
run iso-inspect --hash $base/moved.iso
expect_stdout "${sum%% *}  $base/moved.iso"
# A list beside it on the server.
(cd www && sha256sum x.iso >SHA256SUMS)
run iso-inspect --verify $base/x.iso
expect_status 0
expect_stdout_has "^match .*list beside the image: $base/SHA256SUMS"
echo "$(sha256sum <nginx.conf | cut -c1-64)  x.iso" >www/x.iso.sha256
run iso-inspect --verify $base/x.iso
expect_status 1
tr -s ' \n' ' ' <"$out" | grep -q "mismatch list beside the image: $base/x.iso.sha256" || fail "not the list beside"
rm www/SHA256SUMS www/x.iso.sha256
# An address after a file, when nothing else may be opened any more.
run iso-inspect --hash www/x.iso $base/x.iso
expect_status 0
expect_stdout "${sum%% *}  www/x.iso
${sum%% *}  $base/x.iso"

# ---- what goes wrong is one line ------------------------------------------------------
expect_refusal() { # ADDRESS WORDS
	run iso-inspect "$1"
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has "^iso-inspect: $1: .*$2"
}
expect_refusal $base/whole/x.iso 'only whole files.*download'
expect_refusal $base/absent.iso '404'
expect_refusal $base/forbidden '403'
expect_refusal $base/loop 'without end'
: >www/empty.iso
expect_refusal $base/empty.iso 'empty'
head -c 5000 /dev/zero >www/zeros.iso
expect_refusal $base/zeros.iso '.'
expect_refusal http://127.0.0.1:9/x.iso '.'
expect_refusal https://127.0.0.1:$port/x.iso '.'
run iso-inspect http://user:secret@127.0.0.1:9/x.iso
expect_status 2
expect_stderr_has '^iso-inspect: http://user@127.0.0.1:9/x.iso: nobody is reached there'
expect_stderr_lacks 'secret'

# ---- a file that changes on the server while it is read ----------------------------------
{ sleep 1; head -c 40000000 /dev/urandom >www/new; mv www/new www/x.iso; } &
changer=$!
run iso-inspect --hash $base/slow/x.iso
wait $changer
expect_status 2
expect_stdout ''
expect_stderr_lines 1
expect_stderr_has 'has changed'

# ---- servers that lie ------------------------------------------------------------------------
command -v python3 >/dev/null || exit 0
stop_server
cat >liar.py <<'END'
import http.server, re, sys
data = open('liar.iso', 'rb').read()
class Liar(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def do_GET(self):
        m = re.match(r'bytes=(\d+)-(\d+)', self.headers.get('Range', ''))
        a, b = int(m[1]), min(int(m[2]), len(data) - 1)
        body, total, first = data[a:b + 1], len(data), a
        length = len(body)
        how = self.path[1:] if a or self.path[1:].startswith('always-') else ''
        if how.endswith('short'): body = body[:len(body) // 2]
        if how.endswith('long'): body += b'x' * 4096; length += 4096
        if how.endswith('elsewhere'): first += 2048
        if how.endswith('total'): total += 2048
        if how.endswith('vague'): total = '*'
        self.send_response(206)
        if not how.endswith('silent'):
            self.send_header('Content-Range', f'bytes {first}-{first + b - a}/{total}')
        self.send_header('Content-Length', str(length))
        if how.endswith('etag'): self.send_header('ETag', '"other"')
        else: self.send_header('ETag', '"one"')
        self.end_headers()
        self.wfile.write(body)
        if how.endswith('short'): self.close_connection = True
s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Liar)
print(s.server_port, flush=True)
s.serve_forever()
END
"$(command_path iso-build)" -q --boot=none -o liar.iso tree || fail "no image"
python3 liar.py >port 2>liar.log &
server=$!
for wait in $(seq 100); do [ -s port ] && break; sleep 0.2; done
[ -s port ] || fail "the liar does not start: $(tail -1 liar.log)"
base=http://127.0.0.1:$(cat port)
run iso-inspect --hash $base/honest
expect_status 0
expect_stdout "$(sha256sum <liar.iso | cut -c1-64)  $base/honest"
expect_lie() { # ADDRESS WORDS
	run iso-inspect --hash $base/$1
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has "^iso-inspect: $base/$1: .*$2"
}
expect_lie short 'connection broke at byte 65536, again and again'
expect_lie always-short 'connection broke at byte 0, again and again'
expect_lie long 'other bytes'
expect_lie elsewhere 'other bytes'
expect_lie always-elsewhere 'other bytes'
expect_lie always-vague 'other bytes'
expect_lie silent 'other bytes'
expect_lie total 'has changed'
expect_lie etag 'has changed'
