"""matmul_loops.py SIZE [ROWS]: the three loops of the paper, in Python, for the first ROWS rows. Prints the seconds
that they took."""

import random
import sys
import time


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else n
    a = [[random.random() for _ in range(n)] for _ in range(rows)]
    b = [[random.random() for _ in range(n)] for _ in range(n)]
    c = [[0.0 for _ in range(n)] for _ in range(rows)]
    start = time.perf_counter()
    for i in range(rows):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    print(f"{time.perf_counter() - start:.6f} {c[0][1]!r}")


if __name__ == "__main__":
    main()
