"""HTML: data are escaped, pages have their landmarks and ids, nothing is asked of the network."""

import datetime as dt
import re
from html.parser import HTMLParser

import matplotlib.image
import pytest

from evaltools.report import charts, downloads, look
from evaltools.report.document import Column, Figure, Number, Part, Table
from evaltools.report.edition import Edition
from evaltools.report.render import html
from evaltools.study import loader
from evaltools.study import look as own_look
from evaltools.study.faults import StudyError

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=y>"
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Tags with attributes, ids, references to ids, and whether every tag is closed in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.ids, self.refs, self.words = [], [], [], [], []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        assert len(values) == len(attributes), f"attribute twice in {tag}"
        self.tags.append((tag, values))
        self.ids += [values["id"]] if "id" in values else []
        self.refs += values.get("aria-labelledby", "").split()
        self.refs += [values["href"][1:]] if values.get("href", "").startswith("#") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)


def table(id="t", columns=3, label="Otsikko", value="arvo"):
    head = [Column("Ryhmä"), *[Column(label, "integer")] * (columns - 1)]
    return Table(
        id, f"Taulukko {id}", head, [[value, *[12] * (columns - 1)]], "fi", notes=["Selite"], source="Rekisteri"
    )


def figure(id="f"):
    return charts.bars(id, "Osuudet", ["A & B", "C"], [0.25, None], language="fi", source="Kysely")


def page(fragments, **more):
    given = {
        "language": "fi",
        "heading": "Raportti",
        "navigation": [("Alku", "index.html", False), ("04", "04.html", True)],
    }
    return html.page("Otsake", fragments, **(given | more))


@pytest.mark.parametrize(
    ("value", "kind", "decimals", "language", "shown"),
    [
        (None, "percent", None, "fi", ".."),
        (float("nan"), "decimal", None, "fi", ".."),
        (1 / 3, "percent", None, "fi", "33,3 %"),
        (1 / 3, "percent", 0, "en", "33%"),
        (12345, "integer", None, "fi", "12 345"),
        (-1.5, "decimal", 1, "en", "−1.5"),
        (0.0004, "p", None, "en", "< 0.001"),
        (1000, "euro", None, "fi", "1 000 €"),
        (0.05, "points", None, "fi", "+5,0 %\N{NON-BREAKING HYPHEN}yks."),
        (-0.05, "points", None, "en", "−5.0 pp"),
        (0.0001, "points", None, "en", "0.0 pp"),
        ("2023-07-31", "date", None, "fi", "31.7.2023"),
        (dt.date(2023, 7, 31), "date", None, "en", "31 July 2023"),
        ("ei tietoa", "integer", None, "fi", "ei tietoa"),
        (7, "text", None, "fi", "7"),
    ],
)
def test_cell(value, kind, decimals, language, shown):
    assert html.cell(value, Column("x", kind, decimals), language).replace("\N{NO-BREAK SPACE}", " ") == shown


def test_everything_from_data_is_escaped():
    bad = Table(EVIL, EVIL, [Column(EVIL), Column(EVIL, "percent")], [[EVIL, EVIL]], "en", notes=[EVIL], source=EVIL)
    drawn = charts.bars(EVIL, EVIL, [EVIL], [0.5], language="en", source=EVIL)
    whole = html.page(
        EVIL, [html.part(Part(EVIL, EVIL, [EVIL], [bad, drawn], [EVIL]))], language="en", heading=EVIL, subtitle=EVIL,
        facts=[(EVIL, EVIL)], notice=EVIL, navigation=[(EVIL, "a.html?" + '"><script>', True)], footer=[EVIL],
    )  # fmt: skip
    read = Reader(whole)
    assert read.count("script") == 0 and read.count("img") == 0
    assert not any(name.startswith("on") for _, attributes in read.tags for name in attributes)
    assert "".join(read.words).count("alert(1)") > 15


