# SPDX-License-Identifier: MIT
"""What the scripts in this folder write: messages, tables, the section of a Markdown file, JSON, a
plot."""
import json
import math
import os
import platform
import re
import statistics
import sys
from html import escape
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(sys.argv[0]).name


class Failure(Exception):
    """An error that the user can fix: `where: what is wrong; what to do`."""


def say(message):
    print(f"{SCRIPT}: {message}", file=sys.stderr, flush=True)


# ---- text ---------------------------------------------------------------------------------------


def processor():
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{len(os.sched_getaffinity(0))} cores of {model[1] if model else platform.machine()}"


def table(caption, header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return caption + "\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def mean(values, digits=2):
    return f"{statistics.mean(values):.{digits}f}" if values else ""


def with_error(values, sign=""):
    """Mean ± its standard error."""
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    return f"{statistics.mean(values):{sign}.2f}" + ("" if error is None else f" ± {error:.2f}")


def write_json(path, content):
    if path:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def around_tables(path):
    """The text before and after the tables in a Markdown file, markers included."""
    begin, end = (f"<!-- {SCRIPT} {edge} -->" for edge in ("begin", "end"))
    pattern = rf"(.*^{re.escape(begin)}\n).*(^{re.escape(end)}$.*)"
    parts = re.fullmatch(pattern, path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if not parts:
        raise Failure(f"{path}: no line '{begin}' followed by a line '{end}'; add them where "
                      "the tables belong")
    return parts.groups()


def write_tables(path, text):
    """Replaces the text between the markers of the file."""
    path.write_text(("\n" + text + "\n\n").join(around_tables(path)), encoding="utf-8")


# ---- plot ---------------------------------------------------------------------------------------


class Dot(NamedTuple):
    """A median with its range, in seconds."""
    name: str
    median: float
    low: float
    high: float
    ours: bool


# Colours readable on white and on black; the background is transparent.
STYLE = """text { font: 13px sans-serif; fill: #7d7d7d } .heading { font-weight: bold }
.tick { text-anchor: middle } .value, .name { text-anchor: end }
.grid { stroke: #7d7d7d; stroke-opacity: 0.3 } line { stroke: #7d7d7d; stroke-width: 2 }
circle { fill: #7d7d7d } .ours { fill: #2f81f7; stroke: #2f81f7 }"""
WIDTH, LEFT, RIGHT, ROW = 860, 330, 100, 22


def dot_plot(groups):
    """SVG of {heading: dots} over a logarithmic axis of seconds."""
    dots = [dot for group in groups.values() for dot in group]
    first = math.floor(math.log10(min(dot.low for dot in dots)))
    last = max(math.ceil(math.log10(max(dot.high for dot in dots))), first + 1)
    height = ROW * (len(dots) + 2 * len(groups) + 2)

    def x(seconds):
        share = (math.log10(seconds) - first) / (last - first)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * share, 1)

    shapes = [_tick(x(10.0**power), 10.0**power, height) for power in range(first, last + 1)]
    y = 0
    for heading, group in groups.items():
        y += 2 * ROW
        shapes.append(f'<text class="heading" x="8" y="{y}">{escape(heading)}</text>')
        for dot in group:
            y += ROW
            shapes.append(_dot(dot, x, y))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + ROW}" '
            f'width="{WIDTH}" height="{height + ROW}" role="img">\n<style>{STYLE}</style>\n' +
            "\n".join(shapes) + "\n</svg>\n")


def _tick(x, seconds, height):
    return (f'<line class="grid" x1="{x}" x2="{x}" y1="{ROW}" y2="{height - ROW}"/>'
            f'<text class="tick" x="{x}" y="{height}">{seconds:g} s</text>')


def _dot(dot, x, y):
    kind = ' class="ours"' if dot.ours else ""
    value = f"{dot.median:.3g} s" if dot.median >= 0.1 else f"{1000 * dot.median:.3g} ms"
    return (f'<text class="name" x="{LEFT - 12}" y="{y + 4}">{escape(dot.name)}</text>'
            f'<line{kind} x1="{x(dot.low)}" x2="{x(dot.high)}" y1="{y}" y2="{y}"/>'
            f'<circle{kind} cx="{x(dot.median)}" cy="{y}" r="5"/>'
            f'<text class="value" x="{WIDTH - 8}" y="{y + 4}">{value}</text>')
