"""Numbers in, routes out: the routing model, its solver and its referee."""
