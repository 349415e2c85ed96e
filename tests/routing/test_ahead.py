"""The rest of a route that is being driven, reckoned from the last confirmation."""

from routing.ahead import look_ahead
from routing.model import Window
from tests.routing.town import EIGHT, rider, road, stop

PROBLEM = road(
    {
        stop("A", service_s=60): 6_000,
        stop("B", service_s=60, windows=(Window(start=EIGHT + 3_600, end=EIGHT + 7_200),)): 12_000,
        stop("C", service_s=60): 18_000,
    },
    [rider()],
)


def arrivals(outlook):
    return [(visit.stop_id, visit.arrival - EIGHT, visit.start is not None) for visit in outlook.visits]


def test_a_delay_meets_the_slack_before_a_door_that_is_still_closed():
    on_time = look_ahead(PROBLEM, "V", "A", EIGHT + 660, ["B", "C"])
    late = look_ahead(PROBLEM, "V", "A", EIGHT + 1_660, ["B", "C"])

    assert arrivals(on_time) == [("B", 1_260, True), ("C", 4_260, True)]
    assert arrivals(late) == [("B", 2_260, True), ("C", 4_260, True)]
    assert late.back == on_time.back == EIGHT + 4_320 + 1_800


def test_what_has_not_happened_by_now_has_not_happened():
    outlook = look_ahead(PROBLEM, "V", None, EIGHT, ["A", "C"], not_before=EIGHT + 5_000)

    assert arrivals(outlook) == [("A", 5_000, True), ("C", 6_260, True)]


def test_a_door_that_will_be_closed_is_named():
    outlook = look_ahead(PROBLEM, "V", "A", EIGHT + 7_000, ["B"])

    assert arrivals(outlook) == [("B", 7_600, False)]
