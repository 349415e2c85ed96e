"""The application: rows, rules, transactions, API, pages, jobs and the command line."""
