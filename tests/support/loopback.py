"""Asking a server of a test: reading the certificates of the system anew for each request costs 40 ms."""

from functools import partial

import httpx2

get = partial(httpx2.get, verify=False)
post = partial(httpx2.post, verify=False)
