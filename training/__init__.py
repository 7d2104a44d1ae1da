"""What we believe: members, backtest, ensemble, calibration, MLflow, the promotion ledger."""
