"""The colours tell quantities apart for everybody, on screen and on grey paper."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from support.vision import VISIONS, closest, contrast, distance, lightness

from sheetnet import palette
from sheetnet.writing.styles import LOOKS, STYLES

HEADS = {key: colours.head for key, colours in palette.QUANTITIES.items()}
TINTS = {key: colours.tint for key, colours in palette.QUANTITIES.items()}
TINTS |= {"yours": palette.YOURS.tint}
every_vision = pytest.mark.parametrize("vision", VISIONS)

# Before there was a palette: what the measure has to find wanting.
FORMER = {"input": "E3EEF9", "weight": "EBE4F2", "activation": "FBE3D6", "target": "E2F0D9"}


@every_vision
def test_head_bands_differ(vision: str) -> None:
    apart, first, second = closest(HEADS, vision)
    assert apart >= 21.9, (first, second)


@every_vision
def test_tints_differ(vision: str) -> None:
    apart, first, second = closest(TINTS, vision)
    assert apart >= 8, (first, second)


def test_head_bands_differ_in_grey() -> None:
    steps = sorted(map(lightness, HEADS.values()))
    assert min(high - low for low, high in pairwise(steps)) >= 7.9


def test_letters_can_be_read() -> None:
    for colours in (*palette.QUANTITIES.values(), palette.YOURS):
        assert contrast(colours.head, colours.letters) >= 4.5
        assert contrast(colours.tint, palette.INK) >= 7.9
    for letters in (palette.SECONDARY, palette.LOSS, palette.TITLE):
        assert contrast(letters, palette.PAPER) >= 5
    for fill in palette.BANDS_UNDER:
        assert contrast(fill, palette.INK) >= 5.5, fill


@every_vision
def test_the_signs_differ(vision: str) -> None:
    assert distance(palette.PLUS, palette.MINUS, vision) >= 60
    minus, plus = palette.BANDS[:4], palette.BANDS[5:]
    for first, second in ((a, b) for a in minus for b in plus):
        assert distance(first, second, vision) >= 11, (first, second)


@every_vision
def test_neighbouring_bands_differ(vision: str) -> None:
    for bands, least in ((palette.BANDS, 8), (palette.BANDS_UNDER, 5)):
        for first, second in pairwise(bands):
            assert distance(first, second, vision) >= least, (first, second)


def test_only_yours_is_yellow() -> None:
    yellow = {key for key, style in STYLES.items() if style.fill == palette.YOURS.tint}
    ours = ("editable", "chooser", "big_chooser")
    assert yellow == {key for key in STYLES if key.startswith(ours)}
    assert all(look.fill != palette.YOURS.tint for look in LOOKS.values())


def test_styles_hold_no_colour_of_their_own() -> None:
    known = {value for value in vars(palette).values() if isinstance(value, str)}
    known |= {*palette.BANDS, *palette.BANDS_UNDER, *palette.SERIES, *palette.YOURS}
    known |= {part for colours in palette.QUANTITIES.values() for part in colours}
    for key, style in STYLES.items():
        assert {style.fill, style.color, style.border} <= known | {""}, key


def test_the_measure_finds_the_former_colours_wanting() -> None:
    assert closest(FORMER, "deutan")[0] < 2
    greys = [lightness(colour) for colour in FORMER.values()]
    assert max(abs(a - b) for a, b in combinations(greys, 2)) < 4


def test_the_measure_gives_known_figures() -> None:
    assert lightness("FFFFFF") == pytest.approx(100, abs=0.01)
    assert lightness("777777") == pytest.approx(50.03, abs=0.1)  # middle grey
    assert distance("FF0000", "00FF00") == pytest.approx(170.6, abs=0.5)
    assert contrast("000000", "FFFFFF") == pytest.approx(21, abs=0.01)
    assert distance("FF0000", "808000", "deutan") < distance("FF0000", "808000")
