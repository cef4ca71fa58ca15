"""From a request to a suggestion: candidates, checked, dry-run, repaired, ranked. The heart."""
