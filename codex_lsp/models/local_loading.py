"""Loads a checked model folder: weights, tokenizer and prompt template become one thing that decodes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.networks import bytes_pay, cache_bytes, network_over
from codex_lsp.decoding.prefix_index import PrefixIndex
from codex_lsp.decoding.runner import Runner
from codex_lsp.decoding.threads import thread_count
from codex_lsp.decoding.vocabulary import Encoding, Vocabulary
from codex_lsp.errors import ModelDamaged, ModelRefused, ModelUnavailable
from codex_lsp.models.checkpoint import Checkpoint, find_checkpoint, read_json
from codex_lsp.models.local_chat import ChatTemplate, find_chat_template
from codex_lsp.models.local_device import device_for, devices_here, dtype_for
from codex_lsp.models.local_family import family_model
from codex_lsp.models.templates import Segment, Template, render, template_for_checkpoint
from codex_lsp.types import Capabilities, Prompt, SamplingParams

if TYPE_CHECKING:
    from codex_lsp.decoding.family import AnyModel

# For the few architectures whose configuration does not say.
OWN_FAMILY = "codex"
DEFAULT_CONTEXT = 2048
# Far above what tokens of text are: a longer prompt cannot fit, and is not worth being cut into tokens.
MAX_TOKEN_BYTES = 16
_CONTEXT_FIELDS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model that is ready.

    Attributes:
        capabilities: What it can do.
        cache: The prompts that it and its adapters have read.
        int8: Whether it decodes with large matrices as bytes.
        runner: Decodes.
        model: Its network.
        pieces: What each token id adds to a row.
        index: The tokens that text may become, by their bytes.
        folder: Its checkpoint.
        vocabulary: Its tokens.
        template: How its prompts are laid out.
        chat: Its chat template, if it has one.
        first: What the tokenizer puts before every prompt.
        alone: What stands for a prompt that would be empty.
    """

    capabilities: Capabilities
    cache: PrefixCache
    int8: bool
    runner: Runner
    model: "AnyModel"
    pieces: tuple[bytes | None, ...]
    index: PrefixIndex
    folder: Path
    vocabulary: Vocabulary
    template: Template
    chat: ChatTemplate | None
    first: tuple[int, ...]
    alone: tuple[int, ...]

    def prompt_ids(self, prompt: Prompt) -> tuple[int, ...]:
        """The token ids of a prompt; document text gives no control token.

        Raises:
            ModelRefused: It is far longer than the context.
            ModelUnavailable: The checkpoint's chat template fails.
        """
        if prompt.instruction is not None and self.chat is not None:
            # A chat template writes the beginning-of-text token itself.
            return self.segment_ids(self.chat.render(prompt), self.vocabulary.encode_commands)
        # Older models of a family may lack one of its tokens; such a one is left out.
        return (
            *self.first,
            *self.segment_ids(render(self.template, prompt), self.vocabulary.control_ids_of),
        ) or self.alone

    def text_encoding(self, text: str) -> Encoding:
        """The tokens of text that follows a prompt.

        Raises:
            ModelRefused: It is far longer than the context.
        """
        self.check_size((text,))
        return self.vocabulary.encode(text)

    def runner_over(self, model: "AnyModel") -> Runner:
        """A runner over another network of the same kind."""
        network = network_over(model, self.cache, int8=self.int8)
        return Runner(network, self.pieces, max_context=self.capabilities.max_context)

    def segment_ids(
        self, segments: tuple[Segment, ...], command_ids: Callable[[str], tuple[int, ...]]
    ) -> tuple[int, ...]:
        """The token ids of the first segments of a prompt.

        Args:
            segments: Control tokens, and texts in which there are none.
            command_ids: Reads the control tokens.

        Raises:
            ModelRefused: They are far longer than the context.
        """
        self.check_size(segment.text for segment in segments)
        ids: list[int] = []
        for place, segment in enumerate(segments):
            text = segment.text
            ids += command_ids(text) if segment.special else self.vocabulary.ids(text, at_start=place == 0)
        return tuple(ids)

    def check_size(self, texts: Iterable[str]) -> None:
        """Refuse what cannot fit, before the time is spent to cut it into tokens.

        Raises:
            ModelRefused: The texts are far longer than the context.
        """
        size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
        context = self.capabilities.max_context
        if size > context * MAX_TOKEN_BYTES:
            raise ModelRefused(
                f"the prompt has {size} bytes, far more than the {context} tokens of the model's context hold "
                f"(at most {context * MAX_TOKEN_BYTES} bytes); lower `context.max_prompt_tokens`"
            )


