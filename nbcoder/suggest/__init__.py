"""From a request to a suggestion: candidates, checked, dry-run, repaired, ranked. The heart."""

from nbcoder.suggest.request import Failure, Request
from nbcoder.suggest.suggester import Suggester
from nbcoder.suggest.suggestion import Candidate, Sent, Stats, Suggestion, Watcher

__all__ = ["Candidate", "Failure", "Request", "Sent", "Stats", "Suggester", "Suggestion", "Watcher"]
