"""Domains: the taxonomy an operator edits, the words people use for it, and the domains of a paper."""

from digest.domains.choice import DomainSelection, UnknownDomain
from digest.domains.domain import OTHER, Domain
from digest.domains.taxonomy import Taxonomy, load_taxonomy

__all__ = ["OTHER", "Domain", "DomainSelection", "Taxonomy", "UnknownDomain", "load_taxonomy"]
