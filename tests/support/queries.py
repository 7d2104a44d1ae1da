"""The parameters of every path that takes some, by an URL that is answered."""

from service.api.beside.beside import BesideQuery, LimitsQuery, RoutesQuery, StockQuery
from service.api.beside.coverage import CoverageQuery
from service.api.figures.observations import ManyObservationsQuery, ObservationQuery
from service.api.figures.series import SeriesQuery
from service.api.gaps.claims import ClaimsQuery
from service.api.gaps.comparisons import ComparisonQuery
from service.api.gaps.funnel import FunnelQuery
from service.api.gaps.leads import LeadsQuery
from service.api.gaps.questions import GapsQuery
from service.api.models.forecasts import ForecastQuery
from service.api.models.models import PromotionQuery
from service.api.open_models.answer import OpenModelsQuery
from service.api.scenarios.scenarios import ScenariosQuery
from service.api.scores.calibration import CalibrationQuery
from service.api.scores.scoreboard import BoardQuery, ScoreQuery
from service.api.sites.site import SiteQuery
from service.api.sites.sites import SitesQuery
from service.base.paging import PageQuery
from service.base.query import EditionQuery, QueryModel
from service.pages.charts.comparison import ComparisonChartQuery
from service.pages.charts.gap import GapChartQuery
from service.pages.charts.series import SeriesChartQuery
from service.pages.charts.site_days import SitesChartQuery
from service.pages.charts.site_steps import SiteChartQuery
from service.pages.charts.track_record import TrackChartQuery
from service.pages.headline import HeadlineQuery

MODELS: dict[str, type[QueryModel]] = {
    "/v1/coverage?": CoverageQuery,
    "/v1/limits?region=US": LimitsQuery,
    "/v1/pace?region=CN&layer=energy": BesideQuery,
    "/v1/figures?region=WORLD&layer=storage": BesideQuery,
    "/v1/routes?region=US&layer=power": RoutesQuery,
    "/v1/stock?region=WORLD&layer=storage": StockQuery,
    "/v1/gaps?region=US&layer=power": GapsQuery,
    "/v1/headlines?region=US&layer=power": HeadlineQuery,
    "/v1/charts/gap?region=US&layer=power": GapChartQuery,
    "/v1/comparisons?region=US&layer=power": ComparisonQuery,
    "/v1/charts/comparison?region=US&layer=power": ComparisonChartQuery,
    "/v1/charts/series?series_id=alphabet.capex_cash": SeriesChartQuery,
    "/v1/charts/sites?": SitesChartQuery,
    "/v1/charts/site?site=amazon-ridgeland": SiteChartQuery,
    "/v1/forecasts/derived.world.hyperscaler_capex?": ForecastQuery,
    "/v1/open-models?": OpenModelsQuery,
    "/v1/funnel?region=US": FunnelQuery,
    "/v1/sites?": SitesQuery,
    "/v1/sites/amazon-ridgeland?": SiteQuery,
    "/v1/claims?": ClaimsQuery,
    "/v1/leads?": LeadsQuery,
    "/v1/series?": SeriesQuery,
    "/v1/series/alphabet.capex_cash/observations?": ObservationQuery,
    "/v1/observations?series=alphabet.capex_cash": ManyObservationsQuery,
    "/v1/scoreboard?": ScoreQuery,
    "/v1/scoreboard/summary?": BoardQuery,
    "/v1/calibration?": CalibrationQuery,
    "/v1/charts/track-record?": TrackChartQuery,
    "/v1/regions?": PageQuery,
    "/v1/scenarios?": ScenariosQuery,
    "/v1/observables?": EditionQuery,
    "/v1/editions?": PageQuery,
    "/v1/models/promotions?": PromotionQuery,
    "/v1/designers?": PageQuery,
}
NAMES = {path: [field.alias or name for name, field in model.model_fields.items()] for path, model in MODELS.items()}
