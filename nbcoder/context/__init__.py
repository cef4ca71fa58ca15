"""What the model is told: live variables, what ran, errors; secrets out, within a token budget."""

from nbcoder.context.collect import collect
from nbcoder.context.guard import Guard
from nbcoder.context.layout import Prompt, lay_out
from nbcoder.context.parts import Part
from nbcoder.context.situation import Executed, Limits, Situation
from nbcoder.context.values import CellState, Context, Variable

__all__ = [
    "CellState",
    "Context",
    "Executed",
    "Guard",
    "Limits",
    "Part",
    "Prompt",
    "Situation",
    "Variable",
    "collect",
    "lay_out",
]
