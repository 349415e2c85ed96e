"""The invariants of batches, desks and counts, asked by `antar verify`."""

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "right-desk",
        "a desk holds only what came to it in a batch of its own",
        "SELECT d.id FROM document d LEFT JOIN batch b ON b.id = d.batch_id WHERE d.state = 'at_village' "
        "AND (b.id IS NULL OR b.village_code <> d.holder_id OR b.destination <> d.holder_kind)",
    ),
    (
        "one-envelope",
        "what lies in one envelope for a home belongs to one household",
        "SELECT i.batch_id FROM batch_item i JOIN batch b ON b.id = i.batch_id AND b.destination = 'home' "
        "JOIN document d ON d.id = i.document_id JOIN recipient r ON r.id = d.recipient_id "
        "WHERE CASE WHEN r.household = '' THEN r.id ELSE r.household END <> b.household",
    ),
    (
        "batch-count",
        "a sealed batch holds as many lines as it says",
        "SELECT b.id FROM batch b LEFT JOIN batch_item i ON i.batch_id = b.id WHERE b.state <> 'open' "
        "GROUP BY b.id, b.documents HAVING COUNT(i.id) <> b.documents",
    ),
    (
        "one-batch",
        "a document is in at most one open batch, the one it names",
        "SELECT i.document_id FROM batch_item i JOIN batch b ON b.id = i.batch_id "
        "JOIN document d ON d.id = i.document_id WHERE b.state IN ('open','sealed','planned') "
        "AND (d.batch_id IS NULL OR d.batch_id <> b.id OR d.state <> 'batched')",
    ),
    (
        "batched-somewhere",
        "a batched document is in an open batch",
        "SELECT d.id FROM document d LEFT JOIN batch b ON b.id = d.batch_id AND b.state IN ('open','sealed','planned') "
        "WHERE d.state = 'batched' AND b.id IS NULL",
    ),
    (
        "reserved",
        "a planned batch is in one live plan or rides to one mobile service, and only planned batches wait in one",
        "SELECT b.id FROM batch b LEFT JOIN plan_batch pb ON pb.batch_id = b.id AND pb.is_live "
        "LEFT JOIN plan p ON p.id = pb.plan_id GROUP BY b.id, b.state, b.outreach_id "
        "HAVING (b.state = 'planned' AND COUNT(pb.id) + CASE WHEN b.outreach_id IS NULL THEN 0 ELSE 1 END <> 1) "
        "OR SUM(CASE WHEN p.state IN ('discarded','closed') THEN 1 ELSE 0 END) > 0",
    ),
    (
        "handover-sums",
        "a count names each document of its batch once: received, missing or damaged",
        "SELECT h.id FROM handover h JOIN batch b ON b.id = h.batch_id "
        "LEFT JOIN handover_line l ON l.handover_id = h.id AND l.result <> 'extra' "
        "GROUP BY h.id, b.documents HAVING COUNT(DISTINCT l.document_id) <> b.documents OR COUNT(l.id) <> b.documents",
    ),
)
