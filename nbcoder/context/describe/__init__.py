"""Objects in a few words: each kind is read in its own cheap and harmless way."""

from nbcoder.context.describe.describer import Describer
from nbcoder.context.describe.description import Description

__all__ = ["Describer", "Description"]
