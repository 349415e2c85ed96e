"""The invariants of bringing: who may receive, what a hand-over proves, old cards, asked by `antar verify`."""

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "old-cards-told",
        "old cards are on the proof they were given up for, never more than it says",
        "SELECT p.id FROM old_cards o JOIN proof p ON p.id = o.proof_id "
        "GROUP BY p.id, p.old_cards HAVING SUM(o.cards) > p.old_cards",
    ),
    (
        "old-cards-counted",
        "old cards are the office's only by a count, and each count names what it was told",
        "SELECT o.id FROM old_cards o WHERE (o.state = 'returned') <> (o.count_id IS NOT NULL) "
        "UNION ALL SELECT n.id FROM old_card_count n LEFT JOIN old_cards o ON o.count_id = n.id "
        "GROUP BY n.id, n.expected HAVING COALESCE(SUM(o.cards), 0) <> n.expected",
    ),
    (
        "old-cards-differ",
        "where fewer or more old cards were counted than told, a person was asked",
        "SELECT n.id FROM old_card_count n LEFT JOIN exception_case c ON c.office = n.office "
        "AND c.subject_kind = 'old_card_count' AND c.subject_id = n.id WHERE n.found <> n.expected AND c.id IS NULL",
    ),
    (
        "elsewhere-by-post",
        "nobody rides to somebody who is not at home here",
        "SELECT a.id FROM attempt a JOIN document d ON d.id = a.document_id "
        "WHERE a.state = 'pending' AND a.stop_id IS NOT NULL AND d.circumstance <> ''",
    ),
    (
        "officer-brings",
        "what an officer has to bring is with no other rider",
        "SELECT a.id FROM attempt a JOIN document d ON d.id = a.document_id JOIN batch b ON b.id = d.batch_id "
        "JOIN stop s ON s.id = a.stop_id JOIN route r ON r.id = s.route_id JOIN courier c ON c.id = r.courier_id "
        "WHERE a.state = 'pending' AND d.by_officer AND b.destination = 'home' AND c.kind <> 'staff'",
    ),
    (
        "abroad-by-letter",
        "what belongs to somebody abroad went to the holder, or to a proxy whose letter is kept",
        "SELECT d.id FROM document d WHERE d.circumstance = 'abroad' AND d.state = 'delivered' "
        "AND NOT EXISTS (SELECT 1 FROM power_of_attorney l WHERE l.document_id = d.id) "
        "AND NOT EXISTS (SELECT 1 FROM event e JOIN proof p ON p.id = e.evidence WHERE e.subject_kind = 'document' "
        "AND e.subject_id = d.id AND e.to_state = 'delivered' "
        "AND p.relation IN ('holder', 'Orangnya sendiri', 'Pemilik', 'Ybs', 'Yang bersangkutan'))",
    ),
    (
        "dead-receive-nothing",
        "what belongs to somebody who died is handed to nobody",
        "SELECT id FROM document WHERE circumstance = 'deceased' AND state IN ('out', 'at_village', 'delivered')",
    ),
    (
        "outreach-load",
        "what rides to a mobile service waits with it, leaves with it and is accounted for before it ends",
        "SELECT b.id FROM batch b LEFT JOIN outreach o ON o.office = b.office AND o.id = b.outreach_id "
        "WHERE (b.destination = 'outreach') <> (o.id IS NOT NULL) "
        "OR (b.outreach_id IS NOT NULL AND o.id IS NULL) OR (o.state = 'cancelled' AND b.state <> 'dissolved') "
        "OR (b.state = 'planned' AND o.state NOT IN ('planned','confirmed')) "
        "OR (b.state = 'out' AND o.id IS NOT NULL AND o.state <> 'under_way')",
    ),
    (
        "outreach-handed",
        "an attempt at a mobile service is of this office, and what was handed over there has its proof",
        "SELECT a.id FROM attempt a LEFT JOIN outreach o ON o.office = a.office AND o.id = a.outreach_id "
        "LEFT JOIN proof p ON p.id = a.proof_id WHERE a.outreach_id IS NOT NULL AND (o.id IS NULL "
        "OR (a.state = 'succeeded' AND (p.id IS NULL OR p.outreach_id IS NULL OR p.outreach_id <> a.outreach_id)))",
    ),
    (
        "proof-told",
        "every proof is in the trail, or is an open or decided conflict",
        # gathered first: no index leads from an evidence to its events, and a month has tens of thousands
        "SELECT p.id FROM proof p LEFT JOIN (SELECT DISTINCT office, evidence FROM event WHERE evidence <> '') e "
        "ON e.office = p.office AND e.evidence = p.id "
        "WHERE e.evidence IS NULL AND NOT p.is_conflict AND p.kind <> 'arrived'",
    ),
    (
        "photo-kept",
        "the photo of every proof is a stored file",
        "SELECT p.id FROM proof p LEFT JOIN stored_file f ON f.office = p.office AND f.sha256 = p.received_sha "
        "WHERE p.received_sha <> '' AND f.id IS NULL",
    ),
    (
        "next-step",
        "what failed says what follows, and by which policy",
        "SELECT a.id FROM attempt a WHERE (a.policy_id IS NOT NULL) <> (a.next_step <> '') "
        "OR (a.next_step = 'wait') <> (a.next_until IS NOT NULL) OR (a.next_step <> '' AND a.state <> 'failed')",
    ),
    (
        "gap-told",
        "a hand-over that lacks something by its policy was shown to a person",
        "SELECT p.id FROM proof p LEFT JOIN exception_case c ON c.office = p.office AND c.subject_kind = 'proof' "
        "AND c.subject_id = p.id AND c.kind = 'proof_lacking' WHERE p.gaps <> '' AND c.id IS NULL",
    ),
)
