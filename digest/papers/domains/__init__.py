"""Domains: the taxonomy an operator edits, the words people use for it, and the domains of a paper."""

from digest.papers.domains.lexicon import OTHER, Domain
from digest.papers.domains.selection import DomainSelection, UnknownDomain
from digest.papers.domains.taxonomy import Taxonomy, load_taxonomy

__all__ = ["OTHER", "Domain", "DomainSelection", "Taxonomy", "UnknownDomain", "load_taxonomy"]
