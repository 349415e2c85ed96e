"""Who may call what: one row per endpoint. An endpoint without a row is refused, and a test fails.

| role | may |
| --- | --- |
| admin | set up the office, its users and clients; sees no documents |
| supervisor | the dispatcher's work, exceptions, corrections, exports |
| dispatcher | import, batch, plan, approve, assign |
| viewer | look |
| village | one desk's own pages: what arrives there, what waits there |
"""

from dataclasses import dataclass

ADMIN, SUPERVISOR, DISPATCHER, VIEWER = "admin", "supervisor", "dispatcher", "viewer"
VILLAGE_OFFICER = "village"
ROLES = (ADMIN, SUPERVISOR, DISPATCHER, VIEWER, VILLAGE_OFFICER)
SCOPES = ("documents:write", "documents:read", "metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who reaches one endpoint. `link`: the purpose of the link whose cookie is needed."""

    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    link: str = ""
    late: bool = False
    """Also after the link's end, for what its phone did before."""
    public: bool = False


PUBLIC = Access(public=True)
ANYONE_IN = Access(roles=frozenset(ROLES))
LOOKING = Access(roles=frozenset({SUPERVISOR, DISPATCHER, VIEWER}))
STAFF = Access(roles=frozenset({ADMIN, SUPERVISOR, DISPATCHER, VIEWER}))
WORKING = Access(roles=frozenset({SUPERVISOR, DISPATCHER}))
OVERSEEING = Access(roles=frozenset({SUPERVISOR}))
SETTING_UP = Access(roles=frozenset({ADMIN}))
ARRANGING = Access(roles=frozenset({ADMIN, SUPERVISOR}))
COURIER = Access(link="courier")
COURIER_LATE = Access(link="courier", late=True)
VILLAGE = Access(link="village", roles=frozenset({VILLAGE_OFFICER}))  # by link or signed in


def _and_client(access: Access, *scopes: str) -> Access:
    return Access(roles=access.roles, scopes=frozenset(scopes))


TABLE: dict[str, Access] = {
    # the ground
    "static": PUBLIC,
    "openapi.spec": PUBLIC,
    "web.api_docs": PUBLIC,
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "health.metrics": _and_client(SETTING_UP, "metrics"),
    # the dispatcher's pages
    "web.login": PUBLIC,
    "web.log_in": PUBLIC,
    "web.choose_language": PUBLIC,
    "web.log_out": ANYONE_IN,
    "web.password": ANYONE_IN,
    "web.change_password": ANYONE_IN,
    "web.today": ANYONE_IN,  # an admin sees the set-up there, never a document
    "web.plan_the_day": WORKING,
    "web.share_routes": WORKING,
    "web.imports": LOOKING,
    "web.start_import": WORKING,
    "web.import_report": LOOKING,
    "web.import_live": LOOKING,
    "web.reviews": LOOKING,
    "web.choose_village": WORKING,
    "web.refuse_row": WORKING,
    "web.batches": LOOKING,
    "web.batch": LOOKING,
    "web.seal": WORKING,
    "web.dissolve": WORKING,
    "web.plans": LOOKING,
    "web.new_plan": WORKING,
    "web.request_plan": WORKING,
    "web.plan": LOOKING,
    "web.plan_live": LOOKING,
    "web.stop_plan": WORKING,
    "web.approve_plan": WORKING,
    "web.discard_plan": WORKING,
    "web.plan_again": WORKING,
    "web.hand_to_counter": WORKING,
    "web.routes": LOOKING,
    "web.routes_live": LOOKING,
    "web.route": LOOKING,
    "web.share_route": WORKING,
    "web.revoke_route_link": WORKING,
    "web.cancel_route": WORKING,
    "web.count_in_route": WORKING,
    "web.share_village": WORKING,
    "web.returned": LOOKING,
    "web.count_returned": LOOKING,
    "web.take_in_returned": WORKING,
    "web.desks": LOOKING,
    "web.remind_desk": WORKING,
    "web.share_desk": WORKING,
    "web.set_desk_contact": WORKING,
    "web.cases": LOOKING,
    "web.close_case": WORKING,
    "web.documents": LOOKING,
    "web.document": LOOKING,
    # custody
    "api.list_routes": LOOKING,
    "api.get_route": LOOKING,
    "api.create_route_link": WORKING,
    "api.revoke_route_link": OVERSEEING,
    "api.create_village_link": WORKING,
    "api.cancel_route": WORKING,
    "api.count_in_route": WORKING,
    "api.list_shipments": LOOKING,
    "api.counter_manifest": LOOKING,
    "api.hand_over_shipments": WORKING,
    "api.book_shipment": WORKING,
    "api.cancel_shipment": WORKING,
    "api.count_in_shipment": WORKING,
    "api.proof_photo": LOOKING,
    "api.proof_signature": LOOKING,
    "api.list_cases": LOOKING,
    "api.decide_case": OVERSEEING,
    "callbacks.receive_callback": PUBLIC,
    "callbacks.greet_whatsapp": PUBLIC,
    "callbacks.receive_whatsapp": PUBLIC,
    "web.robots": PUBLIC,
    "web.courier_link": PUBLIC,
    "web.start_courier": PUBLIC,
    "web.courier_route": COURIER,
    "web.load_route": COURIER,
    "web.courier_stop": COURIER,
    "web.courier_app": PUBLIC,  # the same empty page for everybody
    "web.courier_worker": PUBLIC,
    "web.courier_manifest": PUBLIC,
    "web.courier_data": COURIER,
    "web.keep_photo": COURIER_LATE,
    "web.record_proofs": COURIER_LATE,
    "web.village_link": PUBLIC,
    "web.start_village": PUBLIC,
    "web.village_batches": VILLAGE,
    "web.village_batch": VILLAGE,
    "web.count_batch": VILLAGE,
    "web.village_receipt": VILLAGE,
    "web.village_document": VILLAGE,
    "web.hand_to_citizen": VILLAGE,
    "web.send_back": VILLAGE,
    "web.remind_citizen": VILLAGE,
    "web.ask_about_document": VILLAGE,
    "web.ask_about_batch": VILLAGE,
    "web.village_back": VILLAGE,
    "web.give_to_courier": VILLAGE,
    "web.village_questions": VILLAGE,
    # release policies and what is held by them
    "web.held": LOOKING,
    "web.send_again": WORKING,
    "web.fetched_at_counter": WORKING,
    "web.withdraw": OVERSEEING,
    "web.policies": STAFF,
    "web.decide_policy": ARRANGING,
    "api.list_policies": STAFF,
    "api.decide_policy": ARRANGING,
    # messages to citizens
    "web.messages": LOOKING,
    "web.messages_by_hand": WORKING,
    "web.by_hand_live": WORKING,
    "web.open_by_hand": WORKING,
    "web.send_message_again": WORKING,
    "web.opt_out": WORKING,
    "web.message_settings_page": ARRANGING,
    "web.change_message_settings": ARRANGING,
    # money
    "web.tariff_page": STAFF,
    "web.change_tariff": ARRANGING,
    "api.list_tariffs": STAFF,
    "api.decide_tariff": ARRANGING,
    # jemput bola
    "web.outreaches": LOOKING,
    "web.plan_outreach": WORKING,
    "web.outreach": LOOKING,
    "web.reserve_outreach": WORKING,
    "web.cancel_outreach": WORKING,
    "web.depart_outreach": WORKING,
    "web.hand_at_outreach": WORKING,
    "web.not_handed_at_outreach": WORKING,
    "web.count_in_outreach": WORKING,
    "web.complete_outreach": WORKING,
    "web.tell_contact": WORKING,
    "web.set_village_contact": WORKING,
    "web.add_service_vehicle": WORKING,
    "web.village_outreaches": VILLAGE,
    "web.confirm_outreach": VILLAGE,
    # calendar and capacity
    "web.calendar_month": STAFF,
    "web.change_days": ARRANGING,
    "web.change_hours": ARRANGING,
    "web.correct_ramadan": ARRANGING,
    "api.get_month": STAFF,
    "web.capacity": LOOKING,
    "web.begin_print_run": WORKING,
    "web.end_print_run": WORKING,
    "web.change_printer": ARRANGING,
    "web.change_blanks": WORKING,
    "web.change_quota": ARRANGING,
    "web.grant_urgent": OVERSEEING,
    "web.promises_moved": LOOKING,
    "web.promises_told": WORKING,
    "web.backlog": LOOKING,
    "web.request_backlog": WORKING,
    "web.backlog_plan": LOOKING,
    "web.backlog_live": LOOKING,
    "api.get_capacity": LOOKING,
    "api.record_cards": _and_client(WORKING, "documents:write"),
    "api.add_printer": ARRANGING,
    "api.set_printer": WORKING,
    "api.receive_blanks": WORKING,
    "api.announce_blanks": WORKING,
    "api.call_off_blanks": WORKING,
    "api.count_blanks": OVERSEEING,
    "api.send_blanks": WORKING,
    "api.count_transfer": WORKING,
    "api.begin_print_run": WORKING,
    "api.get_print_run": LOOKING,
    "api.end_print_run": WORKING,
    "api.list_promises": LOOKING,
    "api.tell_promises": WORKING,
    "api.request_backlog_plan": WORKING,
    "api.list_backlog_plans": LOOKING,
    "api.get_backlog_plan": LOOKING,
    "api.list_quotas": STAFF,
    "api.decide_quota": ARRANGING,
    "api.book_numbers": _and_client(WORKING, "documents:write"),
    "api.list_numbers": _and_client(LOOKING, "documents:read"),
    "api.came": _and_client(WORKING, "documents:write"),
    "api.cancel_number": _and_client(WORKING, "documents:write"),
    "api.grant_urgent": OVERSEEING,
    "api.list_grants": LOOKING,
    "api.change_days": ARRANGING,
    "api.change_hours": ARRANGING,
    "api.correct_ramadan": ARRANGING,
    "web.budget_page": STAFF,
    "web.open_budget_line": ARRANGING,
    "web.change_ceiling": ARRANGING,
    "web.cost_page": LOOKING,
    "api.get_budget": STAFF,
    "api.create_budget_line": ARRANGING,
    "api.set_budget_ceiling": ARRANGING,
    "api.list_ledger": STAFF,
    "api.ledger_file": STAFF,
    "api.compare_costs": LOOKING,
    # intake
    "api.create_documents": _and_client(WORKING, "documents:write"),
    "api.get_document": _and_client(LOOKING, "documents:read"),
    "api.list_documents": _and_client(LOOKING, "documents:read"),
    "api.create_import": _and_client(WORKING, "documents:write"),
    "api.list_imports": _and_client(LOOKING, "documents:read"),
    "api.import_template": _and_client(LOOKING, "documents:read", "documents:write"),
    "api.get_import": _and_client(LOOKING, "documents:read", "documents:write"),
    "api.import_rows": _and_client(LOOKING, "documents:read", "documents:write"),
    "api.import_rows_csv": _and_client(LOOKING, "documents:read", "documents:write"),
    "api.list_reviews": LOOKING,
    "api.decide_review": WORKING,
    # batches and plans
    "api.release_batches": WORKING,
    "api.list_batches": LOOKING,
    "api.get_batch": LOOKING,
    "api.dissolve_batch": WORKING,
    "api.create_plan": WORKING,
    "api.list_plans": LOOKING,
    "api.get_plan": LOOKING,
    "api.stop_plan": WORKING,
    "api.retry_plan": WORKING,
    "api.approve_plan": WORKING,
    "api.discard_plan": WORKING,
    "api.edit_plan": WORKING,
    "api.undo_plan_edit": WORKING,
    "api.list_plan_edits": LOOKING,
    # papers
    "web.paper_register": LOOKING,
    "web.plan_papers_page": LOOKING,
    "web.plan_papers_live": LOOKING,
    "web.print_plan": WORKING,
    "web.print_bast": WORKING,
    "web.print_card_record": WORKING,
    "web.paper_settings_page": ARRANGING,
    "web.change_paper_settings": ARRANGING,
    "web.check_paper": PUBLIC,  # a throttled look at one number; nothing of a person is there
    "api.print_plan": WORKING,
    "api.get_plan_papers": LOOKING,
    "api.plan_papers_file": LOOKING,
    "api.print_bast": WORKING,
    "api.get_bast": LOOKING,
    "api.bast_file": LOOKING,
    "api.batch_label_file": LOOKING,
    "api.batch_receipts_file": LOOKING,
    "api.route_manifest_file": LOOKING,
    "api.route_labels_file": LOOKING,
    "api.print_card_record": WORKING,
    "api.card_record_file": LOOKING,
    "api.document_proof": _and_client(LOOKING, "documents:read"),
    "api.document_proof_file": _and_client(LOOKING, "documents:read"),
    "web.plan_map": LOOKING,
    "web.export_plan_map": LOOKING,
    "web.map_library": PUBLIC,
    "web.maps": LOOKING,
    "web.village_map": LOOKING,
    "web.export_village_map": LOOKING,
    # reports
    "web.month_report": LOOKING,
    "web.report": LOOKING,
    "api.list_reports": LOOKING,
    "api.get_report": LOOKING,
    "api.report_file": LOOKING,
}