def load_model(  # noqa: PLR0913 - each is a setting of its own
    name: str,
    checkpoint: Path | str,
    *,
    dtype: str,
    device: str,
    threads: int,
    progress: Progress,
    trainable: bool = False,
) -> LoadedModel:
    """Find, check and load a model, in the thread that will run it.

    Args:
        name: What it serves under.
        checkpoint: A folder, or a hub name.
        dtype: `auto` (on a CPU int8 where that is faster, else float32; elsewhere bfloat16 if known), `float32`,
            `bfloat16` or `int8` (on a CPU).
        device: `auto` (a CUDA device where there is one, else Apple's), `cpu`, `cuda` or `mps`.
        threads: CPU threads; 0 for one less than there are cores.
        progress: Told percent and what is being done.
        trainable: Load it through `transformers` whatever it is: its modules compute, so that gradients can be had.

    Raises:
        ModelNotFound: There is no such model.
        ModelDamaged: Its files cannot be used.
        ModelUnavailable: The hub or the device cannot be reached.
    """
    torch.set_num_threads(thread_count(threads))
    progress(0, f"looking for {name}")
    found = find_checkpoint(checkpoint)
    progress(10, f"reading the tokenizer of {name}")
    vocabulary = _vocabulary(found)
    template = _template(found, name, vocabulary)
    progress(20, f"reading the weights of {name}")
    model = _model(found, dtype, device, trainable=trainable)
    ending = _ending_ids(found, vocabulary, template)
    pieces = vocabulary.pieces(ending, int(model.config.get_text_config().vocab_size))
    max_context = _max_context(model)
    cache = PrefixCache(max_bytes=cache_bytes(model, max_context))
    chat = find_chat_template(found.folder)
    int8 = dtype == "int8" or (dtype == "auto" and bytes_pay(model))
    loaded = LoadedModel(
        capabilities=_capabilities(name, found, template, chat, max_context),
        cache=cache,
        int8=int8,
        runner=Runner(network_over(model, cache, int8=int8), pieces, max_context=max_context),
        model=model,
        pieces=pieces,
        index=vocabulary.index(pieces),
        folder=found.folder,
        vocabulary=vocabulary,
        template=template,
        chat=chat,
        first=vocabulary.leading_ids(),
        alone=tuple(sorted(ending)[:1]),
    )
    progress(90, f"warming up {name}")
    _warm_up(loaded)
    return loaded


def _vocabulary(found: Checkpoint) -> Vocabulary:
    try:
        return Vocabulary(found.tokenizer.read_text(encoding="utf-8"))
    except ModelUnavailable as error:
        raise ModelDamaged(f"{found.folder}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelDamaged(f"{found.tokenizer}: cannot be read; get or export the model again") from error


def _template(found: Checkpoint, name: str, vocabulary: Vocabulary) -> Template:
    """The layout of a model's prompts, whose tokens its tokenizer has."""
    template = template_for_checkpoint(found.config, name, lambda token: vocabulary.control_id(token) is not None)
    missing = [token for token in template.required if vocabulary.control_id(token) is None]
    if missing:
        message = f"its template `{template.name}` needs the token {missing[0].strip()}, which its tokenizer lacks"
        raise ModelDamaged(f"{found.folder}: {message}; mend `codex_template` in config.json")
    return template


def _model(found: Checkpoint, dtype: str, device: str, *, trainable: bool) -> "AnyModel":
    """The weights of a model, where and as the settings say."""
    there = devices_here()
    place = device_for(device, there)
    format_ = dtype_for(dtype, place, there)
    model = None if trainable else family_model(found, format_, place)
    if model is not None:
        return model
    # Its import takes longer than loading a small model: only what needs it waits for it.
    from codex_lsp.models.local_library import library_model  # noqa: PLC0415

    return library_model(found, format_, place)


def _ending_ids(found: Checkpoint, vocabulary: Vocabulary, template: Template) -> set[int]:
    """Ids that end a row: end-of-text, and every control token."""
    path = found.folder / "generation_config.json"
    generation = read_json(path, str(found.folder)) if path.is_file() else {}
    ids = {vocabulary.control_id(token) for token in (*template.tokens, *template.stop)} - {None}
    for config in (found.config, generation):
        said = config.get("eos_token_id")
        several = cast("list[Any]", said) if isinstance(said, list) else [said]
        ids.update(id_ for id_ in several if isinstance(id_, int))
    return {*cast("set[int]", ids), *vocabulary.special_ids}


def _max_context(model: "AnyModel") -> int:
    config = model.config.get_text_config()
    said = [getattr(config, field, None) for field in _CONTEXT_FIELDS]
    return next((size for size in said if isinstance(size, int) and size > 0), DEFAULT_CONTEXT)


def _capabilities(
    name: str, found: Checkpoint, template: Template, chat: ChatTemplate | None, max_context: int
) -> Capabilities:
    return Capabilities(
        model=name,
        fim=template.fim is not None,
        snippets=template.reads_snippets,
        n=True,
        logprobs=True,
        stream=True,
        chat=chat is not None,
        score=True,
        max_context=max_context,
        tokenizer=str(found.tokenizer),
        # The shares of a memory were found with our own model; a better one would be held back by them.
        remembers=template.name == OWN_FAMILY,
    )


def _warm_up(loaded: LoadedModel) -> None:
    """Do once what the first request would otherwise wait for; it also shows that the model computes."""
    ids = loaded.prompt_ids(Prompt(header=None, prefix="def "))
    for _ in loaded.runner.sample(ids, SamplingParams(n=2, max_tokens=2), lambda: False):
        pass
