"""The figures as a picture (SVG): a bar for each, long and short ones beside each other by a scale of powers of ten."""

import sys

GROUPS = [("Two 4096×4096 matrices multiplied", "s", ("Python, the paper", "Java", "C -O0", "C -O3", "NumPy", "C++ in tiles, scalar",
                                                      "C++ in tiles, vectors of 128 bits, -O3", "the same as Wasm")),
          ("From the start to the first line", "ms", ("container", "Python", "Node", "a native process", "sluice run, code",
                                                      "fresh instance")),
          ("On disk", "MB", ("on disk",)),
          ("In memory", "MiB", ("in memory",)),
          ("Eight agents that compute, texts compared a second", "/s", ("8 agents",))]
OURS = ("Wasm", "luice")


def chosen(rows, begins, unit):
    """The rows of a group, all in its unit."""
    found = []
    for row in rows:
        if row.value is None or not row.what.startswith(begins):
            continue
        if row.unit == unit:
            found.append((row.what, row.value))
        elif (row.unit, unit) == ("µs", "ms"):
            found.append((row.what, row.value / 1000))
    return found


def draw(rows, file):
    try:
        import matplotlib
    except ImportError:
        print("no picture: no matplotlib (package python3-matplotlib; script/bootstrap runtime installs it)", file=sys.stderr)
        return
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "sluice"  # the same figures make the same file
    from matplotlib import pyplot

    groups = [(title, unit, chosen(rows, begins, unit)) for title, unit, begins in GROUPS]
    groups = [group for group in groups if group[2]]
    if not groups:
        return
    heights = [len(bars) + 1.5 for _, _, bars in groups]
    figure, places = pyplot.subplots(len(groups), 1, figsize=(10, sum(heights) * 0.32), squeeze=False,
                                     gridspec_kw={"height_ratios": heights})
    for place, (title, unit, bars) in zip(places[:, 0], groups, strict=True):
        colours = ["#1f77b4" if any(word in what for word in OURS) else "#b0b0b0" for what, _ in bars]
        drawn = place.barh([what for what, _ in bars], [value for _, value in bars], color=colours)
        place.bar_label(drawn, labels=[f" {value:,.3g} {unit}" for _, value in bars], fontsize=8)
        place.set_xscale("log")
        place.margins(x=0.25)
        place.invert_yaxis()
        place.set_title(title, loc="left", fontsize=10)
        place.tick_params(labelsize=8)
        for side in ("top", "right"):
            place.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
