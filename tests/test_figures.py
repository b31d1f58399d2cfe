"""Figures: nothing overlaps or is cut, numbers are in the alternative text and the table, same bytes every time."""

import datetime as dt
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import seaborn
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties

from evaltools.report import charts
from evaltools.report.charts import canvas
from evaltools.report.document import Column
from evaltools.report.render import html

NASTY = [
    "Täydennys- tai uudelleenkoulutusta tarvitsevat työssäkäyvät, joilla ei ole alan tutkintoa",
    "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilaskoulutus",
    '$1 & <b>lihava</b> "lainaus" \\alpha $x_1$',
    "A",
    "Työttömät, lomautetut\x07 tai työttömyysuhan alaiset / pitkäaikaistyöttömät",
    "",
    "Miehet sosiaali-, terveys- ja kasvatusalalla",
]
K = len(NASTY)
COUNTS = [652, 511, None, 300, 310, 0, 12345]
STEPS = [1.0, 0.784, None, 0.46, 0.475, 0.0, 18.9]
FLOW = list(zip(NASTY, COUNTS, STEPS, [None, -141, None, None, 10, -310, 12345], strict=True))
SHARES = [0.413, None, 0.98, 0.0, 1.0, 0.143, 0.005]
DAYS = [dt.date(2021, 1, 1) + dt.timedelta(days=31 * i) for i in range(30)]


def every():
    """One of each chart, on labels and values as bad as they come."""
    more = {"language": "fi", "source": "Rekisteri"}
    low = [None if v is None else max(v - 0.2, 0) for v in SHARES]
    high = [None if v is None else min(v + 0.2, 1) for v in SHARES]
    series = {NASTY[0]: [1e6, *range(K - 1)], NASTY[1]: [None, 250000, *range(K - 2)], "C": [3] * K}
    planned = [dt.date(2021, 2, 1), None, dt.date(2022, 1, 1), *[dt.date(2023, 7, 31)] * (K - 3)]
    done = [dt.date(2021, 2, 1), dt.date(2021, 5, 5), dt.date(2023, 1, 1), *[None] * (K - 3)]
    counts = [[4, 10, 30, 90, 70], [0] * 5, [1, 0, 0, 0, 0], [None] * 5, *[[200, 200, 200, 200, 200]] * (K - 4)]
    return {
        "bars": charts.bars("a", "Pylväät", NASTY, SHARES, n=[650] * K, target=0.999, **more),
        "negative": charts.bars(
            "b", "Erot", NASTY, [-0.5, 0.02, None, 0, -0.001, 0.3, -1], kind="points", target=-0.9, **more
        ),
        "euros": charts.bars("c", "Eurot", NASTY, [1e6, 0, 5, None, 7, 8, 999999], kind="euro", target=0, **more),
        "grouped": charts.grouped_bars("d", "Sarjat", NASTY, series, kind="integer", **more),
        "forest": charts.forest(
            "e", "Estimaatit", NASTY, SHARES, low, high, n=[1234] * K, bounds=[(0, 1), None, *[(0.1, 0.9)] * (K - 2)],
            reference=0.999, reference_label=NASTY[0], **more,
        ),
        "change": charts.change("f", "Muutos", NASTY, [1] * K, [None, 0, *[5] * 5], [0, 0, *[900] * 5], **more),
        "distribution": charts.distribution("g", "Jakauma", NASTY, NASTY[:5], counts, **more),
        "lines": charts.lines(
            "h", "Viivat", DAYS,
            {NASTY[0]: [5000] * 30, NASTY[1]: [5001] * 30, "C": [None] * 29 + [0], "D": [None] * 30}, **more,
        ),
        "funnel": charts.funnel("i", "Suppilo", NASTY, series, **more),
        "flow": charts.flow("j", "Polku", FLOW, **more),
        "pyramid": charts.pyramid(
            "k", "Ikä", NASTY, SHARES, SHARES[::-1], left_label=NASTY[0], right_label=NASTY[1], **more
        ),
        "timeline": charts.timeline("l", "Aikajana", NASTY, planned, done, dt.date(2022, 12, 31), **more),
        "overlaps": charts.overlaps(
            "m", "Päällekkäin", NASTY, COUNTS, [(a, b, 12345 // (a + b)) for b in range(K) for a in range(b)], **more
        ),
        "tiles": charts.tiles(
            "n", "Alueet", NASTY, [(0, 0), (1, 0), (5, 2), (3, 3), (2, 1), (0, 4), (4, 4)], SHARES, **more
        ),
        "likert_flow": charts.likert_flow(
            "o", "Siirtymät", NASTY, NASTY[:5], [[[0] * 5] * 5, *[[[9, 0, 1, 400, 2]] * 5] * (K - 1)], **more
        ),
    }  # fmt: skip


ALL = every()
KINDS = list(ALL)


def roots(figure):
    return [ET.fromstring(svg + "</svg>") for svg in figure.svg.split("</svg>")[:-1]]


def boxes(root):
    """(text, left, top, right, bottom) of every text, measured by a renderer in the font of the layout."""
    renderer = RendererAgg(10, 10, 72)
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        size, weight = float(element.get("font-size", canvas.SIZE)), element.get("font-weight", "normal")
        font = FontProperties(family=canvas.FONT, size=size * 10, weight=weight)
        width, height, descent = (v / 10 for v in renderer.get_text_width_height_descent(element.text, font, False))
        x, y = float(element.get("x")), float(element.get("y"))
        x -= {"middle": width / 2, "end": width}.get(element.get("text-anchor"), 0)
        yield element.text, x, y - (height - descent), x + width, y + descent


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_never_cut_and_never_overlaps(kind):
    for root, width in zip(roots(ALL[kind]), (canvas.WIDE, canvas.PHONE), strict=True):
        _, _, right, bottom = map(float, root.get("viewBox").split())
        assert right == width
        found = list(boxes(root))
        assert found
        for words, *box in found:
            assert box[0] >= 0 and box[1] >= 0 and box[2] <= right and box[3] <= bottom, (width, words, box)
        for (a, *one), (b, *two) in combinations(found, 2):
            apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
            assert apart, (width, a, b)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "lines"])
