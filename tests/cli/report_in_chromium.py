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
DESKTOP, PHONE = (1000, 1400), (390, 1400)

# Appended to a copy of the page in a frame of another page, because a window cannot be as narrow as
# a phone. The script writes its results to an element of the outer page.
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
for (const shade of Array(10).keys()) {  // whether the data uses it or not
  const cell = document.createElement('td');
  cell.className = 'h' + shade;
  document.querySelector('.heat tbody tr').append(cell);
}
document.querySelectorAll('details').forEach(details => details.open = true);
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
  sections: all('section').map(e => e.id),
  drawings: all('figure > svg').map(e => e.getBoundingClientRect()).map(r => [r.width, r.height]),
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


def chromium(browser, page, size, *flags):
    with tempfile.TemporaryDirectory() as profile:
        width, height = size
        run = subprocess.run(
            [browser, *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}",
             *flags, page.as_uri()], capture_output=True, text=True, timeout=120)
    expect(run.returncode == 0, run.stderr)
    return run.stdout


def probe(browser, html, size, *flags, defect=""):
    with tempfile.TemporaryDirectory() as folder:
        # The page's own policy forbids scripts.
        policy = r'<meta http-equiv="Content-Security-Policy"[^>]*>\n'
        opened, policies = re.subn(policy, "", html)
        expect(policies == 1, "no policy")
        framed = html_module.escape(opened.replace("</body>", defect + PROBE + "</body>"))
        page = pathlib.Path(folder, "probe.html")
        page.write_text('<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" '
                        f'content="light dark"><body><iframe srcdoc="{framed}" style="border:0;'
                        f'width:{size[0]}px;height:{size[1]}px"></iframe></body>', encoding="utf-8")
        dom = chromium(browser, page, DESKTOP, *flags, "--dump-dom")
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


def picture(browser, report, size, name, *flags):
    png = pathlib.Path(name).resolve()
    chromium(browser, report, size, *flags, f"--screenshot={png}")
    rows = pixels(png)
    expect((len(rows[0]), len(rows)) == size, name, len(rows[0]), len(rows))
    colors = {color for row in rows for color in row}
    drawn = sum(1 for row in rows if len(set(row)) > 1) / len(rows)
    expect(len(colors) > 100, name, "has nearly a single color", len(colors))
    expect(drawn > 0.5, name, "is mostly blank", drawn)
    return rows


def main():
    browser, report, pictures = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    html = report.read_text(encoding="utf-8")

    light = picture(browser, report, DESKTOP, f"{pictures}/desktop-light.png")
    dark = picture(browser, report, DESKTOP, f"{pictures}/desktop-dark.png", *DARK)
    picture(browser, report, PHONE, f"{pictures}/phone.png")
    expect(min(light[0][0]) > 230, "a light page begins light", light[0][0])
    expect(max(dark[0][0]) < 60, "a dark page begins dark", dark[0][0])

    for size, flags in ((DESKTOP, ()), (DESKTOP, DARK), (PHONE, ()), (PHONE, DARK)):
        found = probe(browser, html, size, *flags)
        expect(found["width"] == size[0], found)
        expect(found["dark"] == bool(flags), found)
        expect(found["page_width"] <= found["width"] and found["wide"] == [], found)
        expect(found["shades"] >= 4.5 and found["marks"] >= 4.5 and found["words"] >= 4.5, found)
        expect(found["requests"] == [], found)
        expect(found["sections"] == ["labels", "confusion", "pairs", "reliability", "training",
                                     "mistakes"], found)
        expect(len(found["drawings"]) == 3 and
               all(width > 250 and height > 150 for width, height in found["drawings"]), found)
        expect(found["charts_named"] and found["headings_scoped"], found)

    # The probe detects the defects that it is meant for.
    wide = probe(browser, html, PHONE, defect='<div class="bad" style="width:900px">x</div>')
    expect(wide["page_width"] > wide["width"] and "DIV.bad" in wide["wide"], wide)
    pale = probe(browser, html, PHONE, defect="<p style='color:#aaa'>x</p><img src='x.png'>")
    expect(pale["words"] < 3 and "IMG" in pale["requests"], pale)
    print(f"shades {found['shades']:.2f}, marks {found['marks']:.2f}, words {found['words']:.2f}: "
          "the least contrasts in the dark")


main()
