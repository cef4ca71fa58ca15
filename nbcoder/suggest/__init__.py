"""From a request to a suggestion: candidates, checked, dry-run, repaired, ranked. The heart.

Here is what goes in and what comes out. What turns the one into the other, `suggester.Suggester`, is loaded
with the first request.
"""

from nbcoder.suggest.request import INTERRUPTED, Failure, Request
from nbcoder.suggest.suggestion import Candidate, Sent, Stats, Suggestion, Watcher

__all__ = ["INTERRUPTED", "Candidate", "Failure", "Request", "Sent", "Stats", "Suggestion", "Watcher"]
