"""What a model sampled, one delta at a time, from a thread of its own; what was sampled once need not be again."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field, replace

from codex_lsp.evaluation.background_loop import BackgroundLoop
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Delta, Priority, Prompt, SamplingParams


@dataclass(slots=True)
class _Recording:
    """The first deltas of a generation; all of them where it is `whole`."""

    deltas: list[Delta] = field(default_factory=list[Delta])
    whole: bool = False


class Recordings:
    """Asks a model and plays its answers, no further than somebody reads them.

    A model computes ahead in its own thread. So that its numbers follow from the order of requests alone, whatever it
    is still asked for is taken to its end before it is asked for something else.
    """

    def __init__(self, model: LanguageModel, background: BackgroundLoop, *, keep: bool) -> None:
        """Ask `model` in `background`; with `keep`, remember all that it says."""
        self._model = model
        self._background = background
        self._keep = keep
        self._known: dict[tuple[Prompt, SamplingParams], _Recording] = {}
        self._streams: list[_Stream] = []

    def deltas(self, prompt: Prompt, params: SamplingParams) -> Generator[Delta]:
        """The deltas of one generation; closing the iterator ends it in the model too."""
        recording = self._recording(prompt, params)
        stream: _Stream | None = None
        position = 0
        try:
            while True:
                if position < len(recording.deltas):
                    yield recording.deltas[position]
                    position += 1
                elif recording.whole:
                    return
                else:
                    stream = stream or self._opened(prompt, params, recording)
                    stream.read_past(position)
        finally:
            if stream is not None:
                self._streams.remove(stream)
                stream.close()

    def _recording(self, prompt: Prompt, params: SamplingParams) -> _Recording:
        if not self._keep:
            return _Recording()
        # How urgent it is changes when it comes, not what comes.
        return self._known.setdefault((prompt, replace(params, priority=Priority.TYPING)), _Recording())

    def _opened(self, prompt: Prompt, params: SamplingParams, recording: _Recording) -> "_Stream":
        for stream in self._streams:
            stream.read_to_end()
        opened = _Stream(self._model.sample(prompt, params), recording, self._background)
        self._streams.append(opened)
        return opened


class _Stream:
    """A generation that the model is at."""

    def __init__(self, deltas: AsyncGenerator[Delta, None], recording: _Recording, background: BackgroundLoop) -> None:
        self._deltas = deltas
        self._recording = recording
        self._background = background
        self._read = 0

    def read_past(self, position: int) -> None:
        """Record until there is a delta at `position`, or no more."""
        while self._read <= position and not self._recording.whole:
            self._read_one()

    def read_to_end(self) -> None:
        """Record all."""
        while not self._recording.whole:
            self._read_one()

    def close(self) -> None:
        """Ask for no more."""
        self._background.wait(self._closed())

    def _read_one(self) -> None:
        delta = self._background.wait(self._next())
        if delta is None:
            self._recording.whole = True
            return
        if self._read == len(self._recording.deltas):
            self._recording.deltas.append(delta)
        self._read += 1

    async def _next(self) -> Delta | None:
        return await anext(self._deltas, None)

    async def _closed(self) -> None:
        await self._deltas.aclose()
