"""Make the compiled code ready before anybody waits for it."""

from __future__ import annotations

import numpy as np

from routing.construct import construct
from routing.descent import descend
from routing.form import Form
from routing.model import Depot, LeaveOut, Limits, Matrix, Point, Problem, Stop, Vehicle, Window
from routing.search.search import search
from routing.tour import Tour


def warm() -> None:
    """Compile the search, or load what was compiled before; call it where a worker process starts.

    The first time on a machine takes some tens of seconds, later well under one.
    """
    here, day = Point(lat=0.0, lon=0.0), Window(start=0, end=86_400)
    way = np.full((4, 4), 1_000, dtype=np.int32)
    np.fill_diagonal(way, 0)
    form = Form(
        Problem(
            depots=(Depot(id="depot", point=here),),
            stops=tuple(
                Stop(id=name, point=here, demand=1, service_s=60, windows=(day,), leave_out=price)
                for name, price in (("a", None), ("b", None), ("c", LeaveOut(kind="post", rupiah=1)))
            ),
            vehicles=(Vehicle(id="vehicle", kind="any", start="depot", end="depot", capacity=9, shift=day),),
            matrices={"motorbike": Matrix(metres=way, seconds=way, source="none")},
        )
    )
    tours = construct(form)
    search(form, [tour.order for tour in tours], Limits(iterations=1), lambda tours: False)
    descend(form, tours)
    descend(form, [Tour(form, duty) for duty in form.duties])


if __name__ == "__main__":
    warm()
