"""The pages there are, in the order of the menu."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the menu.

    Attributes:
        name: of the template, without its ending.
        path: from the root of the service, without the first slash; blank for the root itself.
        title: in the menu.
    """

    name: str
    path: str
    title: str


OVERVIEW = Page("overview", "", "Overview")
US_CHINA = Page("us_china", "us-china", "US against China")
WHAT_IF = Page("what_if", "what-if", "What if")
CLAIMS = Page("claims", "claims", "Claims")
TRACK_RECORD = Page("track_record", "track-record", "Track record")
EDITIONS = Page("editions", "editions", "Editions")
SITES = Page("sites", "sites", "Sites")
MODELS = Page("models", "models", "Models")
FIGURES = Page("figures", "figures", "Figures")
MENU = (OVERVIEW, US_CHINA, WHAT_IF, SITES, CLAIMS, TRACK_RECORD, FIGURES, MODELS, EDITIONS)
