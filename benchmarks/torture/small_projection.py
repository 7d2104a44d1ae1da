"""``headroom project`` with few draws of few scenarios: all its steps in a fraction of the time.

``python -m benchmarks.torture.small_projection SEED``
"""

import sys

from headroom.commands.project import champions
from headroom.settings import load
from projection import project

DRAWS = 200
SCENARIOS = 2


def main() -> None:
    """Project."""
    project.MINIMUM_DRAWS = 1
    project.PROJECTED = project.PROJECTED[:SCENARIOS]
    # The limit of the setting is that of what is published in earnest.
    champions(load(seed=int(sys.argv[1])).model_copy(update={"draws": DRAWS}))


if __name__ == "__main__":
    main()