def test_page_has_landmarks_one_h1_skip_link_and_policy():
    parts = [html.part(Part("a", "Alku", ["Lause."])), html.part(Part("b", "Osa", ["Toinen."], level=3))]
    whole = page(parts, notice="Ei julkinen", facts=[("Lukukausi", "2023K")], footer=["v1"])
    read = Reader(whole)
    assert whole.startswith('<!DOCTYPE html>\n<html lang="fi">')
    for tag, times in {
        "h1": 1,
        "header": 1,
        "main": 1,
        "footer": 1,
        "nav": 2,
        "style": 1,
        "script": 0,
        "title": 1,
    }.items():
        assert read.count(tag) == times, tag
    first = next(attributes for tag, attributes in read.tags if tag == "a")
    assert first["href"] == "#content"
    policy = next(a["content"] for t, a in read.tags if t == "meta" and a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert [a["href"] for t, a in read.tags if t == "a" and a.get("aria-current") == "page"] == ["04.html"] * 2
    assert (
        '<li class="ev-level-2"><a href="#a">Alku</a></li>\n<li class="ev-level-3"><a href="#b">Osa</a></li>' in whole
    )


def test_page_asks_nothing_of_the_network():
    whole = page([html.part(Part("a", "Alku", [], [table(), figure()]))])
    assert set(re.findall(r"https?://[^\"' <]+", whole)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in whole and "@import" not in whole and " src=" not in whole
    assert set(re.findall(r'<link[^>]*href="([^"]*)"', whole)) == {"data:,"}


def test_ids_are_unique_and_references_find_them_whatever_is_repeated():
    same = html.part(Part("content", "Sama", ["x"], [figure(), table(), table(), figure(), figure("f-2")]))
    read = Reader(page([same, same, html.table(table()), html.figure(figure())]))
    assert len(read.ids) == len(set(read.ids)) > 20
    assert set(read.refs) <= set(read.ids)


def test_figure_is_named_by_what_it_shows_and_its_caption_is_said_once():
    f = figure()
    read = Reader(html.figure(f))
    pictures = [attributes for tag, attributes in read.tags if tag == "svg"]
    assert len(pictures) == 2 and all(p["role"] == "img" for p in pictures)
    said = "A & B: 25,0\N{NO-BREAK SPACE}%; C: ei lukua. Yksi luku puuttuu. Luvut ovat taulukossa."
    assert {p["aria-label"] for p in pictures} == {said} == {f.alt}
    assert "".join(read.words).count(f.caption) == 3  # above, hidden in what opens the table, and at the table
    assert read.count("details") == read.count("summary") == read.count("table") == 1
    assert "".join(read.words).count("Lähde: Kysely") == 1


def test_foreign_svg_loses_prolog_metadata_and_comments():
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg><svg viewBox="0 0 1 1"><metadata>2031-01-01</metadata><!-- x --><g/></svg>'
    )
    shown = html.figure(Figure("f", "C", "C. Alt.", svg, table()))
    assert (
        "2031" not in shown
        and "<?xml" not in shown
        and "<!doctype" not in shown.lower()
        and 'viewBox="0 0 1 1"><g/>' in shown
    )


def test_figure_without_alternative_text_is_refused():
    with pytest.raises(ValueError, match="alternative text"):
        html.figure(Figure("f", "C", " ", "<svg></svg>", table()))


def test_table_scopes_caption_numbers_and_notes():
    read = Reader(html.table(table()))
    scopes = [attributes.get("scope") for tag, attributes in read.tags if tag == "th"]
    assert scopes == ["col", "col", "col", "row"]
    assert read.count("caption") == 1
    assert [a.get("class") for t, a in read.tags if t == "td"] == ["ev-number", "ev-number"]
    assert {"Selite", "Lähde: Rekisteri"} <= set(read.words)


def test_empty_heading_is_no_heading_and_no_rows_is_said():
    shown = html.table(Table("t", "C", [Column(""), Column("n", "integer")], [], "fi"))
    assert "<td></td>" in shown and "<th></th>" not in shown and 'colspan="2"' in shown and "Ei rivejä." in shown


@pytest.mark.parametrize(
    ("columns", "label", "value", "scrolls"),
    [(2, "n", "18–24", False), (9, "n", "x", True), (3, "Sosiaali- ja terveysala", "Työttömyysuhanalaiset", True)],
)
def test_only_wide_tables_scroll_in_a_region_that_takes_focus(columns, label, value, scrolls):
    regions = [a for t, a in Reader(html.table(table("t", columns, label, value))).tags if a.get("role") == "group"]
    assert len(regions) == scrolls
    assert all(a["tabindex"] == "0" and a["aria-labelledby"] == "table-t-caption" for a in regions)


def test_part_has_paragraphs_cautions_and_blocks_in_order():
    shown = html.part(Part("osa", "Otsikko", ["Yksi.", "Kaksi."], [table()], ["Varoitus."], level=3))
    order = [shown.index(word) for word in ("<h3>Otsikko", "<p>Yksi.</p>", "<p>Kaksi.</p>", "ev-note", "<table>")]
    assert order == sorted(order) and 'data-evaltools="part" id="osa"' in shown and "Varoitus." in shown


def test_pages_have_no_inline_styles_on_tables_but_notebooks_do():
    fragment = html.part(Part("a", "A", [], [table()], ["Varoitus."]))
    assert html.LEFT in fragment and html.BAR in fragment
    whole = page([fragment])
    assert html.LEFT not in whole and html.BAR not in whole


def test_misuse_is_an_error():
    with pytest.raises(ValueError, match="level"):
        html.part(Part("a", "A", level=1))
    with pytest.raises(ValueError, match="2 columns"):
        html.table(Table("t", "C", [Column("a"), Column("b")], [["x"]], "fi"))
    for address in ("https://example.org", "javascript:x", "//example.org"):
        with pytest.raises(ValueError, match="leaves the report"):
            page([], navigation=[("x", address, False)])


def test_stylesheet_has_dark_print_and_no_comment():
    css = html.stylesheet()
    assert "/*" not in css and css.count("{") == css.count("}")
    assert "prefers-color-scheme: dark" in css and "@media print" in css and "size: A4" in css


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_stylesheet_colours_have_contrast(scheme):
    light, dark = re.findall(r":root \{([^}]*)\}", html.stylesheet())[:2]
    block = light if scheme == "light" else dark
    colour = dict(re.findall(r"--([\w-]+): (#\w{6})", block))

    def luminance(name):
        channel = [int(colour[name][i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channel]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, two):
        low, high = sorted([luminance(one), luminance(two)])
        return (high + 0.05) / (low + 0.05)

    for ground in ("paper", "ground", "stripe"):
        assert min(contrast(ink, ground) for ink in ("ink", "muted", "accent")) >= 4.5
    assert contrast("ink", "caution") >= 4.5 and contrast("alarm-ink", "alarm") >= 4.5
    assert contrast("caution-rule", "caution") >= 3 and contrast("rule-strong", "ground") >= 2.5


def test_an_interval_without_ends_is_two_dots():
    columns = [Column("a"), Column("from", "decimal", span="interval"), Column("to", "decimal")]
    rows = [["x", Number(None, "decimal"), Number(None, "decimal")], ["y", Number(0.5, "decimal"), None]]
    shown = html.table(Table("t", "T", columns, rows, "en"))
    assert re.findall(r"<td[^>]*>([^<]*)</td>", shown) == ["..", "0.50\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}.."]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("95 %:n väli", ["95 %:n"]),
        ("kesken (n = 360; p < 0,001)", ["n = 360", "p < 0,001"]),
        ("r (+ = parempaan)", ["+ ="]),
        ("15–24 vuotta", ["15–24"]),
        ("(−2…2)", ["−2…2"]),
        ("väli −0,38 – −0,03 ja", ["−0,38 – −0,03"]),
        ("ero +29,9 %-yks. sen mukaan", ["%-yks."]),
        ("Uusi alku -hankkeen arviointi", ["-hankkeen"]),
        ("Parittainen t-väli, mid-p-arvo", ["t-väli", "mid-p-arvo"]),
        ("Työllisyys – tilanne ja jatko-opinnot", []),
    ],
)
def test_no_line_breaks_inside_a_number_a_range_or_after_a_joining_hyphen(said, kept):
    bound = html.words(said.replace(" – −", "\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}−")).replace("&lt;", "<")
    pieces = re.split(r"(?<=[–…-])(?!\N{WORD JOINER})| ", bound)  # where a browser may break
    plain = [p.replace("\N{WORD JOINER}", "").replace("\N{NO-BREAK SPACE}", " ") for p in pieces]
    assert all(any(whole in piece for piece in plain) for whole in kept), plain
    assert kept or len(plain) == 7


