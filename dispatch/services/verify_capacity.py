"""The invariants of days, blanks, prints and promises, for `antar verify`. Each answer is the violations."""

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "blanks-add-up",
        "the blanks at a print point are the sum of their movements, never below nothing",
        "SELECT s.id FROM blank_stock s LEFT JOIN blank_movement m ON m.office = s.office AND m.depot_id = s.depot_id "
        "AND m.blank = s.blank GROUP BY s.id, s.pieces HAVING COALESCE(SUM(m.pieces), 0) <> s.pieces OR s.pieces < 0",
    ),
    (
        "blanks-transferred",
        "a transfer of blanks leaves one print point as counted and arrives at the other as counted",
        "SELECT t.id FROM blank_transfer t LEFT JOIN blank_movement o ON o.transfer_id = t.id AND o.kind = 'sent' "
        "LEFT JOIN blank_movement i ON i.transfer_id = t.id AND i.kind = 'arrived' "
        "WHERE COALESCE(o.pieces, 0) <> -t.sent OR COALESCE(i.pieces, 0) <> COALESCE(t.received, 0) "
        "OR (t.received IS NULL) <> (t.received_at IS NULL)",
    ),
    (
        "blanks-differ",
        "where fewer or more blanks arrived than were sent, a person was asked",
        "SELECT t.id FROM blank_transfer t LEFT JOIN exception_case c ON c.office = t.office "
        "AND c.subject_kind = 'blank_transfer' AND c.subject_id = t.id "
        "WHERE t.received IS NOT NULL AND t.received <> t.sent AND c.id IS NULL",
    ),
    (
        "blank-for-card",
        "a print run takes a blank for each of its cards and gives back those that were not used",
        "SELECT r.id FROM print_run r LEFT JOIN (SELECT run_id, SUM(pieces) AS pieces FROM blank_movement "
        "WHERE run_id IS NOT NULL GROUP BY run_id) m ON m.run_id = r.id "
        "LEFT JOIN (SELECT run_id, SUM(CASE WHEN outcome = 'unused' THEN 0 ELSE 1 END) AS used, COUNT(*) AS cards "
        "FROM print_line GROUP BY run_id) l ON l.run_id = r.id "
        "WHERE COALESCE(m.pieces, 0) <> -COALESCE(l.used, 0) OR COALESCE(l.cards, 0) <> r.documents",
    ),
    (
        "printing-somewhere",
        "a card is being printed if and only if it is on one open line of a run",
        "SELECT d.id FROM document d LEFT JOIN print_line l ON l.document_id = d.id AND l.outcome = '' "
        "GROUP BY d.id, d.state HAVING (d.state = 'printing' AND COUNT(l.id) <> 1) "
        "OR (d.state <> 'printing' AND COUNT(l.id) > 0)",
    ),
    (
        "promise-moves",
        "a document's moved promises join up and end at the day it is promised for",
        "SELECT c.document_id FROM promise_change c JOIN document d ON d.id = c.document_id "
        "LEFT JOIN promise_change n ON n.document_id = c.document_id AND n.seq = c.seq + 1 "
        "WHERE c.becomes <> COALESCE(n.was, d.promised_on)",
    ),
    (
        "promise-numbers",
        "the moves of a promise are numbered from 1 without a hole",
        "SELECT document_id FROM promise_change GROUP BY document_id HAVING COUNT(*) <> MAX(seq)",
    ),
    (
        "number-once",
        "a queue number of a day is one person's",
        "SELECT MAX(id) FROM appointment WHERE cancelled_at IS NULL GROUP BY office, day, number HAVING COUNT(*) > 1",
    ),
    (
        "urgent-on-paper",
        "whoever went through the urgent lane did so on two recommendations and with somebody's word",
        "SELECT id FROM urgent_grant WHERE village_reference = '' OR district_reference = '' OR approved_by = ''",
    ),
)
"""Name, promise and question."""
