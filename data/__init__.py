"""What was said, by whom, and when: figures, catalogue, units, periods, regions, errors, store, migrations."""
