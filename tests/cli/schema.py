#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema.py SCHEMA PAGE FILE...: each line of each file is valid by the schema and has no
key that the schema does not know; each key of the schema is on the page; and the schema
misses what it demands, so that it does not prove nothing. Prints how many lines had which
keys."""
import collections
import copy
import json
import sys

import jsonschema


def close(s):
    """The schema with no room for keys that it does not name."""
    if isinstance(s, dict):
        for v in s.values():
            close(v)
        if s.get('type') == 'object' and 'properties' in s:
            s['additionalProperties'] = False
    elif isinstance(s, list):
        for v in s:
            close(v)
    return s


def keys(s, found):
    if isinstance(s, dict):
        if s.get('type') == 'object' or 'anyOf' in s:
            found.update(s.get('properties', {}))
        for v in s.values():
            keys(v, found)
    elif isinstance(s, list):
        for v in s:
            keys(v, found)
    return found


schema = json.load(open(sys.argv[1], encoding='utf-8'))
page = open(sys.argv[2], encoding='utf-8').read()
cls = jsonschema.validators.validator_for(schema)
cls.check_schema(schema)
valid = cls(close(copy.deepcopy(schema)))
for key in keys(schema, set()):
    if f'`{key}`' not in page:
        sys.exit(f'{key} is not in {sys.argv[2]}')
seen = collections.Counter()
lines = 0
for name in sys.argv[3:]:
    for line in open(name, 'rb').read().decode('utf-8').split('\n')[:-1]:
        value = json.loads(line)
        for e in valid.iter_errors(value):
            sys.exit(f'{name}: {value.get("path")}: {list(e.absolute_path)}: {e.message[:300]}')
        for key in schema['required']:
            if valid.is_valid({k: v for k, v in value.items() if k != key}):
                sys.exit(f'the schema does not miss {key}')
        for key in value:
            if valid.is_valid({**value, key: [None]}):
                sys.exit(f'the schema takes anything for {key}')
        seen.update(list(value))
        lines += 1
if not lines:
    sys.exit('nothing to check')
print(lines, 'lines,', len(seen), 'of', len(schema['properties']), 'keys; never:',
      *sorted(set(schema['properties']) - set(seen)))
