"""The service as a child process, against real servers."""
