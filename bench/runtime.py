"""What Sluice has instead of Python and Docker, each figure beside its target:
`script/bench runtime [--json FILE] [--svg FILE] [--rounds N] [--only PART,…]`.

Everything is measured in one run on this machine; what is compared takes turns within each round, and each figure is the
median of the rounds. A comparison that this machine cannot make is a row that says why. `script/bootstrap runtime`
installs what the comparisons need. docs/benchmarks.md says what each row is.
"""

import sys

from parts.report import Row, arguments_of, report
from parts.runtime import agents, arches, cold, matrix, neural, plot, size, wasmedge
from parts.runtime.prepared import PYTHON, NotMeasured

PARTS = {"matrix": matrix, "cold": cold, "size": size, "agents": agents, "arches": arches, "neural": neural,
         "wasmedge": wasmedge}


def main():
    parser = arguments_of("runtime", __doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--size", type=int, default=matrix.SIZE, metavar="N", help="of the matrices, a multiple of 16")
    parser.add_argument("--svg", metavar="FILE", help="draw the figures as well")
    parser.add_argument("--only", default=",".join(PARTS), metavar="PART,…", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    wanted = options.only.split(",")
    for name in wanted:
        if name not in PARTS:
            parser.error(f"no part '{name}'; there are: {', '.join(PARTS)}")
    rows, failed = [], 0
    for name in wanted:
        try:
            rows += PARTS[name].measure(options)
        except NotMeasured as none:
            rows.append(Row(f"all of {name}", None, why=str(none)))
        except SystemExit as error:
            # What the other parts have measured is not lost.
            print(error, file=sys.stderr)
            rows.append(Row(f"all of {name}", None, why="FAILED, see standard error"))
            failed = 1
    report("runtime", rows, options.json)
    if options.svg:
        plot.draw(rows, options.svg, PYTHON)
    sys.exit(failed)


if __name__ == "__main__":
    main()
