"""The package as people get it: built, installed where nothing else is, and used in an empty folder of awkward name."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import pytest
from conftest import DATA

ROOT = Path(__file__).resolve().parents[1]
TERM = "2021K"  # of the demo, whose data fill the templates
EXPORTS = {
    "participants": "osallistujat",
    "enrolments": "opinto-oikeudet",
    "start_survey": "alkukysely",
    "end_survey": "loppukysely",
    "followup": "sijoittumisseuranta",
}
# template: where it differs from the demo's export, the export's heading
HEADINGS = {
    "Tunniste": "Henkilötunniste",
    "Koulutusaste": "Koulutustaso",
    "Pääasiallinen toiminta": "Pääasiallinen toiminta alkaessa",
    "Hakeutumiskanava": "",  # has other channels: left out
    "Opiskeluoikeuden tunniste": "Opinto-oikeuden tunniste",
    "Tila": "Opiskeluoikeuden tila",
    "2. Opiskelu tuntuu liian vaikealta": "4. Opiskelu tuntuu minusta liian vaikealta",
    "3. Osaan käyttää digitaalisia välineitä": "5. Osaan käyttää opinnoissa tarvittavia digitaalisia välineitä",
    "4. Uskon omaan tulevaisuuteeni": "10. Uskon omaan tulevaisuuteeni",
    "Valmistumisaika": "Vastausaika",
    "Osaan suunnitella opiskeluani": "1. Osaan suunnitella opiskeluani",
    "Opiskelu tuntuu liian vaikealta": "4. Opiskelu tuntuu minusta liian vaikealta",
    "Osaan käyttää digitaalisia välineitä": "5. Osaan käyttää opinnoissa tarvittavia digitaalisia välineitä",
    "Uskon omaan tulevaisuuteeni": "10. Uskon omaan tulevaisuuteeni",
}
# the demo's codes in those of the templates; what is not here is written as it stands
WORDS = {
    "Koulutusaste": {
        "Perusaste": "2",
        "Ei perusasteen päättötodistusta": "1",
        "Ulkomainen tutkinto, ei tunnustettu, tai ei tietoa": "9",
        "Ylempi korkeakouluaste tai tutkijakoulutus": "7",
    },
    "Pääasiallinen toiminta": {
        "Lomautettu tai työttömyysuhan alainen": "11",
        "Yrittäjä": "11",
        "Työssä": "11",
        "Opiskelija": "22",
        "Eläkkeellä": "24",
        "Muu": "99",
    },
    "Koulutuksen laji": {"Yleissivistävä koulutus": "Tutkinnon osa"},
    "Tila": {"katsotaaneronneeksi": "eronnut", "loma": "lasna", "valiaikaisestikeskeytynyt": "lasna"},
    "Tilanne": {"Päätoiminen opiskelija": "Opiskelee", "Yrittäjänä": "Työssä", "Eläkkeellä": "Muu"},
}


@cache
def interpreters() -> dict[str, str]:
    """Every Python from 3.11 that this machine has, by its version: this one, pyenv's, those on the path.

    One is asked a version: every process of the tests asks, and none answers at once.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = sorted(map(str, pyenv.glob("versions/*/bin/python3")))
    places += [shutil.which(f"python3.{minor}") for minor in range(11, 20)]
    found = {f"3.{sys.version_info.minor}": sys.executable}
    for place in filter(None, places):
        if found.keys() & set(re.findall(r"3\.\d+", place)):
            continue
        asked = [place, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if said and tuple(map(int, said.split("."))) >= (3, 11):
            found.setdefault(said, place)
    return found


def uv(*arguments: object) -> None:
    subprocess.run([Path(sys.executable).with_name("uv"), *map(str, arguments)], check=True, cwd=ROOT)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the sdist and the wheel that comes from it, and in ``direct`` the wheel from this folder."""
    out = tmp_path_factory.mktemp("dist")
    options = ("--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir")
    uv("build", *options, out, ROOT)
    uv("build", "--wheel", *options, out / "direct", ROOT)
    return out


def installed(built: Path, venv: Path, version: str) -> Path:
    """An environment of that Python with the wheel and all that it requires, and nothing else.

    The Python of these tests, where there are others that prove that, takes what is required from where it has it.
    """
    every, lock = interpreters(), ROOT / "requirements.lock"  # the versions this project is tried with
    python, own = venv / "bin" / "python", version == f"3.{sys.version_info.minor}" and len(every) > 1
    uv("venv", "--quiet", "--python", every[version], venv)
    required = ["--no-deps"] if own else ["--constraint", lock]
    uv("pip", "install", "--quiet", "--python", python, *required, next(built.glob("*.whl")))
    if own:  # packages that this adds are after the environment's, and what it says of further ones is not read
        [packages] = venv.glob("lib/python*/site-packages")
        (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def contents(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as file:
        return {name: hashlib.sha256(file.read(name)).hexdigest() for name in file.namelist()}


def test_the_sdist_gives_the_same_wheel(built):
    [from_sdist], [direct] = built.glob("*.whl"), (built / "direct").glob("*.whl")
    assert contents(from_sdist) == contents(direct)


def test_the_wheel_holds_what_the_package_reads(built):
    names = contents(next(built.glob("*.whl")))
    source = ROOT / "src" / "evaltools"
    files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {f"evaltools/{path.relative_to(source).as_posix()}" for path in files}
    expected |= {f"evaltools/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert expected - set(names) == set()
    assert len([name for name in names if re.match(r"evaltools/notebooks/\d\d_", name)]) == 8
    assert {"evaltools/py.typed", "evaltools/study/code_tables/index.toml"} <= set(names)
    assert not [name for name in names if "checkpoint" in name or name.endswith(".pyc")]


def test_the_sdist_holds_no_data_and_says_how_to_cite(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as file:
        names = {name.split("/", 1)[1] for name in file.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "CITATION.cff", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("data/", "outputs/", ".venv/"))]


def fill(study: Path) -> None:
    """The templates filled with the demo's first term, as a person would: columns copied, codes written as asked."""
    text = (study / "study.toml").read_text(encoding="utf-8")
    [made] = [path.name for path in (study / "raw").iterdir()]
    text = text.replace(f'id = "{made}"', f'id = "{TERM}"')
    term = re.compile(r"start = \S+\nend = \S+\n\n\[\[targets")
    text = term.sub("start = 2021-01-01\nend = 2021-07-31\n\n[[targets", text)
    (study / "study.toml").write_text(text, encoding="utf-8")
    (study / "raw" / made).rename(study / "raw" / TERM)
    for table, export in EXPORTS.items():
        source = DATA / "uusi-alku" / "raw" / TERM / f"{export}.csv"
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        with (study / "templates" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file, delimiter=";"))
        with (study / "raw" / TERM / f"{table}.csv").open("w", encoding="cp1252", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(header)
            writer.writerows([_value(row, heading) for heading in header] for row in rows)


def _value(row: dict[str, str], heading: str) -> str:
    value = row.get(HEADINGS.get(heading, heading), "")
    return WORDS.get(heading, {}).get(value, value)


@pytest.mark.parametrize("version", sorted(interpreters()))
def test_from_an_empty_folder_to_the_reports(built, tmp_path, version):
    """What the README promises an evaluator: install, new, fill, check, run - on each Python that is to be had."""
    place = tmp_path / "Uusi hanke, kevät"
    place.mkdir()
    venv = tmp_path / "ympäristö 1"
    python = installed(built, venv, version)
    apart = ("PYTHONPATH", "EVALTOOLS_KERNELS")  # as a person's: nothing of this checkout is in sight
    environment = {name: value for name, value in os.environ.items() if name not in apart}

    def command(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [venv / "bin" / "evaltools", *arguments], cwd=place, env=environment, capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    asked = [python, "-P", "-c", "import evaltools; print(evaltools.__file__)"]
    assert str(venv) in subprocess.run(asked, env=environment, capture_output=True, text=True).stdout
    command("new", "my-study")
    assert [path.name for path in place.iterdir()] == ["my-study"]
    fill(place / "my-study")
    assert "table = " in command("describe", f"my-study/raw/{TERM}/participants.csv")
    assert "\nOK: my-study" in "\n" + command("check", "my-study", "--language", "en")
    command("run", "my-study", "--language", "en")
    edition = f"outputs/my-study/{TERM}/public-en"
    pages = sorted(path.name for path in (place / edition).glob("*.html"))
    assert pages[0] == "01_ingestion.html" and "index.html" in pages and len(pages) == 8
    if version == f"3.{sys.version_info.minor}":
        (place / edition / pages[0]).write_text("", encoding="utf-8")  # `make again` lets a whole release be made anew
        assert "is not what was released" in command("verify", edition, "--language", "en", code=1)
        lab = subprocess.run([python, "-m", "jupyterlab", "--version"], env=environment, capture_output=True, text=True)
        assert lab.returncode == 0 and lab.stdout.strip()
