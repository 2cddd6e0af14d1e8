"""Film release dates as calendar feeds that stay right when the dates move."""

__version__ = "0.1.0"
