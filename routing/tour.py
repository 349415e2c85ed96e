"""One vehicle's remaining visits, with what makes trying a further stop cheap.

For every visit a tour keeps the earliest start the visits before it allow and the latest start the visits after it
allow; a stop fits between two visits when it can start in one of its windows and reach the next visit in time. This
holds with several windows a stop: whoever may start at some moment may also start earlier, inside a window.
"""

from __future__ import annotations

from collections.abc import Sequence

from routing.form import NO_LIMIT, Duty, Form

type Windows = tuple[tuple[int, int], ...]


def first_start(windows: Windows, arrival: int) -> int:
    """When service can start at the earliest; NO_LIMIT after the last window."""
    for opens, closes in windows:
        if arrival <= closes:
            return arrival if arrival > opens else opens
    return NO_LIMIT


def last_start(windows: Windows, limit: int) -> int:
    """The last moment not after `limit` at which service may start; -1 before the first window."""
    for opens, closes in reversed(windows):
        if limit >= opens:
            return limit if limit < closes else closes
    return -1


class Tour:
    """The visits a duty still has to make, in order; infeasible orders are refused by `feasible`."""

    __slots__ = ("duty", "early", "feasible", "form", "late", "load", "metres", "order")

    def __init__(self, form: Form, duty: Duty, order: Sequence[int] = ()) -> None:
        self.form = form
        self.duty = duty
        self.order = list(order)
        self.refresh()

    def refresh(self) -> None:
        """Compute everything again after `order` changed."""
        form, duty, order = self.form, self.duty, self.order
        row, service, all_windows, demand = form.row, form.service, form.windows, form.demand
        to_metres, to_seconds = duty.metres, duty.seconds
        place, clock, metres, load = duty.start, duty.ready, 0, 0
        early = []
        for k in order:
            here = row[k]
            metres += to_metres[place][here]
            load += demand[k]
            clock = first_start(all_windows[k], clock + to_seconds[place][here])
            early.append(clock)
            clock += service[k]
            place = here
        if (order or duty.driven) and duty.end is not None:
            metres += to_metres[place][duty.end]
            clock += to_seconds[place][duty.end]
        after, limit = duty.end, duty.due
        late = []
        for k in reversed(order):
            here = row[k]
            way = 0 if after is None else to_seconds[here][after]
            limit = last_start(all_windows[k], limit - way - service[k])
            late.append(limit)
            after = here
        late.reverse()
        self.load, self.metres, self.early, self.late = load, metres, early, late
        self.feasible = not order or (
            clock <= duty.due
            and max(early) < NO_LIMIT
            and load <= duty.room
            and len(order) <= duty.stops_left
            and metres <= duty.metres_left
            and duty.may.issuperset(order)
            and self._locks_hold()
        )

    def _locks_hold(self) -> bool:
        """Whether every locked stop that is here stands at its position."""
        order = self.order
        return all(k not in order or order.index(k) == position for k, position in self.duty.locked.items())

    def free_from(self) -> int:
        """The first position at which inserting or dropping a stop moves no locked one."""
        if not self.duty.locked:
            return 0
        return max((position + 1 for position, k in enumerate(self.order) if k in self.duty.locked), default=0)

    def ends(self) -> int:
        """When the vehicle is back, or done where the route is open, at the earliest."""
        if not self.order:
            return self.duty.ready
        last = self.order[-1]
        back = 0 if self.duty.end is None else self.duty.seconds[self.form.row[last]][self.duty.end]
        return self.early[-1] + self.form.service[last] + back

    def paid_metres(self) -> int:
        """What the fare counts of the way still to drive."""
        duty = self.duty
        if duty.end is None or duty.tariff.return_paid or not (self.order or duty.driven):
            return self.metres
        return self.metres - duty.metres[self.form.row[self.order[-1]] if self.order else duty.start][duty.end]

    def paid_seconds(self) -> int:
        """What the fare counts of the time, leaving as late as the earliest end allows; 0 where hours are free."""
        duty, form = self.duty, self.form
        if not duty.tariff.per_hour or not self.order:
            return 0
        end = self.early[-1] + form.service[self.order[-1]]
        back = 0
        if duty.end is not None and duty.tariff.return_paid:
            back = duty.seconds[form.row[self.order[-1]]][duty.end]
        if duty.leaves is not None:
            return end + back - duty.ready
        limit = self.early[-1]
        for i in range(len(self.order) - 2, -1, -1):
            k, after = self.order[i], form.row[self.order[i + 1]]
            limit = last_start(form.windows[k], limit - duty.seconds[form.row[k]][after] - form.service[k])
        return end + back - (limit - duty.seconds[duty.start][form.row[self.order[0]]])

    def cost(self) -> int:
        """Grains this tour costs on top of what is driven."""
        return self.duty.cost(self.paid_metres(), len(self.order), self.paid_seconds())

    def fits(self, stop: int) -> bool:
        """Whether the vehicle may come and has room for one more stop of this size."""
        duty = self.duty
        return (
            stop in duty.may and self.load + self.form.demand[stop] <= duty.room and len(self.order) < duty.stops_left
        )

    def best_insertion(self, stop: int) -> tuple[int, int] | None:
        """(grains more, position) of the cheapest feasible place for one more stop; None where there is none."""
        if not self.fits(stop):
            return None
        duty, form = self.duty, self.form
        metres, seconds, row = duty.metres, duty.seconds, form.row[stop]
        windows, service = form.windows[stop], form.service[stop]
        now = self.cost()
        paid_now = self.paid_metres()
        last = len(self.order)
        lowest = self.free_from()
        wanted = duty.locked.get(stop)
        positions = range(lowest, last + 1) if wanted is None else (range(wanted, wanted + 1) if wanted <= last else ())
        best: tuple[int, int] | None = None
        for position in positions:
            if position == 0:
                before, clock = duty.start, duty.ready
            else:
                k = self.order[position - 1]
                before, clock = form.row[k], self.early[position - 1] + form.service[k]
            start = first_start(windows, clock + seconds[before][row])
            if position == last:
                after, due = duty.end, duty.due
            else:
                after, due = form.row[self.order[position]], self.late[position]
            if start >= NO_LIMIT or start + service + (0 if after is None else seconds[row][after]) > due:
                continue
            more = metres[before][row] + (0 if after is None else metres[row][after])
            if after is not None and (last or duty.driven):
                more -= metres[before][after]
            if self.metres + more > duty.metres_left:
                continue
            if duty.tariff.per_hour:
                grown = Tour(form, duty, [*self.order[:position], stop, *self.order[position:]]).cost() - now
            else:
                paid = more
                if position == last and after is not None and not duty.tariff.return_paid:
                    paid = metres[before][row]
                grown = duty.cost(paid_now + paid, last + 1, 0) - now
            if best is None or grown < best[0]:
                best = (grown, position)
        return best

    def insert(self, stop: int, position: int) -> None:
        """Put a stop before the visit now at `position`."""
        self.order.insert(position, stop)
        self.refresh()
