"""What follows for demand and supply: joint draws, stock and flow, gap, floor, editions."""
