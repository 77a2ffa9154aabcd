"""The figures as a picture (SVG): a bar for each, by a scale of powers of ten where one is far longer than another.

Drawn by a program of its own, with the Python that has Debian's packages: this file, with rows as JSON on standard input.
"""

import json
import subprocess
import sys

GROUPS = [("Two matrices multiplied", "s",
           ("Python, the paper", "Java", "C -O0", "C -O3", "NumPy", "C++ in tiles", "the same as Wasm")),
          ("From the start to the first line", "ms",
           ("container", "Python", "Node", "a native process", "sluice run, code", "fresh instance")),
          ("A hello of Wasm", "ms", ("hello",)),
          ("The bot on disk", "MB", ("on disk",)),
          ("The bot in memory", "MiB", ("in memory",)),
          ("Eight agents that compute", "/s", ("8 agents",))]
OURS = ("Wasm", "luice")


def draw(rows, file, python):
    """Says on standard error what kept it from drawing."""
    shown = json.dumps([[row.what, row.value, row.unit] for row in rows if row.value is not None])
    subprocess.run([python, __file__, str(file)], input=shown, text=True, check=False)


def chosen(rows, begins, unit):
    """The rows of a group, all in its unit."""
    found = []
    for what, value, own_unit in rows:
        if not what.startswith(begins):
            continue
        if own_unit == unit:
            found.append((what, value))
        elif (own_unit, unit) == ("µs", "ms"):
            found.append((what, value / 1000))
    return found


def label(value, unit):
    return f" {value:,.0f} {unit}" if value >= 100 else f" {value:.3g} {unit}"


def bars_of(rows):
    groups = [(title, unit, chosen(rows, begins, unit)) for title, unit, begins in GROUPS]
    return [group for group in groups if group[2]]


def main():
    try:
        import matplotlib
    except ImportError:
        sys.exit("no picture: no matplotlib (package python3-matplotlib; script/bootstrap runtime installs it)")
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "sluice"  # the same figures make the same file
    from matplotlib import pyplot

    groups = bars_of(json.load(sys.stdin))
    if not groups:
        sys.exit("no picture: nothing of what was measured is drawn")
    heights = [len(bars) + 1.5 for _, _, bars in groups]
    figure, places = pyplot.subplots(len(groups), 1, figsize=(10, sum(heights) * 0.32), squeeze=False,
                                     gridspec_kw={"height_ratios": heights})
    for place, (title, unit, bars) in zip(places[:, 0], groups, strict=True):
        colours = ["#1f77b4" if any(word in what for word in OURS) else "#b0b0b0" for what, _ in bars]
        drawn = place.barh([what for what, _ in bars], [value for _, value in bars], color=colours)
        place.bar_label(drawn, labels=[label(value, unit) for _, value in bars], fontsize=8)
        values = [value for _, value in bars]
        if max(values) > 50 * min(values):
            place.set_xscale("log")
            place.set_xlim(min(values) / 10, max(values) * 10)
        else:
            place.set_xlim(0, max(values) * 1.25)
        place.invert_yaxis()
        place.set_title(title, loc="left", fontsize=10)
        place.tick_params(labelsize=8)
        for side in ("top", "right"):
            place.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
