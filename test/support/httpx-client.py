"""Downloads or uploads by httpx, streamed. Prints the version that was spoken, and how many octets went.

usage: httpx-client.py download|upload http/1.1|http/2 MIB URL
"""
import sys

import httpx

_, way, version, mib, url = sys.argv
BLOCK = bytes(65536)


def blocks():
    for _ in range(int(mib) * 16):
        yield BLOCK


with httpx.Client(http1=version == "http/1.1", http2=version == "http/2", verify=False, timeout=300) as client:
    if way == "download":
        size = 0
        with client.stream("GET", url) as response:
            for block in response.iter_raw():
                size += len(block)
    else:
        response = client.post(url, content=blocks())
        size = int(response.text)
    print(response.http_version, size)