def grouped(names, columns=3):
    head = [Column("Taustatieto"), Column("Ryhmä"), *[Column("n", "integer")] * (columns - 2)]
    rows = [[name, f"r{i}", *[i] * (columns - 2)] for i, name in enumerate(names)]
    return html.table(Table("t", "T", head, rows, "fi"))


def test_a_first_column_that_says_the_same_becomes_headings_between_rows():
    shown = grouped(["Ikä", "Ikä", "Kieli", "Kieli"])
    read = Reader(shown)
    assert read.count("tbody") == 2 and shown.count('scope="rowgroup" colspan="2"') == 2
    assert shown.count(">Ikä<") == 1 and shown.count("<td") == 4
    assert re.search(r"<thead>.*Taustatieto /\s*Ryhmä.*</thead>", shown)


@pytest.mark.parametrize("names", [["Ikä", "Kieli", "Ikä", "Kieli"], ["a", "b", "c"], ["a", "a", "b"], []])
def test_a_first_column_that_does_not_repeat_in_runs_stays_one(names):
    shown = grouped(names)
    assert "rowgroup" not in shown and Reader(shown).count("tbody") == 1


def test_a_group_without_a_name_has_no_heading():
    shown = grouped(["", "Ikä", "Ikä", "Ikä"])
    assert shown.count("rowgroup") == 1 and Reader(shown).count("tbody") == 2


