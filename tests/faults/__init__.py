"""The fault campaign: faults made on purpose, and the wire logs of the stand-ins as their judge."""
