"""One marked cell of 03, 04 and 05 changed: tables and intervals below follow, and are what raw files give by hand."""

import math
import re
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest
from bs4 import BeautifulSoup
from conftest import demo_folder
from papermill.exceptions import PapermillExecutionError
from scipy.stats import binomtest

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
TERMS = ["2021K", "2021S"]
ITEMS = {
    "plan_studies": "1. Osaan suunnitella opiskeluani",
    "digital_tools": "5. Osaan käyttää opinnoissa tarvittavia digitaalisia välineitä",
    "future": "10. Uskon omaan tulevaisuuteeni",
}


def raw(file: str) -> pd.DataFrame:
    """A raw export of both terms, the first first, as text."""
    frames = [pd.read_csv(demo_folder() / "raw" / term / file, sep=";", dtype=str) for term in TERMS]
    return pd.concat(frames, ignore_index=True)


def executed(name: str, old: str, new: str, folder: Path, edition: str = "internal") -> tuple[str, pd.DataFrame]:
    """The HTML of what a notebook shows with its marked cell changed, and the result rows that it estimated."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "choice" in cell.metadata.get("tags", [])]
    assert cell.source.count(old) == 1
    cell.source = cell.source.replace(old, new)
    rows = folder / "rows.parquet"
    notebook.cells.append(nbformat.v4.new_code_cell(f"section.rows.to_parquet({str(rows)!r})"))
    nbformat.write(notebook, folder / "in.ipynb")
    values = {"study": str(demo_folder()), "term": TERMS[-1], "language": "en", "edition": edition}
    made = papermill.execute_notebook(
        folder / "in.ipynb", None, parameters=values, kernel_name="python3", progress_bar=False
    )
    shown = (o.data.get("text/html", "") for c in made.cells if c.cell_type == "code" for o in c.outputs if "data" in o)
    return "\n".join(shown), pd.read_parquet(rows)


def table(html: str, id: str) -> dict[str, list[str]]:
    """The cells of a table shown, by the heading of each row."""
    found = BeautifulSoup(html, "html.parser").find(id=f"table-{id}")
    lines = [row for row in found.select("tbody tr") if row.find("td")]
    return {row.find("th").get_text(): [cell.get_text() for cell in row.find_all("td")] for row in lines}


def number(cell: str) -> float:
    return float(re.sub(r"[^\d.\u2212-]", "", cell).replace("\N{MINUS SIGN}", "-"))


def exact(x: int, n: int) -> tuple[float, float]:
    """The exact interval (Clopper-Pearson)."""
    found = binomtest(int(x), int(n)).proportion_ci(method="exact")
    return found.low, found.high


def holm(p: list[float]) -> list[float]:
    order, running, adjusted = sorted(range(len(p)), key=lambda i: p[i]), 0.0, [0.0] * len(p)
    for rank, i in enumerate(order):
        running = max(running, min(1.0, p[i] * (len(p) - rank)))
        adjusted[i] = running
    return adjusted


def test_participants_of_a_group_of_ones_own(tmp_path):
    html, rows = executed("03_participants", "where = {}", 'where = {"gender": "male"}', tmp_path)
    persons = raw("osallistujat.csv").drop_duplicates("Henkilötunniste")
    men = persons[persons["Sukupuoli"] == "Mies"]
    assert 10 < len(men) < len(persons)
    by_channel = men["Hakeutumiskanava"].value_counts()
    shown = table(html, "by-channel")
    assert sorted(number(cells[0]) for cells in shown.values()) == sorted(by_channel)
    assert sorted(number(cells[1]) for cells in shown.values()) == sorted((100 * by_channel / len(men)).round(1))
    whole = rows[(rows["table"] == "composition") & (rows["by"] == "total") & (rows["scope"] == "all")]
    assert whole["count"].tolist() == [len(men)]
    assert "another selection" in html and "male" in html  # no part passes for the report's


def test_three_items_only(tmp_path):
    html, rows = executed("04_survey", "items = []", f"items = {list(ITEMS)}", tmp_path)
    start = raw("alkukysely.csv").groupby("Vastaajatunnus").first()
    ends = [pd.read_csv(demo_folder() / "raw" / term / "loppukysely.csv", sep=";", dtype=str) for term in TERMS]
    end = pd.concat(ends).drop_duplicates("Vastaajatunnus", keep="last").set_index("Vastaajatunnus")
    days = pd.concat([start["Vastausaika"], end["Vastausaika"]], axis=1, keys=["pre", "post"], join="inner")
    days = days.apply(pd.to_datetime, format="%d.%m.%Y")
    in_order = days.index[days["pre"] < days["post"]]  # an end survey before the start survey makes no pair
    effects = rows[(rows["table"] == "item") & (rows["scope"] == "all")]
    scales = {"future", "plan_studies", "digital_tools"}
    assert set(effects["item"]) == scales
    for item, question in ITEMS.items():
        both = pd.concat([start[question], end[question]], axis=1, keys=["pre", "post"], join="inner")
        both = both[both.index.isin(in_order)].apply(pd.to_numeric, errors="coerce").dropna()
        change = both["post"] - both["pre"]
        here = effects[effects["item"] == item].set_index("measure")
        assert here.loc["paired", "count"] == len(both) > 50
        for measure, moved in (("improved", change > 0), ("same", change == 0), ("worse", change < 0)):
            assert here.loc[measure, "count"] == moved.sum()
        assert here.loc["mean_change", "estimate"] == pytest.approx(change.mean(), abs=1e-12)
        reach = change.std() / math.sqrt(len(change))
        assert here.loc["mean_change", "upper"] - change.mean() == pytest.approx(1.98 * reach, rel=0.02)
        printed = [cells for row, cells in table(html, "survey-items-table").items() if question[3:].strip()[:5] in row]
        assert not printed  # the page is in English
    shown = table(html, "survey-items-table")
    assert len(shown) == len(ITEMS)
    means = effects[effects["measure"].isin(["mean_start", "mean_end", "mean_change"])]
    means = means.pivot(index="item", columns="measure", values="estimate").astype(float)
    printed = [tuple(map(number, cells[1:4])) for cells in shown.values()]
    expected = means[["mean_start", "mean_end"]].round(2)
    assert sorted(each[:2] for each in printed) == sorted(expected.itertuples(index=False, name=None))
    for start, end, change in printed:  # who subtracts the means as they are printed finds the change beside them
        assert change == round(end - start, 2)
        assert (means["mean_change"] - change).abs().min() < 0.01 + 1e-9
    tested = effects[effects["p_adjusted"].notna()]
    primary = tested[tested["item"].isin(["plan_studies", "future"])]
    assert len(primary) == 2
    assert primary["p_adjusted"].tolist() == pytest.approx(holm(primary["p"].tolist()), abs=1e-12)


def test_working_students_do_not_count_as_employed(tmp_path):
    html, rows = executed("05_placement", "roles = {}", 'roles = {"employed_student": "student"}', tmp_path)
    asked = raw("sijoittumisseuranta.csv")
    asked = asked.assign(known=asked["Tilanne"].notna()).sort_values("known", kind="stable")
    situation = asked.drop_duplicates("Henkilötunniste", keep="last")["Tilanne"].dropna()
    n = len(situation)
    counts = {
        "Employed": situation.isin(["Työssä", "Yrittäjänä"]).sum(),
        "Full-time students": situation.isin(["Päätoiminen opiskelija", "Työssä ja opiskelee"]).sum(),
    }
    assert (situation == "Työssä ja opiskelee").sum() > 0
    # what the figure draws is said once: the table beside it opens on demand
    shown, figure = table(html, "placement-situation-rest"), table(html, "placement-situations-data")
    for name, count in counts.items():
        low, high = (f"{100 * end:.1f}" for end in exact(count, n))
        assert number(shown[name][0]) == count
        assert shown[name][1] == f"{100 * count / n:.1f}%"
        assert low in shown[name][2] and high in shown[name][2]
        assert f"{100 * count / n:.1f}%" in figure[name]
    assert not any("also studying" in name for name in shown)  # nobody has that situation by this definition
    total = rows[(rows["table"] == "placement") & (rows["by"] == "total") & (rows["scope"] == "all")]
    assert set(total["answered"]) == {n}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("03_participants", "where = {}", 'where = {"gender": "male"}'),
        ("05_placement", "roles = {}", "roles = {'student': 'other'}"),
    ],
)
def test_a_public_edition_counts_nothing_but_what_the_study_defines(tmp_path, name, old, new):
    with pytest.raises(PapermillExecutionError, match="a public edition counts only what the study file defines"):
        executed(name, old, new, tmp_path, edition="public")
