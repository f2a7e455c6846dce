#!/usr/bin/env python3
"""Cuts the fonts to the characters that reports need.

    python3 -m pip install fonttools==4.60.1
    python3 subset.py FOLDER...

The folders are searched for the files of Debian's packages fonts-noto-cjk,
fonts-noto-core and fonts-dejavu-core. The same files in give the same bytes out.
"""

import sys
from pathlib import Path

import fontTools
from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "almanac" / "demo"
FONTTOOLS = "4.60.1"
# The face for simplified Chinese in the collections of all five regions.
SIMPLIFIED = "Noto Sans CJK SC"

LETTERS = [
    (0x20, 0x7E),  # Latin
    (0xA0, 0x24F),  # Latin-1, Latin Extended-A and -B
    (0x250, 0x2FF),  # Phonetic letters, modifiers
    (0x300, 0x36F),  # Accents that combine
    (0x370, 0x3FF),  # Greek
    (0x400, 0x52F),  # Cyrillic
    (0x1E00, 0x1EFF),  # Latin Extended Additional, Vietnamese
    (0x1F00, 0x1FFF),  # Greek Extended
    (0x2000, 0x206F),  # Punctuation
    (0x2070, 0x209F),  # Superscripts and subscripts
    (0x20A0, 0x20CF),  # Currencies
    (0x2100, 0x218F),  # Letterlike, number forms
]
SIGNS = [
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x2070, 0x209F),
    (0x20A0, 0x20CF),
    (0x2100, 0x21FF),  # Letterlike, number forms, arrows
    (0x2200, 0x22FF),  # Mathematics
    (0x2300, 0x23FF),
    (0x2460, 0x24FF),  # Numbers in circles
    (0x2500, 0x27BF),  # Boxes, shapes, dingbats
    (0x3000, 0x303F),  # Chinese punctuation
    (0x3040, 0x30FF),  # Kana
    (0xFE10, 0xFE4F),
    (0xFF00, 0xFFEF),  # Full width
]


def ranges(pairs):
    return {code for first, last in pairs for code in range(first, last + 1)}


def gb2312():
    """The 6763 characters and the signs of GB/T 2312-1980."""
    codes = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                codes.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return codes


def big5():
    """The 5401 common characters of Big5, for names in traditional characters."""
    codes = set()
    for row in range(0xA4, 0xC7):
        for cell in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            try:
                codes.add(ord(bytes((row, cell)).decode("big5")))
            except UnicodeDecodeError:
                continue
    return codes


def demo():
    """All characters of the data of the demo."""
    codes = set()
    for path in sorted(DEMO.rglob("*")):
        if path.suffix in {".csv", ".tsv", ".toml", ".md"}:
            codes |= {ord(char) for char in path.read_text(encoding="utf-8")}
    return codes


def chinese():
    return gb2312() | big5() | demo() | ranges(LETTERS) | ranges(SIGNS)


def western():
    return demo() | ranges(LETTERS) | ranges(SIGNS)


def names():
    return ranges([(0x20, 0x7E), (0x2190, 0x2190), (0x2212, 0x2212)])


CUTS = [
    ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", chinese),
    ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", chinese),
    ("NotoSans-Regular.ttf", "NotoSans-Regular.ttf", western),
    ("NotoSans-Bold.ttf", "NotoSans-Bold.ttf", western),
    ("NotoSerif-Regular.ttf", "NotoSerif-Regular.ttf", western),
    ("NotoSerif-Bold.ttf", "NotoSerif-Bold.ttf", western),
    ("NotoSerif-Italic.ttf", "NotoSerif-Italic.ttf", western),
    ("DejaVuSansMono.ttf", "DejaVuSansMono.ttf", names),
]


def face(path):
    """The font of a file, or the one for simplified Chinese of a collection."""
    if path.suffix != ".ttc":
        return TTFont(path, recalcTimestamp=False)
    number = 0
    while True:
        font = TTFont(path, fontNumber=number, recalcTimestamp=False)
        if font["name"].getDebugName(1) == SIMPLIFIED:
            return font
        number += 1


def cut(source, target, codes):
    options = subset.Options()
    options.drop_tables += ["vhea", "vmtx", "VORG", "DSIG", "STAT", "BASE"]
    # Vertical setting is not used, nor the forms of other regions.
    options.layout_features = [
        "ccmp", "locl", "kern", "mark", "mkmk", "liga", "halt", "palt", "pwid",
        "hwid", "fwid", "chws", "tnum", "lnum", "pnum", "onum", "sups", "subs",
        "frac", "calt", "clig", "rlig",
    ]
    options.layout_scripts = ["*"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.name_languages = [0x409]
    options.hinting = False
    options.desubroutinize = False
    options.notdef_outline = True
    options.glyph_names = False
    options.recalc_timestamp = False
    font = face(source)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    font.save(target)
    kept = len(font.getBestCmap())
    version = font["name"].getDebugName(5)
    print(f"{target.name}: {kept} characters, {target.stat().st_size} bytes, {version}")


def main(folders):
    if fontTools.version != FONTTOOLS:
        sys.exit(f"subset.py: fonttools is {fontTools.version}, not {FONTTOOLS}")
    for source, target, codes in CUTS:
        found = [path for folder in folders for path in sorted(Path(folder).rglob(source))]
        if not found:
            sys.exit(f"subset.py: no {source} in {', '.join(folders)}")
        cut(found[0], HERE / target, codes())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
