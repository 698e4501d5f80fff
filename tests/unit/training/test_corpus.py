import errno
import json
import os
import shutil
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import TrainingError
from codex_lsp.training.corpus import CorpusOptions, build_corpus, draw, held_out
from codex_lsp.training.decontamination import BenchmarkData
from codex_lsp.training.documents import SPLITS, documents_up_to, shuffled_documents
from codex_lsp.training.licences import LicenceVerdict
from codex_lsp.training.source_files import SourceFile
from codex_lsp.training.sources import Package, distributions, standard_library
from tests.unit.training.packages import Material, a_name_held_out, add_distribution
from tests.unit.training.test_decontamination import PROBLEM, hash_file


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
    files = {"a.py": "x = 1\n", "b.py": "x = 1\n", "c.py": "", "d.py": PROBLEM, "e.txt": "not python"}
    add_distribution(tmp_path / "site", "zero", files, "License: MIT")
    benchmarks = BenchmarkData(hash_list=hash_file(tmp_path, PROBLEM))
    manifest: Any = build(tmp_path / "site", tmp_path / "out", heldout_share=0.0, benchmarks=benchmarks)
    assert {reason: count for reason, count in manifest["removed"].items() if count} == {
        "duplicate": 1,
        "empty": 1,
        "benchmark_overlap": 1,
    }
    assert manifest["decontamination"]["files_dropped"] == 1
    assert manifest["decontamination"]["files_hit"] == {"hash list": 1}
    assert [document.path for document in shuffled_documents(tmp_path / "out", "train", 0)] == ["a.py"]


def test_a_near_copy_is_left_out_of_whichever_package_comes_later(tmp_path: Path) -> None:
    body = "".join(f"def f{n}(x):\n    return x + {n}\n\n" for n in range(60))
    add_distribution(tmp_path / "site", "one", {"a.py": body}, "License: MIT")
    add_distribution(tmp_path / "site", "two", {"b.py": body + "# the end\n", "c.py": "y = 2\n"}, "License: MIT")
    manifest: Any = build(tmp_path / "site", tmp_path / "out", heldout_share=0.0)
    assert manifest["removed"]["near_duplicate"] == 1
    assert sum(split["files"] for split in manifest["splits"].values()) == 2


def test_a_benchmark_is_cut_out_and_the_rest_stays(tmp_path: Path) -> None:
    around = "".join(f"def f{n}(x):\n    return x + {n}\n\n" for n in range(60))
    add_distribution(tmp_path / "site", "one", {"a.py": around + PROBLEM}, "License: MIT")
    add_distribution(tmp_path / "site", "two", {"b.py": "y = 2\n"}, "License: MIT")
    benchmarks = BenchmarkData(hash_list=hash_file(tmp_path, PROBLEM))
    manifest: Any = build(tmp_path / "site", tmp_path / "out", heldout_share=0.0, benchmarks=benchmarks)
    assert manifest["decontamination"]["files_cut"] == 1
    assert manifest["decontamination"]["definitions_cut"] == 1
    texts = [document.text for split in SPLITS for document in shuffled_documents(tmp_path / "out", split, 0)]
    assert not any("balance" in text for text in texts)
    assert any("def f59" in text for text in texts)


def test_several_processes_give_the_same_corpus(material: Material, tmp_path: Path) -> None:
    again = build(material.site, tmp_path / "again", heldout_share=0.3, jobs=2)
    assert again == json.loads((material.corpus / "manifest.json").read_text())


def test_the_list_says_what_is_held_out(tmp_path: Path) -> None:
    packages = [
        replace(package, heldout=package.name == "two")
        for package in (small_package("one"), small_package("two"), small_package("three"))
    ]
    build_corpus(packages, tmp_path / "out", CorpusOptions(heldout_share=None), lambda _: None)
    assert {document.package for document in shuffled_documents(tmp_path / "out", "heldout", 0)} == {"two"}


def test_refused_packages_alone_are_no_corpus(tmp_path: Path) -> None:
    refused = replace(small_package("one"), verdict=LicenceVerdict(licence="", refusal="names no licence"))
    with pytest.raises(TrainingError, match=r"no packages found.*one.*names no licence"):
        build_corpus([refused], tmp_path / "out", CorpusOptions(heldout_share=None), lambda _: None)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_the_corpus_before_as_it_was(material: Material, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(material.corpus, out)
    before = (out / "manifest.json").read_bytes()

    def full() -> Iterator[SourceFile]:
        yield SourceFile(path="a.py", language="python", data=b"x = 1\n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    packages = [small_package("one"), replace(small_package("two"), read=full)]
    with pytest.raises(TrainingError, match=r"No space left.*what was there stands"):
        build_corpus(packages, out, CorpusOptions(heldout_share=None), lambda _: None)
    assert (out / "manifest.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    def peak_bytes(files: int) -> int:
        packages = [replace(small_package(f"p{n}", files), heldout=n == 0) for n in range(8)]
        tracemalloc.start()
        build_corpus(packages, tmp_path / f"out{files}", CorpusOptions(heldout_share=None), lambda _: None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(10)
    small, large = peak_bytes(20), peak_bytes(200)
    assert large - small < 400_000


def small_package(name: str, files: int = 1) -> Package:
    def read() -> Iterator[SourceFile]:
        for n in range(files):
            text = "".join(f"{name}_{n}_{line} = '{name}{n * line}'\n" for line in range(60))
            yield SourceFile(path=f"{name}/{n}.py", language="python", data=text.encode())

    return Package(name=name, version="1.0", verdict=LicenceVerdict(licence="MIT"), read=read)


def test_the_same_packages_give_the_same_corpus(material: Material, tmp_path: Path) -> None:
    again = build(material.site, tmp_path / "again", heldout_share=0.3)
    assert again == json.loads((material.corpus / "manifest.json").read_text())


def test_a_folder_that_is_no_corpus_is_left_alone(material: Material, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(TrainingError, match="another folder"):
        build(material.site, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"
    with pytest.raises(TrainingError, match=r"precious\.txt: a file"):
        build(material.site, tmp_path / "precious.txt")


def test_a_tokenizer_or_a_run_is_not_replaced_by_a_corpus(material: Material) -> None:
    with pytest.raises(TrainingError, match="not empty and not a corpus"):
        build(material.site, material.tokenizer)
    assert (material.tokenizer / "tokenizer.json").is_file()


def test_too_few_packages_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(TrainingError, match="no packages found"):
        build(tmp_path / "site", tmp_path / "out")
    add_distribution(tmp_path / "site", "alone", {"a.py": "x = 1\n"}, "License: MIT")
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
    paths = [file.path for file in standard_library().read()]
    assert "json/decoder.py" in paths
    assert not any("site-packages" in path for path in paths)
