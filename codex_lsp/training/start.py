"""The weights that a new run begins with: those of an earlier run or of an exported model, for the run's tokenizer."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import newest_checkpoint, read_weights
from codex_lsp.training.growth import grown
from codex_lsp.training.manifest import read_manifest
from codex_lsp.training.network import Network
from codex_lsp.training.tokenizer import SPECIAL_TOKENS, TOKENIZER_FILE, load_tokenizer


def weights_folder(start: Path) -> Path:
    """Where the weights lie that a run starts from: an exported model itself, or a run's newest checkpoint."""
    return start if (start / "config.json").is_file() else newest_checkpoint(start)


def begin_as(start: Path, network: Network) -> None:
    """Give `network` the weights of `start`, grown where it is larger; they have one tokenizer.

    Raises:
        TrainingError: The weights are of a larger network or another kind.
    """
    try:
        network.load_state_dict(grown(read_weights(weights_folder(start)), network))
    except TrainingError as error:
        raise TrainingError(f"{start}: {error}") from error


def begin_with(start: Path, tokenizer: Path, network: Network) -> None:
    """Give `network` the weights of `start`: grown where it is larger, the embedding carried over to another tokenizer.

    Args:
        start: An exported model, or a run's folder.
        tokenizer: The tokenizer folder of the new run.
        network: Freshly initialised; as large as that of `start`, or larger.

    Raises:
        TrainingError: The weights are of a larger network or another kind, or of a run whose tokenizer is not at hand.
    """
    begin_as(start, network)
    wanted = read_manifest(tokenizer, "tokenizer")["sha256"]
    exported = (start / TOKENIZER_FILE).is_file()
    manifest = read_manifest(start, "model")["run"] if exported else read_manifest(start, "run")
    if manifest["tokenizer_sha256"] == wanted:
        return
    if not exported:
        raise TrainingError(
            f"{start}: was trained with another tokenizer; export it with `--export DIR --export-only` "
            "and name that folder, which holds its tokenizer"
        )
    embedding = network.model.embed_tokens.weight
    with torch.no_grad():
        embedding.copy_(carried_over(embedding, load_tokenizer(start), load_tokenizer(tokenizer)))


def carried_over(embedding: Tensor, old: Tokenizer, new: Tokenizer) -> Tensor:
    """The embedding [vocabulary, width] of an old vocabulary, for a new one of byte-level BPE.

    A token that both know keeps its row; another begins with the mean of the old tokens that spell it, longest first.
    """
    known, wanted = old.get_vocab(), new.get_vocab()
    carried = torch.empty_like(embedding)
    for token, row in wanted.items():
        special = token in SPECIAL_TOKENS
        parts = [known[token]] if special or token in known else [known[part] for part in _spelled(token, known)]
        carried[row] = embedding[parts].mean(dim=0)
    # Rows beyond the vocabulary are never drawn nor trained.
    carried[len(wanted) :] = embedding[len(wanted) :]
    return carried


def _spelled(token: str, known: dict[str, int]) -> list[str]:
    """`token` cut into the longest known tokens, from its start; single bytes are always known."""
    parts: list[str] = []
    at = 0
    while at < len(token):
        end = next(end for end in range(len(token), at, -1) if token[at:end] in known)
        parts.append(token[at:end])
        at = end
    return parts
