"""The notebook as data: cells, percent format, files, provenance. Knows nothing else."""
