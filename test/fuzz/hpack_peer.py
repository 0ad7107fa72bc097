"""
Decodes blocks with python-hpack: a line of hexadecimal blocks for each connection, a line of JSON for each. What it takes goes out
as a list of [name, value] in latin-1; what it does not, as the name of its exception, and then nothing more of that connection.
"""

import json
import sys

from hpack import Decoder

for line in sys.stdin:
    limit, *blocks = line.split()
    decoder = Decoder(max_header_list_size=1 << 24)
    decoder.max_allowed_table_size = int(limit)
    decoder.header_table_size = min(4096, int(limit))
    told = []
    for block in blocks:
        try:
            fields = decoder.decode(bytes.fromhex(block[1:]), raw=True)
        except Exception as error:
            told.append(type(error).__name__)
            break
        told.append([[name.decode('latin-1'), value.decode('latin-1')] for name, value in fields])
    print(json.dumps(told))
