"""Arabic, with European digits; a dual stands in the case that fits all texts."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "أمس",
    "today": "اليوم",
    "tomorrow": "غدًا",
    "cancelled ({when})": "أُلغي ({when})",
    "withdrawn ({when})": "سُحب ({when})",
    "confirmed": "مؤكد",
    "derived": "محسوب",
    "estimated": "تقديري",
    "tentative": "مبدئي",
    "Set for {new}": "حُدد الموعد: {new}",
    "Moved from {old} to {new}": "نُقل من {old} إلى {new}",
    "Corrected from {old} to {new}": "صُحح من {old} إلى {new}",
    "According to {by}: {new}": "وفقًا لـ {by}: {new}",
    "; the source before said {old}": "؛ المصدر السابق ذكر: {old}",
    "another source": "مصدر آخر",
    "Now exactly {new}": "الآن بالتحديد: {new}",
    "Now only {new}": "الآن فقط: {new}",
    "Now {new}": "الآن: {new}",
    "No date any more": "لم يعد له موعد",
    "Confirmed for {new}": "تأكد الموعد: {new}",
    "{new} is now {certainty}": "الموعد ({new}) الآن {certainty}",
    "Cancelled": "أُلغي",
    "No longer in the list of its source": "لم يعد في قائمة مصدره",
    "No longer calculated": "لم يعد محسوبًا",
    "; {old} was never announced": "؛ لم يُعلن قط عن {old}",
    "Calculated: {new}": "محسوب: {new}",
    " (calculated before: {old})": " (المحسوب سابقًا: {old})",
    "No longer announced, only calculated: {new}": "لم يعد معلنًا، بل محسوبًا فقط: {new}",
    "Back on the calendar: {new}": "عاد إلى التقويم: {new}",
    ", moved from {old}": "، نُقل من {old}",
    "Retitled from {other}": "تغيّر العنوان؛ العنوان السابق: «{other}»",
    "Released {new}": "صدر في {new}",
    "{new} was {other}'s": "{new}: كان موعد {other}",
    "{old} went to {other}": "{old}: صار موعد {other}",
    "Another source says {new}, {old} stands": "مصدر آخر يذكر: {new}؛ والمعتمد: {old}",
    "Another source says {new}; the first one has no date yet": "مصدر آخر يذكر: {new}؛ والأول بلا موعد بعد",
    ", was {old}": "، وكان {old}",
    ", was expected {old}": "، وكان متوقعًا في {old}",
    "Announced without a date": "أُعلن دون موعد",
    "Set for {new} after a delay": "حُدد الموعد بعد تأجيل: {new}",
    ", announced by {day}": "، أُعلن في موعد أقصاه {day}",
    " (“{text}”)": " («{text}»)",
    "; the date was {film}'s": "؛ كان موعد {film}",
    "; {old} went to {film}": "؛ {old} صار موعد {film}",
    "Sources differ: {by} says {when}.": "المصادر مختلفة: يذكر {by}: {when}.",
    "another one": "مصدر آخر",
    "No longer listed": "لم يعد مدرجًا",
    "No longer on this day": "لم يعد في هذا اليوم",
    "premiere": "عرض افتتاحي",
    "previews": "عروض مسبقة",
    "in select cinemas": "في دور سينما مختارة",
    "in cinemas": "في دور السينما",
    "back in cinemas": "عودة إلى دور السينما",
    "to rent or buy": "للإيجار أو الشراء",
    "on disc": "على قرص",
    "earliest streaming": "البث في أقرب موعد",
    "streaming": "على البث",
    "on TV": "على التلفزيون",
    " on {channel}": " عبر {channel}",
    "earliest {phrase}": "في أقرب موعد {phrase}",
    "worldwide": "في العالم كله",
    "overdue, was {when}": "متأخر، كان الموعد {when}",
    "TBC, {when}": "اليوم غير مؤكد، {when}",
    "TBC": "غير مؤكد",
    "estimate": "تقدير",
    "estimate on an estimate": "تقدير مبني على تقدير",
    "calculated": "محسوب",
    "moved from {when}": "نُقل من {when}",
    "was {when}": "كان الموعد {when}",
    "Overdue: it was expected for {when}, and no day is known.": "متأخر: كان متوقعًا في {when}، واليوم غير معروف.",
    "No day is known yet, only {when}.": "اليوم غير معروف بعد، بل {when} فقط.",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "غير معلن: أقرب يوم ممكن، بعد {day} ({phrase}) بمدة {length}.",
    "Not announced: calculated, {length} after {day} ({phrase}).": "غير معلن: محسوب، بعد {day} ({phrase}) بمدة {length}.",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "غير معلن: تقدير، بعد {day} ({phrase}) بمدة {length} تقريبًا.",
    "The day that it is counted from is not certain either.": "اليوم الذي يُحسب منه غير مؤكد أيضًا.",
    "The day that it is counted from is not announced either.": "اليوم الذي يُحسب منه غير معلن أيضًا.",
    "How long this has to be is disputed.": "طول هذه المدة محل خلاف.",
    "The day that it was counted from has gone, or another day has been announced.": "اليوم الذي كان يُحسب منه لم يعد قائمًا، أو أُعلن عن يوم آخر.",
    "No cancellation is known: the source may only have left it out.": "لا يُعرف أي إلغاء: ربما أغفله المصدر فقط.",
    "The date is {certainty}.": "الموعد {certainty}.",
    "Other title: {title}.": "عنوان آخر: {title}.",
    "Former title: {title}.": "العنوان السابق: {title}.",
    "Begins at {time}{zone}.": "يبدأ في {time}{zone}.",
    "Place: {place}": "المكان: {place}",
    "Language version: {version}": "نسخة اللغة: {version}",
    "Runs until {until}.": "يستمر حتى {until}.",
    "Tickets: {address}": "التذاكر: {address}",
    "Running time: {length}": "المدة: {length}",
    "Rating: {rating}": "التصنيف العمري: {rating}",
    "Sequel to {film}.": "تتمة لفيلم {film}.",
    "Source: ": "المصدر: ",
    "Before:": "سابقًا:",
    "Release dates of films: {selected}.": "مواعيد إصدار الأفلام: {selected}.",
    "all that are known": "كل المعروف منها",
    "announced dates only": "المواعيد المعلنة فقط",
    "Each event names the sources of its date.": "يذكر كل حدث مصادر موعده.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "عندما يتغير موعد يتغير حدثه؛ ويُطلب من برامج التقويم التحقق مجددًا بعد {wait}.",
    "Published by {name}, {address}": "الناشر: {name}، {address}",
    "{name}: not checked since {day}": "{name}: لم يُتحقق منه منذ {day}",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "في هذا التقويم {share}، وهي الأقرب إلى اليوم، لأن برامج التقويم تتعثر بما هو أكبر. يمكن تضييقه بما يلي علامة الاستفهام في عنوانه، كما في ?region=SA&kind=theatrical&past=30&future=P1Y. حتى {day}، {time} UTC.",
    "{name}: releases before 1970 left out": "{name}: المواعيد قبل 1970 غير مدرجة",
    "{name}: releases after 2037 left out": "{name}: المواعيد بعد 2037 غير مدرجة",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "تتعثر برامج التقويم بأيام قبل 1970 أو بعد 2037. الصفحة أدناه فيها هذه المواعيد أيضًا.",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "تعذرت قراءة مصادر هذه المواعيد منذ {day}؛ وربما تغيرت.",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "يذكر أحد المصادر الآن شيئًا آخر (انظر الصفحة أدناه). وإلى أن يُتحقق منه يبقى هذا اليوم.",
}

_PLURALS = {
    "{count} days": {
        "zero": "{count} يوم",
        "one": "يوم واحد",
        "two": "يومين",
        "few": "{count} أيام",
        "many": "{count} يومًا",
        "other": "{count} يوم",
    },
    "{count} weekends": {
        "zero": "{count} عطلة نهاية أسبوع",
        "one": "عطلة نهاية أسبوع واحدة",
        "two": "عطلتي نهاية أسبوع",
        "few": "{count} عطل نهاية أسبوع",
        "many": "{count} عطلة نهاية أسبوع",
        "other": "{count} عطلة نهاية أسبوع",
    },
    "{count} hours": {
        "zero": "{count} ساعة",
        "one": "ساعة واحدة",
        "two": "ساعتين",
        "few": "{count} ساعات",
        "many": "{count} ساعة",
        "other": "{count} ساعة",
    },
    "{count} minutes": {
        "zero": "{count} دقيقة",
        "one": "دقيقة واحدة",
        "two": "دقيقتين",
        "few": "{count} دقائق",
        "many": "{count} دقيقة",
        "other": "{count} دقيقة",
    },
    " (again, {count} times now)": {"other": " (مجددًا، للمرة {count})"},
    "• … earlier announcements: {count}": {"other": "• … إعلانات سابقة: {count}"},
    "{name}: {count} releases left out": {"other": "{name}: المواعيد غير المدرجة: {count}"},
    "{kept} of {count} releases": {
        "zero": "{kept} من {count} موعد",
        "one": "{kept} من موعد واحد",
        "two": "{kept} من موعدين",
        "few": "{kept} من {count} مواعيد",
        "many": "{kept} من {count} موعدًا",
        "other": "{kept} من {count} موعد",
    },
}

_KINDS = {
    "premiere": "عروض افتتاحية",
    "preview": "عروض مسبقة",
    "theatrical-limited": "دور سينما مختارة",
    "theatrical": "السينما",
    "re-release": "عودة إلى السينما",
    "digital": "إيجار وشراء",
    "physical": "أقراص",
    "streaming-eligible": "البث في أقرب موعد",
    "streaming": "البث",
    "tv": "التلفزيون",
    "sequel": "تتمات",
}

_MONTHS = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
]
_SEASONS = ("ربيع", "صيف", "خريف", "شتاء")
_ORDINALS = ("الأول", "الثاني", "الثالث", "الرابع")
_THIRDS = ("أوائل", "منتصف", "أواخر")


def _season(when: PartialDate) -> DateInWords:
    years = f"{when.year}/{(when.year + 1) % 100:02}" if when.part == 4 else f"{when.year}"
    return DateInWords(f"{_SEASONS[when.part - 1]} {years}")


_date: SayDate = dates(
    "بلا موعد بعد",
    {
        Precision.DAY: lambda when: DateInWords(f"{when.day} {_MONTHS[when.part - 1]} {when.year}"),
        Precision.MONTH: lambda when: DateInWords(f"{_MONTHS[when.part - 1]} {when.year}"),
        Precision.QUARTER: lambda when: DateInWords(
            f"الربع {_ORDINALS[when.part - 1]} من {when.year}"
        ),
        Precision.SEASON: _season,
        Precision.HALF: lambda when: DateInWords(
            f"النصف {_ORDINALS[when.part - 1]} من {when.year}"
        ),
        Precision.YEAR: lambda when: DateInWords(f"عام {when.year}"),
        Precision.THIRD: lambda when: DateInWords(f"{_THIRDS[when.part - 1]} {_date(when.of[0])}"),
        Precision.ABOUT: lambda when: _date(when.of[0]).each("{} تقريبًا"),
    },
)


ARABIC = Language("ar", _date, _WORDS, _PLURALS, _KINDS)
"""Arabic, with European digits; a dual stands in the case that fits all texts."""
