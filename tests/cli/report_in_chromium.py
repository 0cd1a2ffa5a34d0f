# SPDX-License-Identifier: MIT
"""Opens a page of `eval --report` in a headless Chromium and checks how it is rendered.

    report_in_chromium.py BROWSER REPORT.html PICTURES
"""
import html as html_module
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--hide-scrollbars"]
DARK = ["--blink-settings=preferredColorScheme=0"]
WIDTHS = {"phone": 360, "tablet": 768, "desktop": 1280}
NARROWEST_WINDOW = 500

# Appended to a copy of the page in a frame. Writes its results to an element of the outer page.
PROBE = """
<script>
const rgb = text => text.match(/[\\d.]+/g).map(Number);
const over = (top, below) => {
  const alpha = top.length > 3 ? top[3] : 1;
  return [0, 1, 2].map(i => alpha * top[i] + (1 - alpha) * below[i]);
};
const ground = element => element === null ? [255, 255, 255]
    : over(rgb(getComputedStyle(element).backgroundColor), ground(element.parentElement));
const luminance = color => {
  const part = color.map(c => c / 255)
      .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
  return .2126 * part[0] + .7152 * part[1] + .0722 * part[2];
};
const contrast = element => {
  const a = luminance(rgb(getComputedStyle(element).color)), b = luminance(ground(element));
  return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
};
const all = selector => [...document.querySelectorAll(selector)];
const least = selector => Math.min(...all(selector).map(contrast));
const scrolling = all('.scroll').filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel);
for (const shade of Array(10).keys()) {  // whether the data uses it or not
  const cell = document.createElement('td');
  cell.className = 'h' + shade;
  document.querySelector('.heat tbody tr').append(cell);
}
document.querySelectorAll('details').forEach(details => details.open = true);
location.hash = document.querySelector('.heat a').hash;
const found = {
  width: innerWidth,
  page_width: document.documentElement.scrollWidth,
  wide: all('body *').filter(e => !e.closest('.scroll, svg') &&
      e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className),
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  shades: least('.heat td[class^=h]'),
  marks: least('mark'),
  words: least('p, h1, h2, td:not([class^=h]), th, dt, dd, small, summary, figcaption, a'),
  requests: performance.getEntriesByType('resource').map(e => e.name).concat(
      all('[src], link, [href]:not([href^="#"])').map(e => e.tagName)),
  dead_links: all('a').filter(e => !document.querySelector(e.hash)).length,
  target: all('.mistake:target .text').map(e => [getComputedStyle(e).maxHeight, e.clientHeight]),
  cut: all('.mistake:not(:target) .text').map(e => getComputedStyle(e).maxHeight),
  scrolling,
  cell: document.querySelector('.heat tbody td').getBoundingClientRect().width,
  sections: all('section').map(e => e.id),
  drawings: all('figure > svg').map(e => e.getBoundingClientRect()).map(r => [r.width, r.height]),
  lettering: Math.min(...all('figure > svg').map(
      e => 11 * e.getBoundingClientRect().width / e.viewBox.baseVal.width)),
  charts_named: all('figure > svg').every(e => e.getAttribute('aria-label').length > 20),
  headings_scoped: all('th').every(e => e.hasAttribute('scope')),
};
const element = parent.document.createElement('pre');
element.id = 'found';
element.textContent = JSON.stringify(found);
parent.document.body.append(element);
</script>
"""


def expect(claim, *values):
    if not claim:
        raise SystemExit(f"report_in_chromium.py: not as expected: {values}")


def chromium(browser, page, size, *flags, attempts=2):
    """Chromium without a display seldom, but sometimes, never ends: then it is started again."""
    with tempfile.TemporaryDirectory() as profile:
        width, height = size
        try:
            run = subprocess.run(
                [browser, *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}",
                 *flags, page.as_uri()], capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            expect(attempts > 1, "Chromium did not end")
            return chromium(browser, page, size, *flags, attempts=attempts - 1)
    expect(run.returncode == 0, run.stderr)
    return run.stdout


def framed(browser, html, width, height, *flags):
    """Opens `html` in a frame, because a window cannot be as narrow as a phone."""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "framed.html")
        page.write_text('<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" '
                        'content="light dark"><body style="margin:0"><iframe srcdoc="'
                        f'{html_module.escape(html)}" style="display:block;border:0;width:{width}px;'
                        f'height:{height}px"></iframe></body>', encoding="utf-8")
        return chromium(browser, page, (max(width, NARROWEST_WINDOW), height), *flags)


def with_end(html, end):
    """`html` with `end` before the end of its body, without its policy, which forbids scripts."""
    policy = r'<meta http-equiv="Content-Security-Policy"[^>]*>\n'
    opened, policies = re.subn(policy, "", html)
    expect(policies == 1, "no policy")
    return opened.replace("</body>", end + "</body>")


def probe(browser, html, width, *flags, defect=""):
    dom = framed(browser, with_end(html, defect + PROBE), width, 1400, *flags, "--dump-dom")
    found = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    expect(found, dom[-2000:])
    return json.loads(html_module.unescape(found[1]))


