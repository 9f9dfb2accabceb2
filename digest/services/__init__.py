"""The use cases, one file each, with the interfaces that they need of storage and senders."""
