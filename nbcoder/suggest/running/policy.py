"""Whether an accepted cell may be run at once: by what its syntax tree and its dry run say it does."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, Literal

from nbcoder.dryrun.harm.harmless import possible_effects
from nbcoder.models.python_source import as_python
from nbcoder.suggest.running.later import puts_off
from nbcoder.suggest.running.reach import Reach
from nbcoder.texts import Text, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbcoder.dryrun import Report

__all__ = ["Policy", "refusal", "side_effects"]

Policy = Literal["never", "ask", "auto"]

_HARMLESS_MAGIC = re.compile(
    r"\s*%(?:autoreload|load_ext|matplotlib|precision|reload_ext)(?:[ \t]+[\w.%-]+)*\s*"
)
"""Changes how the kernel works or shows things, with plain words alone: IPython runs what is in braces."""
_WRITING_MODES = frozenset("wax+")
_ACTS = frozenset({"do_shutdown", "execute", "kill", "killpg", "popen", "sendall", "system"})
_ACTS_ON_FILES = frozenset({"remove", "unlink", "rmdir", "rmtree", "rename", "makedirs", "mkdir"})
_WRITES = (
    "to_csv",
    "to_excel",
    "to_parquet",
    "to_sql",
    "to_json",
    "to_pickle",
    "to_feather",
    "to_hdf",
    "write",
)
_DONE_TO_FILES = ("unlink", "rmdir", "rmtree", "makedirs", "mkdir", "symlink_to", "touch", *_WRITES)
"""What is done to files under names that tables and lists have no method of."""
_SENDS = frozenset({"post", "put", "patch", "delete", "urlretrieve"})
_NOTHING: Final[Mapping[str, object]] = {}


def refusal(policy: str, code: str, report: Report | None, namespace: Mapping[str, object]) -> str:
    """Why ``code``, which was accepted to be run, is not run by itself; '' when it may be.

    ``never`` runs nothing by itself, ``ask`` leaves cells with side effects to the user, ``auto`` runs all.
    What no dry run has seen to its end must by its text do nothing but compute with what is in ``namespace``.
    """
    if policy == "auto":
        return ""
    if policy == "never":
        return Text("the setting run_policy is never. Run the cell yourself.")
    if effects := side_effects(code, report, namespace):
        told = joined(effects, "%1, %2")
        return Text("it would %1. Run the cell yourself if that is meant.", told)
    if report is not None and report.status == "ok":
        return ""
    return _of_unseen(possible_effects(as_python(code), namespace), report)


def _of_unseen(possible: list[str], report: Report | None) -> str:
    if not possible:
        return ""
    if report is not None and report.status == "error":
        # What failed may do so for want of the network alone, and nobody saw what comes after it.
        template = "it failed when it was tried, and it might %1. Run the cell yourself if that is meant."
        return Text(template, possible[0])
    return Text("it was not tried, and it might %1. Run the cell yourself if that is meant.", possible[0])


def side_effects(
    code: str, report: Report | None = None, namespace: Mapping[str, object] = _NOTHING
) -> tuple[str, ...]:
    """What running ``code`` does beyond the kernel's variables, in words; its dry run knows it best.

    What the names in it stand for is looked up in ``namespace``.
    """
    found = dict.fromkeys(_told(report)) if report is not None else {}
    # Where every file is behind an overlay, what the dry run does not tell was not written.
    are_files_told = report is not None and report.status == "ok" and report.tier == "namespaces"
    return tuple(found) or tuple(dict.fromkeys(_seen(code, namespace, are_files_told=are_files_told)))


def _told(report: Report) -> Iterator[str]:
    effects = report.effects
    for doing, paths in (
        ("create %1", effects.created),
        ("change %1", effects.changed),
        ("change %1", effects.rewritten),
        ("delete %1", effects.deleted),
    ):
        yield from (Text(doing, path) for path in paths)
    yield from effects.blocked
    yield from effects.outside


def _seen(code: str, namespace: Mapping[str, object], *, are_files_told: bool) -> Iterator[str]:
    plain = as_python(code)
    lines = zip(code.split("\n"), plain.split("\n"), strict=True)
    if any(own != read and not _HARMLESS_MAGIC.fullmatch(own) for own, read in lines):
        yield Text("run commands of the shell or of IPython")
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield Text("do what cannot be read")
        return
    reach = Reach(namespace)
    yield from reach.of_code(tree)
    if is_put_off := puts_off(tree, namespace):
        are_files_told = False
    told: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found = tuple(_of_call(node, is_known=reach.is_known(node.func), are_files_told=are_files_told))
            yield from found
            told |= {node.func} if found else set()
        elif is_put_off and isinstance(node, ast.Attribute) and node.attr.startswith(_DONE_TO_FILES):
            yield from () if node in told else (Text("call %1", ast.unparse(node)),)


def _of_call(call: ast.Call, *, is_known: bool, are_files_told: bool) -> Iterator[str]:
    match call.func:
        case ast.Name(id="open") | ast.Attribute(attr="open"):
            if _is_writing(call):
                yield Text("write a file")
        case ast.Name(id="exec" | "eval" | "compile" | "__import__" as name):
            yield Text("run code that it makes itself (%1)", name)
        case ast.Attribute(value=ast.Name(id="requests" | "httpx" | "urllib" | "session"), attr=name):
            if name in _SENDS:
                yield Text("send by %1", ast.unparse(call.func))
        case ast.Attribute(attr=name) if not is_known and name in _ACTS:
            yield Text("call %1", ast.unparse(call.func))
        case ast.Attribute(attr=name) if not is_known and not are_files_told and name in _ACTS_ON_FILES:
            yield Text("call %1", ast.unparse(call.func))
        case ast.Attribute(attr=name) if not are_files_told and name.startswith(_WRITES):
            if call.args or call.keywords:
                yield Text("write by %1", ast.unparse(call.func))


def _is_writing(call: ast.Call) -> bool:
    modes = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(
        not isinstance(mode, ast.Constant) or bool(_WRITING_MODES & set(str(mode.value))) for mode in modes
    )
