"""The invariants of what an office takes in, keeps and gives out, asked by `antar verify`."""

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "enquiry-asked",
        "every enquiry is a case of the same office",
        "SELECT e.id FROM enquiry e JOIN exception_case c ON c.id = e.case_id "
        "WHERE c.office <> e.office OR c.kind <> 'enquiry'",
    ),
    (
        "import-sums",
        "the rows of a file are accepted, known, in review or refused, and each accepted row made a document",
        "SELECT f.id FROM import f LEFT JOIN import_row r ON r.import_id = f.id WHERE f.status = 'done' "
        "AND NOT f.is_dry_run GROUP BY f.id, f.total, f.accepted, f.known, f.review, f.refused "
        "HAVING f.accepted + f.known + f.review + f.refused <> f.total OR COUNT(r.id) <> f.total "
        "OR SUM(CASE WHEN r.outcome = 'accepted' AND r.document_id IS NOT NULL THEN 1 ELSE 0 END) <> f.accepted "
        "OR SUM(CASE WHEN r.outcome = 'refused' AND r.reason <> '' THEN 1 ELSE 0 END) <> f.refused",
    ),
    (
        "job-bounds",
        "a job's tries stay within bounds, and a finished job holds no lease",
        "SELECT id FROM job WHERE attempt > max_attempts + 1 OR (state <> 'open' AND lease_until IS NOT NULL)",
    ),
    (
        "link-sealed",
        "no link is kept in clear, none is without an end",
        "SELECT id FROM link WHERE LENGTH(token_hash) <> 64 OR act_until IS NULL OR sync_until IS NULL "
        "OR (device_hash IS NOT NULL AND LENGTH(device_hash) <> 64) OR purpose NOT IN ('courier','village')",
    ),
    (
        "nik-sealed",
        "no NIK is kept in clear",
        "SELECT id FROM recipient WHERE nik_sealed NOT LIKE 'k%.%' OR LENGTH(nik_match) <> 64",
    ),
    (
        "paper-numbers",
        "papers of one kind and year are numbered from 1 without a hole, and each says something",
        "SELECT MAX(p.id) FROM paper p GROUP BY p.office, p.kind, p.year HAVING COUNT(*) <> MAX(p.number) "
        "UNION ALL SELECT p.id FROM paper p LEFT JOIN paper_revision r ON r.paper_id = p.id "
        "GROUP BY p.id HAVING COUNT(r.id) = 0 OR COUNT(r.id) <> MAX(r.revision)",
    ),
    (
        "paper-kept",
        "the file of every drawn paper is a stored file",
        "SELECT r.id FROM paper_revision r LEFT JOIN stored_file f ON f.office = r.office AND f.sha256 = r.sha256 "
        "WHERE r.sha256 <> '' AND f.id IS NULL",
    ),
    (
        "export-told",
        "every list of people that left has a reason, and a large one a second person",
        "SELECT id FROM access_event WHERE kind = 'export' AND (LENGTH(reason) < 10 OR (found > 500 AND second = ''))",
    ),
    (
        "webhook-sealed",
        "no secret of a webhook is kept in clear, and what was taken says when",
        "SELECT id FROM webhook_endpoint WHERE secrets_sealed NOT LIKE 'k%.%' UNION ALL "
        "SELECT id FROM webhook_delivery WHERE (status = 'sent') <> (sent_at IS NOT NULL AND next_at IS NULL)",
    ),
)
