"""The CQL library that all others include: how sets of possible worlds are read, in three truth values.

CQL 1.5 (HL7, Clinical Quality Language). Its `and`, `or`, `not` are strong Kleene; what it lacks is written here: a
value that is a set. No function relies on how an engine treats the bounds of an interval: ends are compared one by one.
"""

from __future__ import annotations

NAME = "OncorulesCommon"
_OPEN_END = "a null end is unbounded, never unknown"

_TEXT = f"""\
/*
Values are what is still possible, never more:
  List<String>             the leaves still possible of a concept, a scale or an enumeration; null: all of them
  List<Interval<Decimal>>  the ranges still possible of a number, in the item's unit; null: all numbers ({_OPEN_END})
  List<Interval<Date>>     the days still possible; null: all days
  Boolean                  true, false, or null: both are possible
A condition is true if every world satisfies it, false if none does, null otherwise.
*/

// --- sets of leaves ---

// true: all are accepted; false: none is
define function Among(worlds List<String>, accepted List<String>):
  if worlds is null then null as Boolean
  else if worlds included in accepted then true
  else if exists (accepted intersect worlds) then null as Boolean
  else false

// the same where a coarser value may be accepted
define function AmongOrPerhaps(worlds List<String>, sure List<String>, possible List<String>):
  if worlds is null then null as Boolean
  else if worlds included in sure then true
  else if exists (possible intersect worlds) then null as Boolean
  else false

// true if all lie in one class; never false
define function Known(worlds List<String>, classes List<List<String>>):
  if worlds is null then null as Boolean
  else if exists (classes C where worlds included in C) then true
  else null as Boolean

define function Meet(worlds List<String>, accepted List<String>):
  if worlds is null then accepted else accepted intersect worlds

define function Minus(worlds List<String>, taken List<String>, rest List<String>):
  if worlds is null then rest else worlds except taken

// what is stated, held to the scale of the tumour's site (null: no scale of its own)
define function OnScale(stated List<String>, scale List<String>):
  if stated is null then scale
  else if scale is null then stated
  else if exists (stated intersect scale) then stated intersect scale
  else scale

// --- ranges of numbers ---

define function Span(low Decimal, lowClosed Boolean, high Decimal, highClosed Boolean):
  if lowClosed and highClosed then Interval[low, high]
  else if lowClosed then Interval[low, high)
  else if highClosed then Interval(low, high]
  else Interval(low, high)

define function StartsInside(r Interval<Decimal>, a Interval<Decimal>):
  a.low is null or Coalesce(r.low > a.low or (r.low = a.low and (a.lowClosed or not r.lowClosed)), false)

define function EndsInside(r Interval<Decimal>, a Interval<Decimal>):
  a.high is null or Coalesce(r.high < a.high or (r.high = a.high and (a.highClosed or not r.highClosed)), false)

define function Before(r Interval<Decimal>, a Interval<Decimal>):
  Coalesce(r.high < a.low or (r.high = a.low and not (r.highClosed and a.lowClosed)), false)

define function Apart(r Interval<Decimal>, a Interval<Decimal>):
  Before(r, a) or Before(a, r)

define function Within(worlds List<Interval<Decimal>>, accepted List<Interval<Decimal>>):
  if worlds is null then null as Boolean
  else if not exists (worlds R where not exists (accepted A where StartsInside(R, A) and EndsInside(R, A))) then true
  else if exists (worlds R where exists (accepted A where not Apart(R, A))) then null as Boolean
  else false

define function KnownWithin(worlds List<Interval<Decimal>>, classes List<List<Interval<Decimal>>>):
  if exists (classes C where Within(worlds, C) is true) then true else null as Boolean

// true if one number is left; never false
define function KnownExactly(worlds List<Interval<Decimal>>):
  if Extent(worlds).low = Extent(worlds).high then true else null as Boolean

define function MeetOf(r Interval<Decimal>, a Interval<Decimal>):
  Span(
    if StartsInside(r, a) then r.low else a.low, if StartsInside(r, a) then r.lowClosed else a.lowClosed,
    if EndsInside(r, a) then r.high else a.high, if EndsInside(r, a) then r.highClosed else a.highClosed)

define function MeetRanges(worlds List<Interval<Decimal>>, others List<Interval<Decimal>>):
  if worlds is null then others
  else if others is null then worlds
  else from worlds R, others A where not Apart(R, A) return all MeetOf(R, A)

// all from the least to the greatest
define function Extent(worlds List<Interval<Decimal>>):
  Span(
    if worlds is null or exists (worlds R where R.low is null) then null as Decimal else Min(worlds R return all R.low), true,
    if worlds is null or exists (worlds R where R.high is null) then null as Decimal else Max(worlds R return all R.high), true)

define function Plus(a Interval<Decimal>, b Interval<Decimal>):
  Span(a.low + b.low, true, a.high + b.high, true)

define function Less(a Interval<Decimal>, b Interval<Decimal>):
  Span(a.low - b.high, true, a.high - b.low, true)

// whole numbers only: each end rounded down
define function Whole(a Interval<Decimal>):
  Span(ToDecimal(Floor(a.low)), true, ToDecimal(Floor(a.high)), true)

define function Years(a Interval<Decimal>):
  Span(a.low / 12.0, true, a.high / 12.0, true)

// nothing is said by what leaves nothing
define function HeldTo(a Interval<Decimal>, full List<Interval<Decimal>>):
  if exists MeetRanges({{ a }}, full) then MeetRanges({{ a }}, full) else null as List<Interval<Decimal>>

// --- days ---

// (an engine may refuse a quantity without value: nothing is added to nothing)
define function Later(origin Date, number Integer):
  if origin is null or number is null then null as Date
  else origin + System.Quantity {{ value: ToDecimal(number), unit: 'months' }}

define function CalendarMonths(first Date, last Date):
  (year from last - year from first) * 12 + month from last - month from first

define function CompleteMonths(first Date, last Date):
  if Later(first, CalendarMonths(first, last)) > last then CalendarMonths(first, last) - 1
  else CalendarMonths(first, last)

// complete calendar months, then days as hundredths: the order is kept, and whole months are exact
define function MonthsForward(first Date, last Date):
  ToDecimal(CompleteMonths(first, last))
    + ToDecimal(difference in days between Later(first, CompleteMonths(first, last)) and last) / 100.0

define function MonthsBetween(first Date, last Date):
  if first > last then -MonthsForward(last, first) else MonthsForward(first, last)

define function DaysBetween(first Date, last Date):
  ToDecimal(difference in days between first and last)

define function FirstDay(possible List<Interval<Date>>):
  if exists (possible D where D.low is null) then null as Date else Min(possible D return all D.low)

define function LastDay(possible List<Interval<Date>>):
  if exists (possible D where D.high is null) then null as Date else Max(possible D return all D.high)

define function DelayInMonths(starts List<Interval<Date>>, ends List<Interval<Date>>):
  if starts is null or ends is null then null as List<Interval<Decimal>>
  else {{ Span(MonthsBetween(LastDay(starts), FirstDay(ends)), true, MonthsBetween(FirstDay(starts), LastDay(ends)), true) }}

define function DelayInDays(starts List<Interval<Date>>, ends List<Interval<Date>>):
  if starts is null or ends is null then null as List<Interval<Decimal>>
  else {{ Span(DaysBetween(LastDay(starts), FirstDay(ends)), true, DaysBetween(FirstDay(starts), LastDay(ends)), true) }}

// --- connectives that CQL lacks ---

define function Enough(number Integer, truths List<Boolean>):
  if Count(truths T where T is true return all 1) >= number then true
  else if Count(truths T where not (T is false) return all 1) >= number then null as Boolean
  else false

// --- rows: `certaine` is listed, `incertaine` may be another's, `possible` is what a row not listed may still be ---

define function AtLeastOne(rows List<Tuple {{ etat String, truth Boolean }}>):
  if exists (rows R where R.etat = 'certaine' and R.truth is true) then true
  else if exists (rows R where not (R.truth is false)) then null as Boolean
  else false

define function Answered(rows List<Tuple {{ etat String, truth Boolean, answers Boolean }}>):
  if exists (rows R where R.etat = 'certaine' and R.answers and R.truth is true) then true
  else if exists (rows R where R.etat = 'possible' and not (R.truth is false)) then null as Boolean
  else true

// the sum of a column that is never negative
define function Total(rows List<Tuple {{ etat String, truth Boolean, low Decimal, high Decimal }}>):
  {{ Span(
    Coalesce(Sum(rows R where R.etat = 'certaine' and R.truth is true return all R.low), 0.0), true,
    if exists (rows R where not (R.truth is false) and (R.etat = 'possible' or R.high is null)) then null as Decimal
    else Coalesce(Sum(rows R where not (R.truth is false) return all R.high), 0.0), true) }}

// --- definitions: sets to sets; null says nothing ---

// of a table: what the true rows give, else what all rows not false give; `opens` are rows that leave all open
define function Image(rows List<Tuple {{ truth Boolean, gives List<String> }}>, opens List<Boolean>):
  if exists (opens O where O is true return all 1) then null as List<String>
  else if exists (rows R where R.truth is true) then distinct flatten (rows R where R.truth is true return all R.gives)
  else if exists (opens O where not (O is false) return all 1) then null as List<String>
  else if exists (rows R where not (R.truth is false)) then distinct flatten (rows R where not (R.truth is false) return all R.gives)
  else null as List<String>

define function ImageRanges(rows List<Tuple {{ truth Boolean, gives List<Interval<Decimal>> }}>, opens List<Boolean>):
  if exists (opens O where O is true return all 1) then null as List<Interval<Decimal>>
  else if exists (rows R where R.truth is true) then flatten (rows R where R.truth is true return all R.gives)
  else if exists (opens O where not (O is false) return all 1) then null as List<Interval<Decimal>>
  else if exists (rows R where not (R.truth is false)) then flatten (rows R where not (R.truth is false) return all R.gives)
  else null as List<Interval<Decimal>>

// of a table whose greatest row counts: nothing below the greatest true row
define function ImageMax(rows List<Tuple {{ truth Boolean, gives List<String>, rank Integer }}>):
  if exists (rows R where R.truth is true)
  then distinct flatten (rows R where not (R.truth is false) and R.rank >= Max(rows S where S.truth is true return all S.rank) return all R.gives)
  else if exists (rows R where not (R.truth is false)) then distinct flatten (rows R where not (R.truth is false) return all R.gives)
  else null as List<String>

define function YesOrNo(worlds List<String>):
  if worlds is null or Count(worlds) > 1 then null as Boolean else 'oui' in worlds

define function Either(trueIf Boolean, falseIf Boolean):
  if trueIf is true and falseIf is true then null as Boolean
  else if trueIf is true then true
  else if falseIf is true then false
  else null as Boolean

// --- several sources of one item: the union, over the largest groups that can hold together, of what each leaves ---

define function OnScaleAll(given List<List<String>>, scale List<String>):
  (given G where G is not null return all (if scale is null then G else G intersect scale)) R where exists R

define function Largest(leaves List<String>, sources List<List<String>>):
  leaves X
    where not exists (
      leaves Y
        where not exists (sources S where X in S and not (Y in S))
          and exists (sources S where Y in S and not (X in S)))

define function Joined(stated List<String>, given List<List<String>>, scale List<String>):
  JoinedSources((if stated is null then {{}} as List<List<String>> else {{ stated }}) union OnScaleAll(given, scale))

define function JoinedSources(sources List<List<String>>):
  if not exists sources then null as List<String>
  else if Count(sources) = 1 then First(sources)
  else Largest(distinct flatten sources, sources)

define function JoinedYes(sources List<Boolean>):
  if exists (sources S where S is true return all 1) and exists (sources S where S is false return all 1) then null as Boolean
  else if exists (sources S where S is true return all 1) then true
  else if exists (sources S where S is false return all 1) then false
  else null as Boolean

// the numbers at (or, of an open end, just after) the beginning of `origin` are in `r`
define function Covers(r Interval<Decimal>, origin Interval<Decimal>):
  StartsInside(origin, r)
    and (r.high is null or origin.low is null
      or r.high > origin.low or (r.high = origin.low and r.highClosed and origin.lowClosed))

define function CoveredBy(source List<Interval<Decimal>>, origin Interval<Decimal>):
  exists (source R where Covers(R, origin))

define function LargestStarts(parts List<Interval<Decimal>>, sources List<List<Interval<Decimal>>>):
  parts X
    where not exists (
      parts Y
        where not exists (sources S where CoveredBy(S, X) and not CoveredBy(S, Y))
          and exists (sources S where CoveredBy(S, Y) and not CoveredBy(S, X)))

define function FirstEnd(parts List<Interval<Decimal>>):
  First(parts P where not exists (parts Q where not EndsInside(P, Q)))

define function UpTo(origin Interval<Decimal>, limit Interval<Decimal>):
  Span(origin.low, origin.lowClosed, limit.high, limit.highClosed)

// `together` is what all sources leave
define function JoinedRanges(together List<Interval<Decimal>>, sources List<List<Interval<Decimal>>>):
  if together is null or exists together then together
  else JoinedApart(sources S where S is not null)

define function JoinedApart(sources List<List<Interval<Decimal>>>):
  (LargestStarts(flatten sources, sources)) X
    return all UpTo(X, FirstEnd((flatten sources) P where Covers(P, X)))

// items in order of preference: together where they can hold together, else the first
define function Chosen(preferred List<String>, other List<String>):
  if preferred is null then other
  else if other is null or not exists (preferred intersect other) then preferred
  else preferred intersect other

define function ChosenRanges(preferred List<Interval<Decimal>>, other List<Interval<Decimal>>):
  if exists MeetRanges(preferred, other) then MeetRanges(preferred, other)
  else if preferred is null then other
  else preferred
"""


def common(version: str) -> str:
    """Return the text of the library, under the version of the snapshot that includes it."""
    return f"library {NAME} version '{version}'\n\n{_TEXT}"
