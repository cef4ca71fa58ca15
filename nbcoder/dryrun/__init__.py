"""Runs code in a throwaway copy of this kernel and reports what happened and what would change."""

from nbcoder.dryrun.checkpoint import Checkpoint
from nbcoder.dryrun.observer import Observer, Outcome
from nbcoder.dryrun.report import Copy, DryRunner, Effects, Failure, Limits, Report, Status, Tier
from nbcoder.dryrun.runner import KernelDryRunner

__all__ = [
    "Checkpoint",
    "Copy",
    "DryRunner",
    "Effects",
    "Failure",
    "KernelDryRunner",
    "Limits",
    "Observer",
    "Outcome",
    "Report",
    "Status",
    "Tier",
]
