"""Values that hypothesis draws."""

from datetime import date

from hypothesis import strategies as st

from releasecal.core.dates import YEARS, PartialDate, Precision

years = st.integers(min(YEARS), max(YEARS))
days = st.dates(date(min(YEARS), 1, 1), date(max(YEARS), 12, 31)).map(PartialDate.of_day)
partial_dates = st.one_of(
    days,
    st.builds(PartialDate, years, st.just(Precision.MONTH), st.integers(1, 12)),
    st.builds(PartialDate, years, st.just(Precision.QUARTER), st.integers(1, 4)),
    st.builds(PartialDate, years, st.just(Precision.SEASON), st.integers(1, 4)),
    st.builds(PartialDate, years, st.just(Precision.YEAR)),
)
