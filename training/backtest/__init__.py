"""The backtest: rolling origins, the pool of work, members' forecasts kept on disk, and scores in short."""

__all__ = ["backtest", "engines", "member_forecasts", "origins", "peers", "ray_pool", "summary", "workers"]
