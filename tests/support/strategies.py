"""Values that hypothesis draws."""

from datetime import date

from hypothesis import strategies as st

from releasecal.core.dates import THIRDS, YEARS, PartialDate, Precision

years = st.integers(min(YEARS), max(YEARS))
days = st.dates(date(min(YEARS), 1, 1), date(max(YEARS), 12, 31)).map(PartialDate.of_day)
units = st.one_of(
    days,
    st.builds(PartialDate, years, st.just(Precision.MONTH), st.integers(1, 12)),
    st.builds(PartialDate, years, st.just(Precision.QUARTER), st.integers(1, 4)),
    st.builds(PartialDate, years, st.just(Precision.SEASON), st.integers(1, 4)),
    st.builds(PartialDate, years, st.just(Precision.HALF), st.integers(1, 2)),
    st.builds(PartialDate, years, st.just(Precision.YEAR)),
)
_thirds = st.builds(
    PartialDate.third,
    units.filter(lambda unit: unit.precision not in (Precision.DAY, Precision.HALF)),
    st.sampled_from(THIRDS),
)
_sharp = units | _thirds
_ranges = st.tuples(_sharp, _sharp).filter(
    lambda ends: ends[0].first <= ends[1].first and ends[0].after <= ends[1].after
)
partial_dates = st.one_of(
    _sharp,
    _sharp.map(PartialDate.about),
    _ranges.map(lambda ends: PartialDate.between(*ends)),
)
