"""The key is private and whole, and pseudonyms are stable by key and different by study."""

from __future__ import annotations

import json
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pandas as pd
import pytest

from evaltools import settings
from evaltools.privacy import pseudonyms
from evaltools.privacy.pseudonyms import Key, KeyFileError, lettered, load_key, pseudonymise

SECRET = bytes(range(32))
OTHER = bytes(reversed(range(32)))


def ids(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def test_a_new_key_is_private_and_stays(tmp_path):
    path = tmp_path / "config" / "pseudonym.key"
    key = load_key(path)
    assert len(key.secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load_key(path) == key
    assert [p.name for p in path.parent.iterdir()] == ["pseudonym.key"]
    assert load_key(tmp_path / "another.key") != key


def test_a_loose_umask_does_not_open_the_key(tmp_path):
    before = os.umask(0)
    try:
        load_key(tmp_path / "pseudonym.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "pseudonym.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_others_can_reach_is_refused(tmp_path, mode):
    path = tmp_path / "pseudonym.key"
    path.write_bytes(SECRET)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_key(path)
    path.chmod(0o600)
    assert load_key(path).secret == SECRET


@pytest.mark.parametrize("content", [b"", SECRET[:-1], SECRET + b"\n"])
def test_a_key_of_another_length_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "pseudonym.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="32-byte"):
        load_key(path)
    assert path.read_bytes() == content


def test_the_environment_names_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv(settings.KEY_FILE.name, str(tmp_path / "mine.key"))
    assert load_key().secret == (tmp_path / "mine.key").read_bytes()


def test_creators_at_the_same_time_get_the_same_key(tmp_path):
    path, together = tmp_path / "pseudonym.key", Barrier(8)

    def create(_: int) -> Key:
        together.wait()
        return load_key(path)

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(create, range(8)))
    assert {key.secret for key in keys} == {path.read_bytes()}
    assert [p.name for p in tmp_path.iterdir()] == ["pseudonym.key"]


def test_who_comes_second_keeps_the_first_key(tmp_path, monkeypatch):
    """The other process writes its key after we saw none and before we put ours there."""
    path = tmp_path / "pseudonym.key"
    link = os.link

    def overtaken(source, target):
        path.write_bytes(SECRET)
        path.chmod(0o600)
        link(source, target)

    monkeypatch.setattr(pseudonyms.os, "link", overtaken)
    assert load_key(path).secret == SECRET
    assert [p.name for p in tmp_path.iterdir()] == ["pseudonym.key"]


def test_the_secret_is_in_no_representation():
    key = Key(SECRET)
    for shown in (repr(key), str(key), f"{key}", repr([key]), repr({"key": key}), key.id):
        assert SECRET.hex() not in shown and repr(SECRET) not in shown and SECRET.decode("latin-1") not in shown
    assert re.fullmatch("[0-9a-f]{8}", key.id)
    assert key.id != Key(OTHER).id
    assert key.id not in SECRET.hex()


# --- pseudonyms --------------------------------------------------------------------------------------------------


def test_pseudonyms_are_stable_by_key_and_differ_by_key_and_study():
    first = pseudonymise(ids("091", "NA"), Key(SECRET), "a")
    assert list(pseudonymise(ids("NA", "091"), Key(SECRET), "a")) == list(first[::-1])
    others = [pseudonymise(ids("091", "NA"), key, study) for key, study in ((Key(OTHER), "a"), (Key(SECRET), "b"))]
    assert len({*first, *others[0], *others[1]}) == 6
    assert first.str.fullmatch("[bcdfghjkmnpqrstv]{16}").all()


def test_a_known_value():
    """HMAC-SHA-256 of study, NUL and id: as any other implementation has it, for example openssl."""
    assert (
        list(pseudonymise(ids("091"), Key(SECRET), "uusi-alku"))
        == [lettered("5e1cfe33ed7320dc")]
        == ["htcrvtfftskfdbsr"]
    )


def test_study_and_id_do_not_run_together():
    assert pseudonymise(ids("bc"), Key(SECRET), "a")[0] != pseudonymise(ids("c"), Key(SECRET), "ab")[0]


def test_missing_stays_missing_and_repeats_stay_repeats():
    hidden = pseudonymise(ids("x", None, "x", "y"), Key(SECRET), "a")
    assert list(hidden.isna()) == [False, True, False, False]
    assert hidden[0] == hidden[2] != hidden[3]
    assert len(pseudonymise(ids(), Key(SECRET), "a")) == 0


def test_two_ids_with_one_pseudonym_are_refused(monkeypatch):
    monkeypatch.setattr(pseudonyms, "LENGTH", 1)
    with pytest.raises(ValueError, match="share a pseudonym"):
        pseudonymise(ids(*map(str, range(17))), Key(SECRET), "a")


def test_a_pseudonym_cannot_look_like_an_identity_code(tmp_path):
    """Of 200,000 none does; as hexadecimal digits about two would, and their study could never be released."""
    from evaltools.privacy import free_text, screening

    ids = pd.Series([str(i) for i in range(200_000)])
    hidden = pseudonymise(ids, Key(SECRET), "trial")
    assert not hidden.str.contains(r"\d").any()
    assert hidden.nunique() == len(ids)
    (tmp_path / "a.txt").write_text("\n".join(hidden[:1000]), encoding="utf-8")
    # and what a record says of files is no code either, though some of its hashes end like one
    looks = "f" * 53 + "010180a9026"
    assert free_text.identity_code("010180-9026")
    (tmp_path / "b.json").write_text(json.dumps({"sha256": looks}), encoding="utf-8")
    (tmp_path / "c.json").write_text(json.dumps({"note": "010180-9026"}), encoding="utf-8")
    assert screening.unfit(tmp_path) == ["c.json"]
