# SPDX-License-Identifier: GPL-3.0-or-later
# Addresses, when connections break, files change, and servers lie. What cannot be gone on with
# leaves a drive that boots nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
. "$(dirname "$0")/address-lib.sh"

# The connection breaks: it goes on where it was, or begins anew with what is the same file.
good ranges+break/x.iso
grep -Eq ' bytes=[1-9][0-9]*- "one"$' log || fail "the rest was not asked for: $(cat log)"
good ranges+breaks/x.iso
good ranges+break/x.iso.gz
good weak+break/x.iso
good unmarked+break/x.iso
good fails+break/x.iso
good expires+breaks/x.iso
good whole+break/x.iso
good whole+break+weak/x.iso
good whole+break/x.iso.gz
good chunked+break/x.iso
bad whole+break+unmarked/x.iso 'connection broke at byte [0-9]+, and the server can neither.*download the image first'
bad whole+stuck/x.iso 'connection broke at byte [0-9]+, again and again'

# Another file, another length.
bad whole+break+changes/x.iso 'changed while it was read'
bad ranges+changes/x.iso 'changed while it was read'
bad later/x.iso 'changed while it was read'
bad whole+long/x.iso '100000 bytes remaining|again and again'
bad whole+short/x.iso 'cut short'
bad whole+encoded/x.iso 'encoded \(gzip\)'
good whole+encoded/x.iso.gz # there it says what the file is
