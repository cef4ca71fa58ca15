"""Sentences that know how they were made."""

from __future__ import annotations

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.texts import Text, in_english, joined, packed, unpacked

_TEXTS = st.recursive(
    st.text(),
    lambda inner: st.builds(
        lambda template, values: Text(template, *values),
        st.text() | st.sampled_from(["%1", "%1 of %2", "%2, %1 and %1", "%0 %9 %% %"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)


def test_a_text_reads_like_the_finished_sentence() -> None:
    assert Text("%1 of %2", 3, "5 files") == "3 of 5 files"
    assert Text("%2 %1", "a", Text("<%1>", "b")) == "<b> a"


def test_what_is_put_in_is_not_taken_for_a_place() -> None:
    assert Text("%1 and %2", "%2", "x") == "%2 and x"


def test_parts_are_joined_one_behind_the_other() -> None:
    assert joined((), "%1, %2") == ""
    assert joined(("a",), "%1, %2") == "a"
    assert joined(("a", Text("b%1", 1), "c"), "%1, %2") == "a, b1, c"


@given(_TEXTS)
def test_a_text_comes_out_of_json_as_it_went_in(text: str) -> None:
    again = unpacked(json.loads(json.dumps(packed(text))))
    assert again == text
    assert packed(again) == packed(text)


@given(_TEXTS)
def test_a_copy_of_a_text_is_the_same(text: str) -> None:
    assert copy.deepcopy(text) == text
    assert packed(copy.deepcopy(text)) == packed(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "values", "x"]), inner)
    ),
    max_leaves=10,
)


@given(_JSON)
def test_whatever_json_holds_becomes_a_string(value: object) -> None:
    assert isinstance(unpacked(value), str)


def test_a_text_that_holds_itself_ever_deeper_ends() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = {"text": "%1", "values": [deep]}
    assert unpacked(deep) == ""


def test_thousands_of_parts_can_be_joined() -> None:
    text = joined([str(number) for number in range(3000)], "%1, %2")
    assert text.startswith("0, 1, 2, ")
    assert text.endswith(", 2999")
    assert unpacked(packed(text)) == text


def test_a_message_can_be_read_without_a_catalogue() -> None:
    message = {"type": "say", "text": packed(Text("%1 is gone", "x")), "cells": [{"text": "a", "n": 1}]}
    assert in_english(message) == {"type": "say", "text": "x is gone", "cells": [{"text": "a", "n": 1}]}
