"""agent.py threads|processes COUNT AGENTS: agents that compute: COUNT times how far two texts are from each other."""

import concurrent.futures
import sys


def text_of(seed):
    text = []
    for _ in range(300):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        text.append("abcdefgh"[(seed >> 16) % 8])
    return "".join(text)


def distance(one, other):
    before = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        now = [i]
        for j, opposite in enumerate(other, 1):
            changed = before[j - 1] + (letter != opposite)
            now.append(min(changed, before[j] + 1, now[j - 1] + 1))
        before = now
    return before[-1]


def agent(number, count):
    total = sum(distance(text_of(number * 1000 + i), text_of(number * 1000 + i + 1)) for i in range(count))
    return f"agent {number}: {total}"


def main():
    kind, count, agents = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    pools = {"threads": concurrent.futures.ThreadPoolExecutor, "processes": concurrent.futures.ProcessPoolExecutor}
    with pools[kind](agents) as pool:
        for line in pool.map(agent, range(agents), [count] * agents):
            print(line)


if __name__ == "__main__":
    main()
