"""``python -m nbcoder`` is the ``nbcoder`` command."""

from nbcoder.cli import main

main()
