# SPDX-License-Identifier: GPL-3.0-or-later
# A proxy for the tests of addresses: proxy.py LOG. It prints its port. What is asked of it goes into
# LOG, a line each. The host in an address says what becomes of it: "refused" is answered with 403,
# "absent" with 502, "closed" with nothing, all others lead to 127.0.0.1. Who is not "user" with the
# password "word" is answered 407 for the host "locked".
import base64
import http.server
import socket
import sys
import threading
import urllib.parse

log = sys.argv[1]
lock = threading.Lock()
pass_word = 'Basic ' + base64.b64encode(b'user:word').decode()


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *a):
        pass

    def answer(self, status, *fields):
        self.close_connection = True
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header('Content-Length', '0')
        self.end_headers()

    # To the server that is meant, or None: that was answered.
    def reach(self, host, port):
        with lock, open(log, 'a') as f:
            print(self.command, self.path, file=f)
        if host == 'refused':
            return self.answer(403)
        if host == 'absent':
            return self.answer(502)
        if host == 'closed':
            self.close_connection = True
            return None
        if host == 'locked' and self.headers.get('Proxy-Authorization') != pass_word:
            return self.answer(407, ('Proxy-Authenticate', 'Basic realm="x"'))
        return socket.create_connection(('127.0.0.1', port))

    def carry(self, a, b):
        try:
            while some := a.recv(65536):
                b.sendall(some)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(':')
        s = self.reach(host, int(port))
        if not s:
            return
        self.send_response(200)
        self.end_headers()
        back = threading.Thread(target=self.carry, args=(s, self.connection), daemon=True)
        back.start()
        self.carry(self.connection, s)
        back.join()
        self.close_connection = True

    def do_GET(self):
        u = urllib.parse.urlsplit(self.path)
        s = self.reach(u.hostname, u.port or 80)
        if not s:
            return
        fields = [f'{k}: {v}' for k, v in self.headers.items() if not k.lower().startswith('proxy-')]
        lines = [f'GET {u.path} HTTP/1.1', 'Connection: close', *fields, '', '']
        s.sendall('\r\n'.join(lines).encode())
        self.carry(s, self.connection)
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *a):
        pass


server = Server(('127.0.0.1', 0), Proxy)
print(server.server_port, flush=True)
server.serve_forever()
