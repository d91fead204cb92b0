#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder in the words of tests/volumes: what a kernel's mount shows."""
import os
import stat
import struct
import sys
import zlib

ACL_TAGS = {1: 'user:', 2: 'user:%d', 4: 'group:', 8: 'group:%d', 16: 'mask:', 32: 'other:'}


def escaped(name):
    out = ''
    for c in os.fsdecode(name):
        if '\udc80' <= c <= '\udcff':
            out += '\\x%02X' % (ord(c) - 0xdc00)
        elif c == '\\':
            out += '\\\\'
        elif ord(c) < 32 or ord(c) == 127:
            out += '\\x%02X' % ord(c)
        else:
            out += c
    return out


def acl(value):
    entries = []
    for at in range(4, len(value), 8):
        tag, perm, who = struct.unpack_from('<HHI', value, at)
        name = ACL_TAGS[tag]
        entries.append((name % who if '%' in name else name) + ':' +
                       ''.join(c if perm & b else '-' for c, b in zip('rwx', (4, 2, 1))))
    return ','.join(entries)


def attributes(path):
    found, lists = [], []
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        names = []
    for name in sorted(names):
        value = os.getxattr(path, name, follow_symlinks=False)
        if name == 'system.posix_acl_access':
            lists.insert(0, 'acl ' + acl(value))
        elif name == 'system.posix_acl_default':
            lists.append('default ' + acl(value))
        elif name.split('.')[0] in ('user', 'trusted', 'security'):
            found.append(name + '=' + value.hex())
    return found + lists


def line(path, shown, families):
    st = os.lstat(path)
    size, what = 0, '-'
    if stat.S_ISREG(st.st_mode):
        size, crc = st.st_size, 0
        with open(path, 'rb') as f:
            while part := f.read(1 << 20):
                crc = zlib.crc32(part, crc)
        what = '%08x' % crc
    elif stat.S_ISLNK(st.st_mode):
        what = escaped(os.fsencode(os.readlink(path)))
    elif stat.S_ISBLK(st.st_mode) or stat.S_ISCHR(st.st_mode):
        what = '%d:%d' % (os.major(st.st_rdev), os.minor(st.st_rdev))
    links = families.get((st.st_dev, st.st_ino), 1) if stat.S_ISREG(st.st_mode) else 1
    return '\t'.join([escaped(shown), '%o' % st.st_mode, str(st.st_uid), str(st.st_gid),
                      '%d.%09d' % divmod(st.st_mtime_ns, 10**9), str(size), what, str(links)] +
                     attributes(path))


def main(root):
    root = os.fsencode(root)
    paths, families = [root], {}
    for folder, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(folder, name)
            paths.append(path)
            st = os.lstat(path)
            if stat.S_ISREG(st.st_mode):
                family = st.st_dev, st.st_ino
                families[family] = families.get(family, 0) + 1
    # As a tree is walked: a folder before what is in it, names ascending.
    for path in sorted(paths, key=lambda p: p[len(root):].split(b'/')):
        sys.stdout.buffer.write(os.fsencode(
            line(path, path[len(root):] or b'/', families)) + b'\n')


main(sys.argv[1])
