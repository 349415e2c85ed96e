"""All tables, columns and constraints only; the rules live in the services."""

from dispatch.store.models.batches import Batch, BatchItem
from dispatch.store.models.custody import Attempt, Handover, HandoverLine, LoadCheck, Proof
from dispatch.store.models.desks import DeliveryDefault, Enquiry, OldCardCount, OldCards, Reminder
from dispatch.store.models.documents import Document, Import, ImportRow, Recipient
from dispatch.store.models.ground import ChainHead, Event, ExceptionCase, IdempotencyKey, Job, StoredFile
from dispatch.store.models.leaving import Assignment, Link, PartnerMessage, Shipment
from dispatch.store.models.messages import Announced, Message, MessageSettings, OptOut
from dispatch.store.models.money import BudgetLine, FallbackLadder, LedgerEntry
from dispatch.store.models.offices import CalendarDay, Courier, Depot, Office, PartnerAccount, Rules, Tariff, Village
from dispatch.store.models.outreach import (
    Invitation,
    Outreach,
    OutreachNotice,
    OutreachPlace,
    OutreachVillage,
    PowerOfAttorney,
    ServiceVehicle,
    TourPlan,
    VillageContact,
    VillageWork,
)
from dispatch.store.models.papers import Paper, PaperBundle, PaperRevision, PaperSettings
from dispatch.store.models.people import ApiClient, Login, ThrottleCount, User
from dispatch.store.models.plans import Plan, PlanBatch, Route, Stop, StopBatch
from dispatch.store.models.policies import ReleasePolicy

__all__ = [
    "Announced",
    "ApiClient",
    "Assignment",
    "Attempt",
    "Batch",
    "BatchItem",
    "BudgetLine",
    "CalendarDay",
    "ChainHead",
    "Courier",
    "DeliveryDefault",
    "Depot",
    "Document",
    "Enquiry",
    "Event",
    "ExceptionCase",
    "FallbackLadder",
    "Handover",
    "HandoverLine",
    "IdempotencyKey",
    "Import",
    "ImportRow",
    "Invitation",
    "Job",
    "LedgerEntry",
    "Link",
    "LoadCheck",
    "Login",
    "Message",
    "MessageSettings",
    "Office",
    "OldCardCount",
    "OldCards",
    "OptOut",
    "Outreach",
    "OutreachNotice",
    "OutreachPlace",
    "OutreachVillage",
    "Paper",
    "PaperBundle",
    "PaperRevision",
    "PaperSettings",
    "PartnerAccount",
    "PartnerMessage",
    "Plan",
    "PlanBatch",
    "PowerOfAttorney",
    "Proof",
    "Recipient",
    "ReleasePolicy",
    "Reminder",
    "Route",
    "Rules",
    "ServiceVehicle",
    "Shipment",
    "Stop",
    "StopBatch",
    "StoredFile",
    "Tariff",
    "ThrottleCount",
    "TourPlan",
    "User",
    "Village",
    "VillageContact",
    "VillageWork",
]
