"""Japanese."""

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.dates_in_words import DateInWords, SayDate, dates
from releasecal.core.languages.language import Language

_WORDS = {
    "yesterday": "昨日",
    "today": "今日",
    "tomorrow": "明日",
    "cancelled ({when})": "中止（{when}）",
    "withdrawn ({when})": "取り下げ（{when}）",
    "confirmed": "確定",
    "derived": "算出",
    "estimated": "推定",
    "tentative": "暫定",
    "Set for {new}": "{new}に決定",
    "Moved from {old} to {new}": "{old}から{new}に変更",
    "Corrected from {old} to {new}": "{old}から{new}に訂正",
    "According to {by}: {new}": "{by}によると{new}",
    "; the source before said {old}": "（以前の情報源では{old}）",
    "another source": "別の情報源",
    "Now exactly {new}": "日付が確定：{new}",
    "Now only {new}": "現在は{new}のみ",
    "Now {new}": "現在：{new}",
    "No date any more": "日付なし",
    "Confirmed for {new}": "{new}に確定",
    "{new} is now {certainty}": "{new}は現在{certainty}扱い",
    "Cancelled": "中止",
    "No longer in the list of its source": "情報源の一覧から削除",
    "No longer calculated": "算出の対象外",
    "; {old} was never announced": "（{old}は発表されたものではない）",
    "Calculated: {new}": "算出：{new}",
    " (calculated before: {old})": "（以前の算出：{old}）",
    "No longer announced, only calculated: {new}": "発表なし、算出のみ：{new}",
    "Back on the calendar: {new}": "カレンダーに復帰：{new}",
    ", moved from {old}": "（{old}から変更）",
    "Retitled from {other}": "改題（旧題「{other}」）",
    "Released {new}": "{new}に公開済み",
    "{new} was {other}'s": "{new}は「{other}」の日付だった",
    "{old} went to {other}": "{old}は「{other}」の日付になった",
    "Another source says {new}, {old} stands": "別の情報源では{new}、採用は{old}",
    "Another source says {new}; the first one has no date yet": "別の情報源では{new}、最初の情報源にはまだ日付なし",
    ", was {old}": "（以前は{old}）",
    ", was expected {old}": "（予定は{old}だった）",
    "Announced without a date": "日付なしで発表",
    "Set for {new} after a delay": "延期後、{new}に決定",
    ", announced by {day}": "（{day}までに発表）",
    " (“{text}”)": "（「{text}」）",
    "; the date was {film}'s": "（「{film}」の日付だった）",
    "; {old} went to {film}": "（{old}は「{film}」の日付になった）",
    "Sources differ: {by} says {when}.": "情報源に食い違いがあります：{by}では{when}。",
    "another one": "別の情報源",
    "No longer listed": "一覧から削除",
    "No longer on this day": "この日ではなくなりました",
    "premiere": "プレミア上映",
    "previews": "先行上映",
    "in select cinemas": "一部劇場で公開",
    "in cinemas": "劇場公開",
    "back in cinemas": "劇場で再上映",
    "to rent or buy": "レンタル・購入",
    "on disc": "ディスク発売",
    "earliest streaming": "最短の配信",
    "streaming": "配信",
    "on TV": "テレビ放送",
    " on {channel}": "（{channel}）",
    "earliest {phrase}": "最短：{phrase}",
    "worldwide": "全世界",
    "overdue, was {when}": "予定超過、以前は{when}",
    "TBC, {when}": "日未定、{when}",
    "TBC": "未確定",
    "estimate": "推定",
    "estimate on an estimate": "推定に基づく推定",
    "calculated": "算出",
    "on a condition": "条件付き",
    "at the latest": "最も遅い日",
    "moved from {when}": "{when}から変更",
    "was {when}": "以前は{when}",
    "Overdue: it was expected for {when}, and no day is known.": "予定超過：{when}の予定でしたが、日は不明です。",
    "No day is known yet, only {when}.": "日は未定で、分かっているのは{when}だけです。",
    "Not announced: the latest day possible, {length} after {day} ({phrase}).": "未発表：{day}（{phrase}）から{length}後、可能な最も遅い日です。",
    "Not announced: the earliest day possible, {length} after {day} ({phrase}).": "未発表：{day}（{phrase}）から{length}後、可能な最も早い日です。",
    "Not announced: calculated, {length} after {day} ({phrase}).": "未発表：{day}（{phrase}）から{length}後として算出した日です。",
    "Not announced: an estimate, about {length} after {day} ({phrase}).": "未発表：{day}（{phrase}）から約{length}後と推定した日です。",
    "The day that it is counted from is not certain either.": "起算日も確定していません。",
    "The day that it is counted from is not announced either.": "起算日も発表されていません。",
    "Only on this condition: {condition}.": "次の条件を満たす場合のみ：{condition}。",
    "How long this has to be is disputed.": "この期間の長さには異論があります。",
    "The day that it was counted from has gone, or another day has been announced.": "起算日がなくなったか、別の日が発表されました。",
    "No cancellation is known: the source may only have left it out.": "中止の情報はありません。情報源が載せていないだけかもしれません。",
    "The date is {certainty}.": "この日付は{certainty}です。",
    "Other title: {title}.": "別の題名：{title}。",
    "Former title: {title}.": "以前の題名：{title}。",
    "Begins at {time}{zone}.": "開始：{time}{zone}。",
    "Place: {place}": "場所：{place}",
    "Language version: {version}": "言語版：{version}",
    "Runs until {until}.": "{until}まで上映。",
    "Tickets: {address}": "チケット：{address}",
    "Running time: {length}": "上映時間：{length}",
    "Rating: {rating}": "レーティング：{rating}",
    "Sequel to {film}.": "「{film}」の続編。",
    "Source: ": "情報源：",
    "Before:": "以前の発表：",
    "Release dates of films: {selected}.": "映画の公開日：{selected}。",
    "all that are known": "判明しているものすべて",
    "announced dates only": "発表された日付のみ",
    "Each event names the sources of its date.": "各予定には日付の情報源が記されています。",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.": "日付が変わると予定も変わります。カレンダーソフトには{wait}後に再確認するよう求めています。",
    "Published by {name}, {address}": "発行：{name}、{address}",
    "{name}: not checked since {day}": "{name}：{day}から確認できていません",
    "This calendar has {share}, the nearest to today, for calendar programs fail on larger ones. Narrow it down with what follows the question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. As of {day}, {time} UTC.": "このカレンダーには、今日に近いものから{share}があります。これより大きいとカレンダーソフトが扱えないためです。アドレスの疑問符以降で絞り込めます（例：?region=JP&kind=theatrical&past=30&future=P1Y）。{day} {time} UTC 現在。",
    "{name}: releases before 1970 left out": "{name}：1970年より前の日付は含まれていません",
    "{name}: releases after 2037 left out": "{name}：2037年より後の日付は含まれていません",
    "Calendar programs fail on days before 1970 or after 2037. The page below has these releases.": "1970年より前と2037年より後の日はカレンダーソフトで扱えません。下のページにはこれらの公開日もあります。",
    "The sources of these dates have not been readable since {day}; dates may have moved.": "これらの日付の情報源は{day}から読み取れません。日付が変わっている可能性があります。",
    "A source says something else now (see the page below). Until that has been checked, this day stays.": "ある情報源が別の内容を伝えています（下のページを参照）。確認されるまで、この日のままにします。",
    "COVID-19 pandemic": "新型コロナウイルス感染症の流行",
    "strike": "ストライキ",
    "writers' strike": "脚本家のストライキ",
    "actors' strike": "俳優のストライキ",
    "release date moved": "公開日の変更",
    "production delay": "製作の遅れ",
    "post-production": "ポストプロダクション",
    "visual effects": "視覚効果",
    "reshoots": "追加撮影",
    "scheduling conflict": "日程の競合",
    "competition": "他作品との競合",
    "cinemas closed": "映画館の休館",
    "change of distributor": "配給会社の変更",
    "legal dispute": "法的紛争",
    "weather": "天候",
    "{name}: changes": "{name}：変更",
}

