"""matmul_numpy.py SIZE: the product by NumPy. Prints the seconds that it took."""

import sys
import time

import numpy


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    a, b = numpy.random.rand(n, n), numpy.random.rand(n, n)
    start = time.perf_counter()
    c = a @ b
    print(f"{time.perf_counter() - start:.6f} {c[1, 1]!r}")


if __name__ == "__main__":
    main()
