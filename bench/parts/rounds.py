"""Figures of several rounds: medians, and ratios of what took turns within each round."""

import statistics


class Rounds:
    def __init__(self):
        self.figures = {}

    def add(self, **figures):
        for name, value in figures.items():
            self.figures.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.figures[name])

    def ratio(self, above, below):
        return statistics.median(a / b for a, b in zip(self.figures[above], self.figures[below], strict=True))
