import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import TrainingError
from codex_lsp.training.corpus import CorpusOptions, build_corpus, documents_up_to, draw, held_out, shuffled_documents
from codex_lsp.training.sources import distributions, standard_library
from tests.unit.training.packages import Material, a_name_held_out, add_distribution


def is_benchmark(text: str) -> bool:
    return "benchmark" in text


def build(site: Path, out: Path, **options: object) -> dict[str, object]:
    return build_corpus(distributions(site), out, CorpusOptions(**options), lambda _: None)  # type: ignore[arg-type]


def test_manifest_names_every_package_with_version_and_licence(material: Material) -> None:
    manifest = json.loads((material.corpus / "manifest.json").read_text())
    assert {"json-x", a_name_held_out()} <= {package["name"] for package in manifest["packages"]}
    assert all(package["version"] == "1.0" and package["licence"] == "MIT" for package in manifest["packages"])
    assert all(package["bytes"] > 0 for package in manifest["packages"])
    assert [refused["name"] for refused in manifest["refused"]] == ["copyleft"]
    assert "GPL" in manifest["refused"][0]["reason"]


def test_packages_are_split_whole(material: Material) -> None:
    learned = {document.package for document in shuffled_documents(material.corpus, "train", 0)}
    held_out = {document.package for document in shuffled_documents(material.corpus, "heldout", 0)}
    assert learned.isdisjoint(held_out)
    assert a_name_held_out() in held_out


@given(st.sets(st.text(min_size=1), min_size=2, max_size=8), st.floats(0, 0.5))
def test_some_are_held_out_and_some_are_not(names: set[str], share: float) -> None:
    try:
        chosen = held_out(names, share)
    except TrainingError:
        assert all(draw(name) < share for name in names - {"python"})
    else:
        assert chosen
        assert chosen < names
        assert chosen == {name for name in names if draw(name) < share} or len(chosen) == 1


def test_the_standard_library_is_never_held_out() -> None:
    assert held_out({"python", "other"}, 0.0) == {"other"}
    with pytest.raises(TrainingError, match="too few"):
        held_out({"python"}, 1.0)


def test_filters_duplicates_and_overlaps_are_counted(tmp_path: Path) -> None:
    add_distribution(tmp_path / "site", "one", {"z.py": "z = 1\n"}, "License: MIT")
    files = {"a.py": "x = 1\n", "b.py": "x = 1\n", "c.py": "", "d.py": "benchmark = 1\n", "e.txt": "not python"}
    add_distribution(tmp_path / "site", "zero", files, "License: MIT")
    manifest = build(tmp_path / "site", tmp_path / "out", heldout_share=0.0, overlaps_benchmark=is_benchmark)
    removed = manifest["removed"]
    assert isinstance(removed, dict)
    assert {reason: count for reason, count in removed.items() if count} == {
        "duplicate": 1,
        "empty": 1,
        "benchmark_overlap": 1,
    }
    assert [document.path for document in shuffled_documents(tmp_path / "out", "train", 0)] == ["a.py"]


def test_the_same_packages_give_the_same_corpus(material: Material, tmp_path: Path) -> None:
    again = build(material.site, tmp_path / "again", heldout_share=0.3)
    assert again == json.loads((material.corpus / "manifest.json").read_text())


def test_a_folder_that_is_no_corpus_is_left_alone(material: Material, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(TrainingError, match="another folder"):
        build(material.site, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_too_few_packages_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(TrainingError, match="too few"):
        build(tmp_path / "site", tmp_path / "out")
    with pytest.raises(TrainingError, match="no such folder"):
        build(tmp_path / "absent", tmp_path / "out")


def test_a_missing_split_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="codex-lsp train corpus"):
        next(shuffled_documents(tmp_path, "train", 0))


def test_reading_stops_at_the_characters_asked_for(material: Material) -> None:
    documents = list(documents_up_to(material.corpus, 10_000, seed=1))
    assert sum(len(document.text) for document in documents[:-1]) < 10_000


def test_the_standard_library_is_found_without_installed_packages() -> None:
    package = standard_library()
    paths = [relative for _, relative in package.files]
    assert "json/decoder.py" in paths
    assert not any("site-packages" in path for path in paths)