def test_contents_also_open_on_demand_for_narrow_screens():
    whole = page([html.part(Part("a", "Alku", ["Lause."])), html.part(Part("b", "Osa", ["Toinen."]))])
    nav = re.search(r'<nav class="ev-contents".*?</nav>', whole, flags=re.DOTALL)[0]
    assert re.search(r"<details><summary>Sisällys</summary>\s*<ol>.*#a.*#b.*</details>", nav, flags=re.DOTALL)
    assert "<details open" not in nav


def test_only_a_table_too_broad_for_paper_is_set_small_there():
    few, many = table(columns=5), table(columns=14)
    assert "ev-scroll" in html.table(few) and "ev-broad" not in html.table(few)
    assert "ev-broad" in html.table(many)


def test_a_range_of_days_in_words_may_break_between_them():
    days = html.words("1\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}31 July 2023")
    assert days == "1\N{NO-BREAK SPACE}– 31 July 2023"


@pytest.mark.parametrize(
    ("first", "opened", "said"),
    [
        (0, 0, "Table: Caption (3 rows)"),
        (1, 1, "Show the other 2 rows"),
        (2, 2, "Show the other row"),
        (3, 3, ""),
        (None, 3, ""),
    ],
)
def test_rows_after_the_first_are_shown_on_demand(first, opened, said):
    made = Table("t", "Caption", [Column("A")], [["one"], ["two"], ["three"]], "en", source="S", first=first)
    shown = html.table(made)
    before, _, folded = shown.partition("<details>")
    assert [word for word in ("one", "two", "three") if word in before] == ["one", "two", "three"][:opened]
    assert [word for word in ("one", "two", "three") if word in folded] == ["one", "two", "three"][opened:]
    assert f"<summary>{said}</summary>" in folded or (not said and not folded)
    assert shown.count("Source: S") == 1


def test_what_people_wrote_stands_in_a_table_as_they_wrote_it():
    code = "010190-906A, 040–123 4567, t-paita"
    rows = [[code, "a", 1], [code, "b", 2]]
    shown = html.table(Table("t", "T", [Column("Vastaus"), Column("Kysely"), Column("n", "integer")], rows, "fi"))
    assert code in shown and "\N{WORD JOINER}" not in shown


def test_a_figure_lies_beside_its_page_as_drawing_and_picture_in_the_colours_of_the_page(make_study, tmp_path):
    """A colour that a page may change in the dark is black to all but browsers."""
    study = loader.load(make_study())
    linked = downloads.linked(Edition(study, study.last_term, "en", "public"), "05_placement", tmp_path)
    page = linked(html.figure(charts.bars("of-all", "Of all", ["a", "b"], [1, 2], kind="integer", language="en")))
    assert all(f'href="figures/05_placement/of-all.{kind}"' in page for kind in ("svg", "png"))
    beside = tmp_path / "figures" / "05_placement"
    assert "var(" not in (beside / "of-all.svg").read_text(encoding="utf-8")
    pixels = matplotlib.image.imread(beside / "of-all.png")
    assert pixels[..., :3].mean() > 0.5


