"""The invariants of plans, their routes and orders, and of people's edits, asked by `antar verify`."""

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "one-route",
        "no batch is on two open stops",
        "SELECT sb.batch_id FROM stop_batch sb JOIN stop s ON s.id = sb.stop_id JOIN route r ON r.id = s.route_id "
        "WHERE s.state IN ('pending','arrived') AND r.state IN ('planned','under_way') "
        "GROUP BY sb.batch_id HAVING COUNT(*) > 1",
    ),
    (
        "out-on-the-way",
        "a document is out if and only if it is on one open attempt",
        "SELECT d.id FROM document d LEFT JOIN attempt a ON a.document_id = d.id AND a.state = 'pending' "
        "GROUP BY d.id, d.state "
        "HAVING (d.state = 'out' AND COUNT(a.id) <> 1) OR (d.state <> 'out' AND COUNT(a.id) > 0)",
    ),
    (
        "decided",
        "an approved plan says what becomes of each batch",
        "SELECT pb.id FROM plan_batch pb JOIN plan p ON p.id = pb.plan_id "
        "WHERE p.state IN ('solved','approved','closed') AND pb.outcome NOT IN ('route','post','wait','unassigned')",
    ),
    (
        "one-assignment",
        "at most one live assignment for each route and each shipment",
        "SELECT COALESCE(route_id, shipment_id) FROM assignment "
        "WHERE state IN ('offered','intent','sending','unknown','accepted') "
        "GROUP BY COALESCE(route_id, shipment_id) HAVING COUNT(*) > 1",
    ),
    (
        "partner-reference",
        "an order that a partner accepted carries the partner's own reference",
        "SELECT id FROM assignment WHERE partner NOT IN ('ojek_link','post_counter') "
        "AND state IN ('accepted','finished') AND partner_reference = ''",
    ),
    (
        "edit-told",
        "every edit of a plan is in the trail, and numbered without a hole",
        "SELECT e.id FROM plan_edit e LEFT JOIN event v ON v.office = e.office AND v.evidence = e.id "
        "WHERE v.seq IS NULL "
        "UNION ALL SELECT MAX(e.id) FROM plan_edit e GROUP BY e.plan_id HAVING COUNT(*) <> MAX(e.number)",
    ),
    (
        "solved-rows",
        "of a solved plan each batch that rides is on one stop, each that is posted is one shipment",
        "SELECT pb.id FROM plan_batch pb "
        "JOIN plan p ON p.id = pb.plan_id AND p.state = 'solved' AND p.matrix_sha <> '' "
        "LEFT JOIN (SELECT sb.batch_id, r.plan_id FROM stop_batch sb JOIN stop s ON s.id = sb.stop_id "
        "AND s.state = 'pending' JOIN route r ON r.id = s.route_id AND r.state = 'planned') o "
        "ON o.batch_id = pb.batch_id AND o.plan_id = p.id "
        "LEFT JOIN shipment h ON h.batch_id = pb.batch_id AND h.plan_id = p.id AND h.state = 'planned' "
        "GROUP BY pb.id, pb.outcome "
        "HAVING COUNT(DISTINCT h.id) <> MAX(CASE WHEN pb.outcome = 'post' THEN 1 ELSE 0 END) "
        "OR COUNT(o.batch_id) <> MAX(CASE WHEN pb.outcome = 'route' THEN 1 ELSE 0 END)",
    ),
    (
        "solved-sums",
        "what a solved plan pays couriers is the sum of its routes",
        "SELECT p.id FROM plan p LEFT JOIN route r ON r.plan_id = p.id AND r.state = 'planned' "
        "WHERE p.state = 'solved' AND p.ojek_rupiah IS NOT NULL "
        "GROUP BY p.id, p.ojek_rupiah HAVING COALESCE(SUM(r.fare), 0) <> p.ojek_rupiah",
    ),
    (
        "offered-fare",
        "what a courier is offered is the fare of the route as it stands",
        "SELECT a.id FROM assignment a JOIN route r ON r.id = a.route_id "
        "WHERE a.state = 'offered' AND a.partner = 'ojek_link' AND a.rupiah <> r.fare",
    ),
)
