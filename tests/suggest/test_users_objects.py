"""Objects of the user's that must not be asked for anything, in a real kernel, by a real request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbcoder import wire
from tests.kernel.page import cell
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_TRAPS = """
import threading
import pandas as pd

touched, armed = [], False

def trap(name, real):
    def method(self, *args, **kwargs):
        if armed:
            touched.append(name)
            raise RuntimeError(name)
        return real(self, *args, **kwargs)
    return method

def spring(name):
    return trap(name, lambda *_: None)

class Meta(type):
    __getattribute__ = trap("attribute of a class", type.__getattribute__)
    __eq__ = trap("whether a class is the same", type.__eq__)
    __hash__ = trap("hash of a class", type.__hash__)
    __instancecheck__ = trap("whether it is an instance", type.__instancecheck__)
    __repr__ = trap("words of a class", type.__repr__)

class Label:
    __hash__ = trap("hash", object.__hash__)
    __eq__ = trap("equality", object.__eq__)
    __str__ = trap("words", object.__str__)
    __repr__ = trap("exact words", object.__repr__)
    __getattribute__ = trap("attribute", object.__getattribute__)
    __class__ = property(trap("class", lambda self: Label))

class Kept:
    __copy__ = spring("copy")
    __deepcopy__ = spring("deep copy")
    __reduce_ex__ = trap("reduction", object.__reduce_ex__)
    __eq__ = trap("equality", object.__eq__)
    __hash__ = trap("hash", object.__hash__)
    __repr__ = trap("exact words", object.__repr__)
    __len__ = trap("length", lambda self: 3)
    __getattribute__ = trap("attribute", object.__getattribute__)

class Text(str):
    __hash__ = trap("hash of a text", str.__hash__)
    __eq__ = trap("equality of a text", str.__eq__)
    startswith = trap("beginning of a text", str.startswith)
    casefold = trap("text without case", str.casefold)
    __str__ = trap("words of a text", str.__str__)
"""
_THINGS = {
    "a class of a hostile class": "class Thing(metaclass=Meta): pass\nthing = Thing()",
    "a class whose module is a number": "class Thing: pass\nThing.__module__ = 3\nthing = Thing()",
    "a class that calls itself a table": (
        "thing = type('DataFrame', (), {'__module__': 'pandas', 'columns': property(spring('columns')),"
        " 'shape': property(spring('shape')), 'index': property(spring('index'))})()"
    ),
    "an object whose class raises": "thing = Label()",
    "an object whose class never comes": (
        "thing = type('Slow', (), {'__class__': property(lambda self: armed and threading.Event().wait())})()"
    ),
    "a table with hostile labels": (
        "thing = pd.DataFrame([[1, 'Bern', 2], [1, 'Basel', 3]])\n"
        "thing.columns = pd.Index([Label(), Text('city'), 'order_id'], dtype=object)\n"
        "thing.index = pd.Index([Label(), Label()], dtype=object, name=Label())"
    ),
    "a column with hostile labels": (
        "thing = pd.Series(['Bern', Text('Basel')], index=[Label(), 'columns'], dtype=object)\n"
        "thing.name = Label()"
    ),
    "a table with hostile values": (
        "thing = pd.DataFrame({'city': pd.Series([Label(), 'Basel'], dtype=object)})"
    ),
    "a table that carries hostile things along": (
        "thing = pd.DataFrame({'city': ['Bern', 'Basel'], 'order_id': [1, 1], 'held': [Kept(), Kept()]})\n"
        "thing.index = pd.MultiIndex.from_tuples([(1, Kept()), (2, Kept())], names=[Kept(), 'year'])\n"
        "thing.attrs = {'held': Kept(), 'of': type('Of', (), {}), 'odd': Meta('Odd', (), {})}\n"
        "group = thing.groupby('city')\ncolumn = thing['city']\ncolumn.attrs = {'held': Kept()}"
    ),
    "a name that is no plain text": "thing = 1\nglobals()[Text('other')] = 1\nglobals()[5] = 2",
}
_REQUEST = (
    "How many orders in 'Basel' from city to order_id? Which city? And what is the frequency of the data?"
)

_CARRYING = _THINGS["a table that carries hostile things along"]
_ANSWER = "thing if sales is None else len(sales)"
_ANSWERS = {
    "explain": "It counts the rows.",
    "tests": "assert total == len(thing)",
    "document": "# How many rows there are.\ntotal = len(thing)\ntotal",
    "refactor": "(total := len(thing))",
}


@pytest.mark.parametrize("made", _THINGS.values(), ids=_THINGS)
def test_a_request_is_answered_and_nothing_of_the_users_runs(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, made: str
) -> None:
    assert kernel.run(f"{_TRAPS}\n{made}\nsales = pd.DataFrame({{'town': ['Basel']}})").ok
    scripted_engine.respond_with(lambda _: Reply(_ANSWER))
    kernel.run("armed = True")
    executed = kernel.run(f"%%generate\n{_REQUEST}")
    kernel.run("armed = False")
    assert executed.next_cell == _ANSWER, executed.error
    assert "sales['town'] has the value 'Basel'" in str(scripted_engine.bodies[0]["messages"][1]["content"])
    assert kernel.run("touched").result == "[]"


@pytest.mark.parametrize(
    "answer",
    [
        "thing = pd.DataFrame({'town': ['Basel']})\nthing",
        "for thing in sales.town:\n    pass\nlen(sales)",
        "thing = [1, 2]\nthing",
    ],
)
@pytest.mark.parametrize("made", ["class Thing(metaclass=Meta): pass\nthing = Thing()", "thing = Label()"])
def test_nor_does_it_where_an_answer_binds_its_name_anew(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, made: str, answer: str
) -> None:
    assert kernel.run(f"{_TRAPS}\n{made}\nsales = pd.DataFrame({{'town': ['Basel']}})").ok
    scripted_engine.respond_with(lambda _: Reply(answer))
    kernel.run("armed = True")
    executed = kernel.run("%%generate\nHow many towns are there?")
    kernel.run("armed = False")
    assert executed.next_cell, executed.error
    assert kernel.run("touched").result == "[]"


@pytest.mark.parametrize("kind", ["explain", "tests", "document", "refactor"])
def test_nor_does_it_where_a_cell_is_asked_about(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, kind: Any
) -> None:
    source = "total = len(thing)\ntotal"
    assert kernel.run(f"{_TRAPS}\n{_CARRYING}").ok
    assert kernel.run(source, "a").ok
    scripted_engine.respond_with(lambda _: Reply(_ANSWERS[kind]))
    kernel.run("armed = True")
    comm = kernel.open_comm("a", [cell("a", source)])
    kernel.tell(comm, wire.Ask(v=1, type="ask", kind=kind, cellId="a"))
    kernel.take(comm, "offer")
    kernel.run("armed = False")
    assert "'order_id': int64, 1 to 1" in str(scripted_engine.bodies[0]["messages"][1]["content"])
    assert kernel.run("touched").result == "[]"


def test_nor_does_it_where_a_cell_is_mended(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    assert kernel.run(f"{_TRAPS}\n{_CARRYING}").ok
    assert not kernel.run("total = len(thing) + None").ok
    scripted_engine.respond_with(lambda _: Reply("total = len(thing)"))
    kernel.run("armed = True")
    assert kernel.run("%fix").ok
    kernel.run("armed = False")
    assert "'order_id': int64, 1 to 1" in str(scripted_engine.bodies[0]["messages"][1]["content"])
    assert kernel.run("touched").result == "[]"