def pixels(png):
    """Rows of an 8-bit PNG that is not interlaced (ISO/IEC 15948)."""
    data = png.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    expect(depth == 8 and kind in (2, 6) and data[28] == 0, png, depth, kind)
    step = 3 if kind == 2 else 4
    packed, at = b"", 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        if name == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    raw, stride, before, rows = zlib.decompress(packed), width * step, bytes(width * step), []
    for y in range(height):
        begin = y * (stride + 1)
        rule, row = raw[begin], bytearray(raw[begin + 1:begin + 1 + stride])
        for x in range(stride if rule else 0):
            left = row[x - step] if x >= step else 0
            corner = before[x - step] if x >= step else 0
            up = before[x]
            estimate = left + up - corner
            paeth = min((left, up, corner), key=lambda value: abs(estimate - value))
            row[x] = (row[x] + (left, up, (left + up) // 2, paeth)[rule - 1]) & 0xFF
        rows.append(bytes(row))
        before = row
    return [[row[x:x + 3] for x in range(0, stride, step)] for row in rows]


def picture(browser, html, width, height, name, *flags):
    png = pathlib.Path(name).resolve()
    framed(browser, html, width, height, *flags, f"--screenshot={png}")
    rows = pixels(png)
    expect((len(rows[0]), len(rows)) == (max(width, NARROWEST_WINDOW), height), name, len(rows))
    return [row[:width] for row in rows]


def settled_picture(browser, html, width, height, name, attempts=5):
    """Chromium seldom, but sometimes, takes a picture before all is drawn: two must be equal."""
    before = None
    for _ in range(attempts):
        rows = picture(browser, html, width, height, name)
        if rows == before:
            return rows
        before = rows
    expect(False, name, "looks different each time")


def check_picture(rows, name):
    colors = {color for row in rows for color in row}
    drawn = sum(1 for row in rows if len(set(row)) > 1) / len(rows)
    expect(len(colors) > 100, name, "has nearly a single color", len(colors))
    expect(drawn > 0.5, name, "is mostly blank", drawn)


def cue_columns(browser, html, width, folder, end=""):
    """The columns of pixels that the cue at the edge of scrolling tables changes."""
    height = 2400
    shown = settled_picture(browser, with_end(html, end), width, height, f"{folder}/shown.png")
    end += "<style>.scroll::before { visibility: hidden }</style>"
    hidden = settled_picture(browser, with_end(html, end), width, height, f"{folder}/hidden.png")
    return {x for a, b in zip(shown, hidden) if a != b for x in range(width) if a[x] != b[x]}


def main():
    browser, report, pictures = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    html = report.read_text(encoding="utf-8")

    for name, width in WIDTHS.items():
        for theme, flags in (("light", ()), ("dark", DARK)):
            file = f"{pictures}/{name}-{theme}.png"
            rows = picture(browser, html, width, 1400, file, *flags)
            check_picture(rows, file)
            expect(min(rows[0][0]) > 230 if theme == "light" else max(rows[0][0]) < 60, file,
                   "begins with another color", rows[0][0])
            found = probe(browser, html, width, *flags)
            expect(found["width"] == width, found)
            expect(found["dark"] == (theme == "dark"), found)
            expect(found["page_width"] <= found["width"] and found["wide"] == [], found)
            expect(min(found["shades"], found["marks"], found["words"]) >= 4.5, found)
            expect(found["requests"] == [], found)
            expect(found["sections"] == ["labels", "confusion", "pairs", "reliability", "coverage",
                                         "thresholds", "training", "mistakes"], found)
            large = [size for size in found["drawings"] if size[0] > 250 and size[1] > 150]
            expect(len(large) >= 4 and all(w > 150 and h > 90 for w, h in found["drawings"]), found)
            expect(found["lettering"] > 8, found)
            expect(found["charts_named"] and found["headings_scoped"], found)
            expect(found["dead_links"] == 0, found)
            # The link of a cell shows the text of its mistake in full length.
            expect(len(found["target"]) == 1 and found["target"][0][0] == "none", found)
            expect(found["cut"] and "none" not in found["cut"], found)
            expect(found["cell"] >= 50, found)
            expect(name == "tablet" or (found["scrolling"] != []) == (name == "phone"), found)

    # A table that continues to the right has a shadow at the edge, until it is scrolled to its end.
    phone, desktop = WIDTHS["phone"], WIDTHS["desktop"]
    with tempfile.TemporaryDirectory() as folder:
        columns = cue_columns(browser, html, phone, folder)
        expect(len(columns) > 8 and min(columns) > phone - 40, "no shadow at the edge", columns)
        end = ("<script>document.querySelectorAll('.scroll').forEach(e => e.scrollLeft = 1e6)"
               "</script>")
        expect(cue_columns(browser, html, phone, folder, end) == set(), "a shadow at the end")
        expect(cue_columns(browser, html, desktop, folder) == set(), "a shadow on a wide page")

    # The probe detects the defects that it is meant for.
    wide = probe(browser, html, phone, defect='<div class="bad" style="width:900px">x</div>')
    expect(wide["page_width"] > wide["width"] and "DIV.bad" in wide["wide"], wide)
    pale = probe(browser, html, phone,
                 defect="<p style='color:#aaa'>x</p><img src='x.png'><a href='#none'>x</a>")
    expect(pale["words"] < 3 and "IMG" in pale["requests"] and pale["dead_links"] == 1, pale)
    print(f"shades {found['shades']:.2f}, marks {found['marks']:.2f}, words {found['words']:.2f}: "
          "the least contrasts in the dark")


main()
