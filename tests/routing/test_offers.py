"""What compiled code answers about one tour is what the tour itself says, whatever the problem."""

from routing.construct import construct
from routing.form import Form
from routing.offers import NONE, drops, insertions, swaps
from routing.tour import Tour
from tests.routing.chance import a_problem


def forms():
    """Problems of every kind, their tours as the first plan leaves them."""
    for seed in range(900, 1_020):
        form = Form(a_problem(seed, stops=12, vehicles=3))
        yield form, construct(form)


def grains(form: Form, cost: int) -> int | None:
    """A cost as grains; None where there is none."""
    return None if cost == NONE else int(cost) * form.cost_unit()


def test_an_insertion_costs_what_the_tour_says():
    for form, tours in forms():
        left = sorted(set(form.open_stops).difference(*(tour.order for tour in tours)))
        for tour in tours:
            costs, into = insertions(form, tour, left)
            for stop, cost, position in zip(left, costs, into, strict=True):
                offer = tour.best_insertion(stop)
                assert (grains(form, cost), int(position)) == ((None, -1) if offer is None else offer)


def test_an_exchange_costs_what_the_tour_without_the_one_says_of_the_other():
    for form, tours in forms():
        left = sorted(set(form.open_stops).difference(*(tour.order for tour in tours)))
        for tour in tours:
            pairs = [(stop, out) for out in range(tour.free_from(), len(tour.order)) for stop in left]
            costs, into = swaps(form, tour, [stop for stop, _ in pairs], [out for _, out in pairs])
            for (stop, out), cost, position in zip(pairs, costs, into, strict=True):
                rest = Tour(form, tour.duty, tour.order[:out] + tour.order[out + 1 :])
                offer = rest.best_insertion(stop) if rest.feasible else None
                if offer is None:
                    assert cost == NONE
                else:
                    assert grains(form, cost) == rest.cost() + offer[0] - tour.cost()
                    assert position == offer[1]


def test_a_drop_saves_what_the_two_tours_differ_by():
    for form, tours in forms():
        for tour in tours:
            for out, saved in enumerate(drops(form, tour).tolist()):
                rest = Tour(form, tour.duty, tour.order[:out] + tour.order[out + 1 :])
                if out < tour.free_from() or not rest.feasible:
                    assert saved == -NONE
                else:
                    assert saved * form.cost_unit() == tour.cost() - rest.cost()
