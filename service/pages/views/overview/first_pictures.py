"""The pictures people see first: drawn when an edition is published, so that a morning's first look waits for none."""

from itertools import product
from pathlib import Path
from typing import Any

from data.base.layers import Layer, Status
from features.view import View
from projection.edition.edition import Edition
from service.pages.charts import site_days
from service.pages.charts.gap import GapChartQuery, spec_of
from service.pages.charts.site_days import SitesChartQuery
from service.pages.views.overview.page import OverviewQuery, chart_of

REGIONS = ("US", "CN")
SIZES, THEMES = ("wide", "narrow"), ("light", "dark")


def specs(edition: Edition, view: View, assets: Path) -> list[dict[str, Any]]:
    """Specifications of the first picture of the countries that are looked at first, by layer, size and theme.

    Args:
        edition: the one that is served.
        view: the figures known on its day.
        assets: folder in which days of sites are kept.
    """
    cells = [
        (region, layer)
        for region, layer in product(REGIONS, Layer)
        if edition.cell(region, layer).status is not Status.UNAVAILABLE
    ]
    pictures = [
        spec_of(edition, view, GapChartQuery.model_validate(chart | {"panel": "need", "size": size, "theme": theme}))
        for region, layer in cells
        for chart in [chart_of(edition, OverviewQuery(region=region, layer=layer))]
        for size, theme in product(SIZES, THEMES)
    ]
    of_sites = (SitesChartQuery(size=size, theme=theme) for size, theme in product(SIZES, THEMES))
    return pictures + [site_days.spec_of(edition, view, assets, query) for query in of_sites]
