"""Film release dates as calendar feeds that stay right when the dates move."""

__version__ = "0.2.0"
