"""How long `import sousveil` takes, and `sousveil --help`: seconds, the best of five fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
import time


def best(*words: str) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    empty = best("-c", "pass")
    print(f"import sousveil   {best('-c', 'import sousveil') - empty:.3f} s   (at most 0.3)")
    print(f"sousveil --help   {best('-m', 'sousveil', '--help'):.3f} s")
