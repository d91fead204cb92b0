# SPDX-License-Identifier: GPL-3.0-or-later
# question.py WORDS COMMAND…: run COMMAND on a terminal of its own, type each word of WORDS (split
# at ;) and Enter when it has asked for something, print what it showed; its exit status.
import os
import pty
import select
import sys
import time

words = sys.argv[1].split(";") if sys.argv[1] else []
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
asked = 0
end = time.monotonic() + 60
while time.monotonic() < end:
    ready, _, _ = select.select([fd], [], [], 0.2)
    if ready:
        try:
            more = os.read(fd, 65536)
        except OSError:
            more = b""
        if not more:
            break
        shown += more
    if shown.endswith(b": ") and shown.count(b"Type the name") > asked:
        asked += 1
        if not words:
            os.write(fd, b"\x04")
        else:
            word = words.pop(0)
            os.write(fd, b"\x03" if word == "^C" else word.encode() + b"\n")
sys.stdout.write(shown.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)
