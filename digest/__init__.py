"""Paper Digest: research papers, by domain, to each reader at their hour."""
