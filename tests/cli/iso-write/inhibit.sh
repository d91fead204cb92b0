# SPDX-License-Identifier: GPL-3.0-or-later
# While a drive is written sleep is inhibited, and not longer: a system bus of our own, with
# what plays logind on it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need python3 dbus-daemon
python=
for p in python3 /usr/bin/python3; do
	"$p" -c 'import dbus, gi.repository.GLib' 2>/dev/null && python=$p && break
done
[ -n "$python" ] || skip "python3-dbus or python3-gi is not installed"

boot_iso x.iso
new_drive a 16M; a=$drive
cat >bus.conf <<'END'
<busconfig><type>system</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
END
cat >logind.py <<'END'
import os
import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
name = dbus.service.BusName("org.freedesktop.login1", bus)

def say(words):
    with open("said", "a") as f:
        f.write(words + "\n")

class Manager(dbus.service.Object):
    @dbus.service.method("org.freedesktop.login1.Manager", in_signature="ssss", out_signature="h")
    def Inhibit(self, what, who, why, mode):
        say(f"{what} {who} {mode} {why}")
        read, write = os.pipe()
        GLib.io_add_watch(read, GLib.IO_HUP, lambda *_: say("released") and False)
        fd = dbus.types.UnixFd(write)
        os.close(write)
        return fd

Manager(bus, "/org/freedesktop/login1")
say("ready")
GLib.MainLoop().run()
END
dbus-daemon --config-file=bus.conf --print-address --nofork >address 2>daemon.err &
daemon=$!
trap 'kill $daemon $logind 2>/dev/null; end_drives; _cleanup' EXIT
logind=
for _ in $(seq 100); do [ -s address ] && break; sleep 0.05; done
[ -s address ] || skip "dbus-daemon does not start: $(cat daemon.err)"
DBUS_SYSTEM_BUS_ADDRESS=$(cat address)
export DBUS_SYSTEM_BUS_ADDRESS
"$python" logind.py 2>logind.err &
logind=$!
for _ in $(seq 100); do [ -s said ] && break; sleep 0.05; done
[ -s said ] || skip "no stand-in for logind: $(tail -n 1 logind.err)"

run iso-write -v --yes --fixed-disk x.iso "$a"
expect_status 0
if grep -q 'built without libsystemd\|no libsystemd' "$err"; then skip "no libsystemd"; fi
expect_stderr_has '^iso-write: sleep and shutdown are inhibited$'
for _ in $(seq 100); do grep -q released said && break; sleep 0.05; done
[ "$(sed -n 2p said)" = "sleep:shutdown:idle iso-write block writing $a" ] ||
	fail "logind was asked: $(cat said)"
[ "$(sed -n 3p said)" = released ] || fail "it is still inhibited: $(cat said)"

# Nothing is inhibited when nothing is written.
run iso-write -v -n --fixed-disk x.iso "$a"
expect_status 0
[ "$(wc -l <said)" = 3 ] || fail "--simulate inhibits sleep"

# A bus that does not answer holds nobody.
kill -STOP "$logind"
run iso-write -v --yes --fixed-disk x.iso "$a"
kill -CONT "$logind"
expect_status 0
expect_stderr_has '^iso-write: sleep is not inhibited: '
expect_written a x.iso
# Nor one that is not there.
DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere run iso-write --yes --fixed-disk x.iso "$a"
expect_status 0
expect_stderr ''