def test_a_list_of_tables_links_the_files_that_are_there(make_study, tmp_path):
    study = loader.load(make_study())
    place = tmp_path / "tables" / "03_participants"
    place.mkdir(parents=True)
    for kind in ("csv", "xlsx"):
        (place / f"composition.{kind}").write_text("")
    linked = downloads.linked(Edition(study, study.last_term, "en", "public"), "07_report", tmp_path)
    page = linked('<td align="left">03_participants/composition</td><td>04_survey/gone</td><td>3/4</td>')
    assert page.count("<a ") == 2 and 'href="tables/03_participants/composition.csv"' in page
    assert page.endswith("<td>04_survey/gone</td><td>3/4</td>")


def dressed(make_study, report: str, logo: bytes = b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
    folder = make_study()
    (folder / "own.svg").write_bytes(logo)
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[report]\n{report}\n")
    return loader.load(folder)


def test_a_logo_and_colours_of_ones_own_stand_on_the_page_and_nothing_without_them(make_study):
    study = dressed(make_study, 'logo = "own.svg"\ncolours = { light = "#7a1f5c", dark = "#f0a8d4" }')
    page = html.page("t", [], language="en", heading="t", **look.of(study, "en"))
    assert '<img class="ev-logo" src="data:image/svg+xml;base64,' in page and 'alt="' in page.split("ev-logo")[-1]
    assert "(prefers-color-scheme: dark) { :root { --accent: #f0a8d4; } }" in page and "#7a1f5c" in page
    assert look.of(loader.load(make_study()), "en") == {"style": "", "logo": ""}


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ('colours = { light = "#84c5f0" }', r"report\.colours\.light.*contrast 1\.\d : 1"),
        ('colours = { dark = "#0b5a86" }', r"report\.colours\.dark.*contrast 2\.\d : 1"),
        ('colours = { light = "red" }', r"report\.colours\.light"),
        ('colours = { third = "#000000" }', r"report\.colours"),
        ('logo = "../own.svg"', r"report\.logo.*in the study's folder"),
        ('logo = "own.gif"', r"report\.logo.*\.png or \.svg"),
        ('logo = "gone.png"', r"report\.logo.*no file gone\.png"),
    ],
)
def test_a_colour_that_is_hard_to_read_and_a_logo_that_is_not_there_are_refused(make_study, report, said):
    with pytest.raises(StudyError, match=said):
        dressed(make_study, report)


def test_a_large_logo_is_refused(make_study):
    with pytest.raises(StudyError, match="larger than 50 kB"):
        dressed(make_study, 'logo = "own.svg"', b"x" * 50_001)


def test_colours_are_held_to_the_grounds_of_the_stylesheet():
    light, dark = html.stylesheet().split("prefers-color-scheme: dark", 1)
    for text, grounds in ((light, own_look.GROUNDS["light"]), (dark, own_look.GROUNDS["dark"])):
        named = [re.search(rf"--{name}: (#\w+)", text)[1] for name in ("paper", "ground", "stripe", "caution")]
        assert named == list(grounds)
        accent = re.search(r"--accent: (#\w+)", text)[1]
        assert min(own_look.contrast(accent, ground) for ground in grounds) >= own_look.LEAST


def test_a_row_without_a_first_text_is_headed_by_the_next():
    columns = [Column("Background"), Column("Group"), Column("People", "integer")]
    shown = html.table(Table("x", "X", columns, [["", "All", 5], ["Age", "Young", 2]], "en"))
    assert '<tr><td style="text-align:left"></td><th scope="row" style="text-align:left">All</th>' in shown
    assert '<th scope="row" style="text-align:left">Age</th><td style="text-align:left">Young</td>' in shown


def test_a_folded_part_says_its_answer_above_what_opens():
    shown = html.part(Part("changes", "What changed", ["Two of ten.", "The first.", "The second."], folded="Open"))
    above, _, folded = shown.partition("<details>")
    assert "<p>Two of ten.</p>" in above and "The first." not in above
    assert shown.count("Two of ten.") == 1 and "The first." in folded and "The second." in folded
    alone = html.part(Part("changes", "What changed", ["The first term."], folded="Open"))
    assert "<p>The first term.</p>" in alone and "<details>" not in alone