_PLURALS = {
    "{count} days": {"other": "{count}日"},
    "{count} weekends": {"other": "週末{count}回"},
    "{count} weeks": {"other": "{count}週間"},
    "{count} months": {"other": "{count}か月"},
    "{count} hours": {"other": "{count}時間"},
    "{count} minutes": {"other": "{count}分"},
    " (again, {count} times now)": {"other": "（再び、これで{count}回目）"},
    "• … earlier announcements: {count}": {"other": "• … それ以前の発表：{count}件"},
    "{name}: {count} releases left out": {"other": "{name}：{count}件は含まれていません"},
    "{kept} of {count} releases": {"other": "{count}件中{kept}件"},
}

_KINDS = {
    "premiere": "プレミア上映",
    "preview": "先行上映",
    "theatrical-limited": "一部劇場",
    "theatrical": "劇場公開",
    "re-release": "劇場で再上映",
    "digital": "レンタル・購入",
    "physical": "ディスク",
    "streaming-eligible": "最短の配信",
    "streaming": "配信",
    "tv": "テレビ",
    "sequel": "続編",
}

_SEASONS = ("春", "夏", "秋", "冬")
_THIRDS = ("初め", "半ば", "末")
_THIRDS_OF_A_MONTH = ("上旬", "中旬", "下旬")


def _season(when: PartialDate) -> DateInWords:
    name = _SEASONS[when.part - 1]
    years = f"{when.year}〜{(when.year + 1) % 100:02}" if name == "冬" else f"{when.year}"
    return DateInWords(f"{years}年{name}")


def _third(when: PartialDate) -> DateInWords:
    whole = when.of[0]
    if whole.precision is Precision.MONTH:
        return DateInWords(f"{_date(whole)}{_THIRDS_OF_A_MONTH[when.part - 1]}")
    of = "" if whole.precision is Precision.YEAR else "の"
    return DateInWords(f"{_date(whole)}{of}{_THIRDS[when.part - 1]}")


_date: SayDate = dates(
    "日付未定",
    {
        Precision.DAY: lambda when: DateInWords(f"{when.year}年{when.part}月{when.day}日"),
        Precision.MONTH: lambda when: DateInWords(f"{when.year}年{when.part}月"),
        Precision.QUARTER: lambda when: DateInWords(f"{when.year}年第{when.part}四半期"),
        Precision.SEASON: _season,
        Precision.HALF: lambda when: DateInWords(f"{when.year}年{'上下'[when.part - 1]}半期"),
        Precision.YEAR: lambda when: DateInWords(f"{when.year}年"),
        Precision.THIRD: _third,
        Precision.ABOUT: lambda when: _date(when.of[0]).each("{}頃"),
    },
    dash="〜",
)


JAPANESE = Language("ja", _date, _WORDS, _PLURALS, _KINDS, stop="。", colon="：")
"""Japanese."""
