"""How far and how long between places: the matrices a Problem is made with."""