def test_every_label_is_written_whole(kind):
    for root in roots(ALL[kind]):
        shown = re.sub(r"[\s-]", "", "".join(words for words, *_ in boxes(root)))
        for label in NASTY:
            assert re.sub(r"[\s\x07-]", "", label) in shown, label


def test_rows_give_height():
    heights = []
    for rows in (2, 20):
        figure = charts.bars("x", "x", ["A"] * rows, [0.5] * rows, language="fi")
        heights.append([float(root.get("height")) for root in roots(figure)])
    assert all(many > 5 * few for few, many in zip(*heights, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_svg_is_small_without_id_date_or_request(kind):
    svg = ALL[kind].svg
    assert " id=" not in svg and "url(" not in svg and "<metadata" not in svg
    assert set(re.findall(r"https?://[^\"' ]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert len(svg) < 70_000


def test_same_input_same_bytes_on_another_day(monkeypatch):
    def draw():
        return charts.forest("x", "x", NASTY, SHARES, SHARES, SHARES, reference=0.5, language="fi").svg

    first = draw()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert draw() == first


def test_alternative_text_says_what_stands_out_and_where_the_numbers_are():
    figure = charts.bars("x", "Osuudet", ["A", "B", "C", "D"], [0.25, None, 0.5, 0.125], target=0.4, language="fi")
    shown = [html.cell(v, Column("", "percent"), "fi") for v in (0.25, 0.5, 0.125, 0.4)]
    assert figure.alt == (
        f"Suurin: C ({shown[1]}); pienin: D ({shown[2]}). "
        f"A: {shown[0]}; B: ei lukua; C: {shown[1]}; D: {shown[2]}. Tavoite {shown[3]}. "
        "Yksi luku puuttuu. Luvut ovat taulukossa."
    )
    assert [row[1] for row in figure.data.rows] == [0.25, None, 0.5, 0.125]


def test_alternative_texts_are_short_whatever_is_drawn():
    assert {name: len(figure.alt) for name, figure in every().items() if len(figure.alt) > 150} == {}
    assert all(figure.alt.endswith("Luvut ovat taulukossa.") for figure in every().values())
    alt = charts.bars("x", "x", [f"R{i}" for i in range(11)], [i / 11 for i in range(11)], language="en").alt
    assert alt == "Highest: R10 (90.9%); lowest: R0 (0.0%). Numbers are in the table."


def test_forest_says_interval_count_bounds_and_reference():
    figure = charts.forest(
        "x", "x", ["A"], [0.4], [0.3], [0.5], n=[12], bounds=[(0.2, 0.7)], reference=0.47, reference_label="Maa",
        language="en",
    )  # fmt: skip
    spoken = figure.alt.replace("\N{NO-BREAK SPACE}", " ")
    assert "A: 40.0% (30.0–50.0%), n = 12" in spoken and "Maa 47.0%" in spoken and len(spoken) <= 150
    assert figure.data.rows == [["A", 0.4, 0.3, 0.5, 0.2, 0.7, 12]]


def test_change_and_distribution_give_counts_and_shares():
    change = charts.change("x", "x", ["A", "B"], [3, 0], [1, 0], [0, 0], language="en")
    assert change.data.rows == [["A", 0, 1, 3, 0, 0.25, 0.75], ["B", 0, 0, 0, None, None, None]]
    assert "A: Less positive 0%, Same 25%, More positive 75%" in change.alt and "B: no number" in change.alt
    spread = charts.distribution("x", "x", ["A"], ["low", "high"], [[1, 3]], language="en")
    assert spread.data.rows == [["A", 1, 3, 0.25, 0.75]]


def test_flow_gives_shares_of_the_first_and_changes():
    figure = charts.flow(
        "x", "x", [("start", 200, 1.0, None), ("survey", 150, 0.75, -50), ("lost", None, None, None)], language="en"
    )
    assert figure.data.rows == [["start", 200, 1.0, None], ["survey", 150, 0.75, -50], ["lost", None, None, None]]


def test_timeline_tells_done_late_overdue_and_ahead():
    day = dt.date
    figure = charts.timeline(
        "x", "x", list("abcde"),
        [day(2022, 1, 1), day(2022, 1, 1), day(2022, 1, 1), day(2022, 12, 1), None],
        [day(2022, 1, 1), day(2022, 1, 2), None, None, None],
        day(2022, 3, 2), language="en",
    )  # fmt: skip
    assert [row[3] for row in figure.data.rows] == [
        "done", "done 1 day late", "overdue by 60 days", "ahead", "no date",
    ]  # fmt: skip


def test_bars_are_as_long_as_their_values():
    root = roots(charts.bars("x", "x", ["A", "B"], [0.2, 0.8], language="en"))[0]
    bars = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if canvas.BLUE in r.get("style")]
    lengths = [float(bar.get("width")) for bar in bars]
    assert lengths[1] / lengths[0] == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize("value", [480, 495, 499, 500])
def test_a_value_is_not_cut_by_the_line_of_its_target(value):
    figure = charts.bars("x", "x", ["A", "B"], [value, 605], kind="integer", target=500, language="en")
    for root in roots(figure):
        dashed = next(p for p in root.iter("{http://www.w3.org/2000/svg}path") if "dasharray" in p.get("style"))
        line = float(re.match(r"M([0-9.]+)", dashed.get("d"))[1])
        [(_, left, _, right, _)] = [box for box in boxes(root) if box[0] == str(value)]
        assert not left - 2 < line < right


def test_nothing_to_draw_still_gives_a_figure():
    for figure in (
        charts.bars("x", "x", [], [], language="fi"),
        charts.bars("x", "x", ["A"], [None], language="fi"),
        charts.forest("x", "x", ["A"], [None], [None], [None], language="fi"),
        charts.lines("x", "x", [], {}, language="fi"),
        charts.lines("x", "x", [dt.date(2021, 1, 1)], {"A": [None]}, language="fi"),
        charts.flow("x", "x", [], language="fi"),
        charts.funnel("x", "x", [], {}, language="fi"),
        charts.pyramid("x", "x", [], [], [], left_label="", right_label="", language="fi"),
        charts.timeline("x", "x", [], [], [], dt.date(2021, 1, 1), language="fi"),
        charts.overlaps("x", "x", [], [], [], language="fi"),
        charts.tiles("x", "x", [], [], [], language="fi"),
        charts.likert_flow("x", "x", [], [], [], language="fi"),
        charts.distribution("x", "x", [], [], [], language="fi"),
    ):
        assert len(roots(figure)) == 2


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="figure x"):
        charts.bars("x", "x", ["A"], [0.1, 0.2], language="fi")
    with pytest.raises(ValueError, match="figure x"):
        charts.distribution("x", "x", ["A"], ["low", "high"], [[1]], language="fi")


# --- colours ---


def linear(colour: str) -> np.ndarray:
    parts = np.array(to_rgb(colour))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, two: str) -> float:
    """WCAG 2: ratio of relative luminances."""
    low, high = sorted(float(np.dot([0.2126, 0.7152, 0.0722], linear(each))) for each in (one, two))
    return (high + 0.05) / (low + 0.05)


def in_dark(name: str, light: str) -> str:
    """A colour as the dark scheme of a page paints it."""
    dark = re.findall(r":root \{([^}]*)\}", html.stylesheet())[1]
    return dict(re.findall(r"--figure-([\w-]+): (#\w{6})", dark)).get(name, light)


SCHEMES = {"light": {name: colour for colour, name in canvas.names().items()}}
SCHEMES["dark"] = {name: in_dark(name, colour) for name, colour in SCHEMES["light"].items()}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_are_read_on_the_card(scheme):
    colours = SCHEMES[scheme]
    for name in ("ink", "muted", *(f"series-{i}-text" for i in range(1, 7))):
        assert contrast(colours[name], colours["card"]) >= 4.5, name
    assert contrast(colours["ink"], colours["panel"]) >= 4.5 and contrast(colours["muted"], colours["panel"]) >= 4.5
    for i in range(1, 7):
        assert contrast(colours[f"series-{i}"], colours["card"]) >= 3, i


def test_text_on_colours_has_contrast():
    fills = [canvas.BLUE, canvas.RED, canvas.NEUTRAL, *map(canvas.ramp, (0.12, 0.5, 1.0))]
    fills += [colour for count in range(2, 8) for colour in canvas.diverging(count)]
    assert all(contrast(fill, canvas.on(fill)) >= 4.5 for fill in fills)
    # the colours that bear text are the same in both schemes, and so is the text on them
    assert not {canvas.on(fill) for fill in fills} & set(canvas.names())
    assert [in_dark(f"series-{i}", "same") for i in (1, 2)] == ["same", "same"]


# Machado, Oliveira and Fernandes (2009): what is seen of linear RGB without one kind of cone
EYES = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear RGB."""
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    x, y, z = np.clip(to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883]), 1e-9, None)
    fx, fy, fz = (np.cbrt(v) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("eyes", EYES)
def test_colours_that_stand_together_are_told_apart_by_every_eye(eyes):
    def apart(colours):
        seen = [lab(np.array(EYES[eyes]) @ linear(colour)) for colour in colours]
        return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))

    assert apart(canvas.SERIES) >= 15
    assert apart([SCHEMES["dark"][f"series-{i}"] for i in range(1, 7)]) >= 12
    assert apart([canvas.RED, canvas.NEUTRAL, canvas.BLUE]) >= 40
    assert all(apart(canvas.diverging(count)) >= least for count, least in ((3, 45), (4, 20), (5, 17), (7, 11)))


def test_the_simulation_bites():
    """Red and green of the same lightness are far apart, and nearly one without the middle cones."""
    seen = {
        eyes: np.linalg.norm(np.subtract(*(lab(np.array(EYES[eyes]) @ linear(c)) for c in ("#c05030", "#608020"))))
        for eyes in ("all cones", "deuteranopia")
    }
    assert seen["all cones"] > 50 > 15 > seen["deuteranopia"]


def test_the_colours_are_those_of_the_palette_they_are_named_after():
    blind = seaborn.color_palette("colorblind").as_hex()
    assert [blind[0], blind[2], blind[3]] == [canvas.BLUE, canvas.GREEN, canvas.RED]


@pytest.mark.parametrize("months", [31, 61, 150])
def test_months_under_a_line_stand_in_even_steps(months):
    days = [dt.date(2021 + m // 12, m % 12 + 1, 1) for m in range(months)]
    figure = charts.lines("x", "x", days, {"A": list(range(months))}, language="fi")
    for drawing in figure.svg.split("</svg>")[:2]:
        shown = [(int(m), int(y)) for m, y in re.findall(r">(\d+)/(\d{4})<", drawing)]
        steps = {(y2 - y1) * 12 + m2 - m1 for (m1, y1), (m2, y2) in pairwise(shown)}
        assert len(shown) > 1 and len(steps) == 1, shown
