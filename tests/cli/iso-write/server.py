# SPDX-License-Identifier: GPL-3.0-or-later
# A server for the tests of addresses: server.py FOLDER LOG [CERTIFICATE]. It prints its port.
#
# /HOW+HOW.../FILE serves FILE of the folder, with these faults. Without any it knows ranges.
#   whole     no ranges                    chunked   no length either
#   unmarked  neither ETag nor date        weak      only a date
#   break     the connection breaks in the middle of the file, once
#   breaks    … every 700,000 bytes        stuck     … always in the middle
#   long      a length that is too long    short     one that is too short
#   changes   who asks again gets another ETag and other bytes
#   later     … only after three requests  fails     503 in the middle, once
#   elsewhere ranges of other bytes        encoded   Content-Encoding: gzip
#   expires   leads to an address that is good twice
#   down      500, for whatever is no image
#   slow      ten pieces with pauses       stalls    nothing more after the middle
import http.server
import os
import re
import ssl
import sys
import threading
import time

folder, log = sys.argv[1:3]
seen, lock = {}, threading.Lock()


def count(key):
    with lock:
        seen[key] = seen.get(key, 0) + 1
        return seen[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *a):
        pass

    def answer(self, status, *fields):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        if not any(name == 'Content-Length' or name == 'Transfer-Encoding' for name, _ in fields):
            self.send_header('Content-Length', '0')
        self.end_headers()

    def redirect(self, to):
        self.answer(302, ('Location', to))

    def do_GET(self):
        with lock:
            with open(log, 'a') as f:
                print(self.path, self.headers.get('Range', '-'), self.headers.get('If-Range', '-'), file=f)
        if self.path == '/loop':
            return self.redirect('/loop')
        if self.path.startswith('/to/'):
            return self.redirect(self.path[4:])
        if re.fullmatch(r'/\d+', self.path):
            return self.answer(int(self.path[1:]))
        m = re.fullmatch(r'/([a-z+]*)/([^/?]+)(\?key=\d+)?', self.path)
        if m and m[1] == 'down' and not m[2].endswith('.iso'):
            return self.answer(500)
        path = m and os.path.join(folder, m[2])
        if not m or not os.path.isfile(path):
            return self.answer(404)
        self.serve(set(m[1].split('+')), path)

    def serve(self, how, path):
        with open(path, 'rb') as f:
            data = f.read()
        n = count(self.path)
        tag, date = '"one"', 'Sat, 21 Nov 2026 12:00:00 GMT'
        if 'expires' in how and '?' not in self.path:
            return self.redirect(f'{self.path}?key={n}')
        if 'expires' in how and n > 2:
            return self.answer(403)
        if ('changes' in how and 'If-Range' in self.headers) or ('later' in how and n > 3):
            tag, date, data = '"two"', 'Sat, 21 Nov 2026 13:00:00 GMT', data[::-1]
        m = re.fullmatch(r'bytes=(\d+)-(\d*)', self.headers.get('Range', ''))
        first, last = 0, len(data) - 1
        same = self.headers.get('If-Range', tag) in (tag, date)
        ranged = m and 'whole' not in how and 'chunked' not in how and same
        if ranged:
            first, last = int(m[1]), min(int(m[2] or last), last)
            if first >= len(data):
                return self.answer(416, ('Content-Range', f'bytes */{len(data)}'))
        if 'fails' in how and first and count(self.path + ' fails') == 1:
            return self.answer(503)
        length = last + 1 - first
        if 'long' in how:
            length += 100000
        if 'short' in how and not m:
            length -= 100000
        shift = 2048 if 'elsewhere' in how and m else 0
        fields = []
        if ranged:
            fields.append(('Content-Range', f'bytes {first + shift}-{last + shift}/{len(data)}'))
        if 'chunked' in how:
            fields.append(('Transfer-Encoding', 'chunked'))
        else:
            fields.append(('Content-Length', str(length)))
        if 'unmarked' not in how:
            fields.append(('Last-Modified', date))
            if 'weak' not in how:
                fields.append(('ETag', tag))
        if 'encoded' in how:
            fields.append(('Content-Encoding', 'gzip'))
        self.answer(206 if ranged else 200, *fields)
        if m and not ranged and 'If-Range' not in self.headers:
            how = how - {'break', 'breaks', 'stuck', 'stalls'}  # nobody waits for this answer
        self.send(how, data, first, last + 1, length)

    def send(self, how, data, at, end, length):
        middle = len(data) // 2
        stop = end
        if 'breaks' in how and end - at > 700000:
            stop = at + 700000
        if 'stuck' in how and end > middle:
            stop = max(at, middle)
        if 'break' in how and at <= middle < end and end - at > 65536 and \
                count(self.path + ' breaks') == 1:
            stop = middle
        if 'stalls' in how and end > middle:
            stop = max(at, middle)
        stop = min(stop, at + length)
        piece = max((stop - at) // 10, 65536) if 'slow' in how else 65536
        while at < stop:
            some = data[at:min(at + piece, stop)]
            if 'chunked' in how:
                self.wfile.write(b'%x\r\n' % len(some) + some + b'\r\n')
            else:
                self.wfile.write(some)
            at += len(some)
            if 'slow' in how:
                time.sleep(0.1)
        if 'stalls' in how and stop < end:
            time.sleep(600)
        if 'chunked' in how and stop == end:
            self.wfile.write(b'0\r\n\r\n')
        elif stop != end or 'long' in how:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *a):
        pass


server = Server(('127.0.0.1', 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
