"""Everything that can go wrong, in one tree; each message is one line and says what to do next.

* NBCoderError
  + SettingsError            a setting has a value that cannot be used
  + EngineError              anything between us and vLLM
      + EngineNotInstalled   no environment for the engine on this machine
      + EngineInstallFailed  building that environment failed
      + EngineStartFailed    vLLM did not become ready
      + EngineUnreachable    nobody answers at the engine's address
      + EngineUnauthorized   the key is wrong
      + ModelNotServed       the engine serves another model
      + PromptTooLong        the request does not fit the model's context
      + RequestRejected      the engine refuses the request for another reason
      + EngineFailed         the engine answered with an error of its own
      + StreamCut            the answer broke off
      + EngineStalled        the engine went silent
  + ModelError               anything about weights
      + UnknownModel         no such model in any source
      + UnsupportedModel     vLLM cannot build a model of that architecture
      + DownloadFailed       a source broke off or did not answer
      + WrongHash            what came is not what was expected; it was removed
      + DiskFull             no room on the disk
      + BrokenModel          a file of the model is missing or unreadable
      + ModelTooLarge        the model does not fit this machine
  + NotebookError            a notebook file cannot be read or written
  + KernelError              the user's kernel cannot do what is asked
  + TargetChanged            the cell to be written changed since it was read
  + DryRunUnavailable        no throwaway copy of the kernel can be made here
  + NothingToFix             no failing cell is known
  + NoSubject                there is no such cell, or no code in it
  + NoSuggestion             no suggestion of that name is waiting
  + UnusableAnswer           the model's answer holds no code
  + BenchDataError         a problem set cannot be read
"""

from __future__ import annotations

__all__ = [
    "BenchDataError",
    "BrokenModel",
    "DiskFull",
    "DownloadFailed",
    "DryRunUnavailable",
    "EngineError",
    "EngineFailed",
    "EngineInstallFailed",
    "EngineNotInstalled",
    "EngineStalled",
    "EngineStartFailed",
    "EngineUnauthorized",
    "EngineUnreachable",
    "KernelError",
    "ModelError",
    "ModelNotServed",
    "ModelTooLarge",
    "NBCoderError",
    "NoSubject",
    "NoSuggestion",
    "NotebookError",
    "NothingToFix",
    "PromptTooLong",
    "RequestRejected",
    "SettingsError",
    "StreamCut",
    "TargetChanged",
    "UnknownModel",
    "UnsupportedModel",
    "UnusableAnswer",
    "WrongHash",
]


class NBCoderError(Exception):
    """Any failure we can explain to the user; ``str()`` of it is one line."""

    @property
    def line(self) -> str:
        """The same line, with what its translation needs where it was raised with a `Text`."""
        return self.args[0] if len(self.args) == 1 and isinstance(self.args[0], str) else str(self)

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback: the user made no mistake in Python."""
        return [f"nbcoder: {self}"]


class SettingsError(NBCoderError):
    """A setting has a value that cannot be used."""


class EngineError(NBCoderError):
    """Anything between us and vLLM."""


class EngineNotInstalled(EngineError):
    """No environment for the engine on this machine."""


class EngineInstallFailed(EngineError):
    """Building the engine's environment failed."""


class EngineStartFailed(EngineError):
    """vLLM did not become ready."""


class EngineUnreachable(EngineError):
    """Nobody answers at the engine's address."""


class EngineUnauthorized(EngineError):
    """The engine's key is wrong."""


class ModelNotServed(EngineError):
    """The engine serves another model."""


class PromptTooLong(EngineError):
    """The request does not fit the model's context."""


class RequestRejected(EngineError):
    """The engine refuses the request for another reason."""


class EngineFailed(EngineError):
    """The engine answered with an error of its own."""


class StreamCut(EngineError):
    """The answer broke off before its end."""


class EngineStalled(EngineError):
    """The engine went silent for longer than the time-out."""


class ModelError(NBCoderError):
    """Anything about weights."""


class UnknownModel(ModelError):
    """No such model in any source."""


class UnsupportedModel(ModelError):
    """VLLM cannot build a model of that architecture."""


class DownloadFailed(ModelError):
    """A source broke off or did not answer."""


class WrongHash(ModelError):
    """What came is not what was expected; it was removed."""


class DiskFull(ModelError):
    """No room on the disk."""


class BrokenModel(ModelError):
    """A file of the model is missing or unreadable."""


class ModelTooLarge(ModelError):
    """The model does not fit this machine."""


class NotebookError(NBCoderError):
    """A notebook file cannot be read or written."""


class KernelError(NBCoderError):
    """The user's kernel cannot do what is asked."""


class TargetChanged(NBCoderError):
    """The cell to be written changed since it was read."""


class DryRunUnavailable(NBCoderError):
    """No throwaway copy of the kernel can be made here."""


class NothingToFix(NBCoderError):
    """No failing cell is known."""


class NoSubject(NBCoderError):
    """There is no such cell, or there is nothing in it for what was asked."""


class NothingToRestore(NBCoderError):
    """The state from before the failed cell is not there, or is not known."""


class NoSuggestion(NBCoderError):
    """No suggestion of that name is waiting."""


class UnusableAnswer(NBCoderError):
    """The model's answer holds no code."""


class BenchDataError(NBCoderError):
    """A problem set cannot be read."""
