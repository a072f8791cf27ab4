"""Verifies messages with dkimpy, for dkimpy.cc.

Reads JSON lines {"message": base64, "records": [base64], "now": seconds}; prints "pass" or "fail WHY" for the first
DKIM-Signature field of each.
"""
import base64
import json
import sys
import time

import dkim


def verdict(case):
    time.time = lambda: case["now"]
    # dkimpy reads one record; where there are more, a resolver gives them in any order, and it takes the first.
    records = [base64.b64decode(record) for record in case["records"]]
    try:
        message = dkim.DKIM(base64.b64decode(case["message"]))
        good = message.verify(idx=0, dnsfunc=lambda name, timeout=5: records[0] if records else None)
        return "pass" if good else "fail did not verify"
    except Exception as error:  # dkimpy raises whatever its parsing meets
        return f"fail {type(error).__name__}: {error}".replace("\n", " ")


for line in sys.stdin:
    print(verdict(json.loads(line)), flush=True)
