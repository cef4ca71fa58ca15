"""What the model is told: live variables, what ran, errors; secrets out, within a token budget.

Here are the facts to be handed in. What makes a prompt of them, `collect.collect` and `layout.lay_out`, is
loaded with the first request: ``%load_ext nbcoder`` must not take longer than a blink.
"""

from nbcoder.context.situation import Executed, Limits, Situation

__all__ = ["Executed", "Limits", "Situation"]
