"""Files that the program writes behind a queue."""
import time


LONGEST = 60  # seconds


def settled(file):
    """Its text, "" if there is none, once nothing has come for a moment: what is written stands in a queue first."""
    text, deadline = None, time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        before, text = text, file.read_text() if file.exists() else ''
        if text == before:
            break
        time.sleep(0.05)
    return text
