"""Values, readers, clients and clocks that several test modules use."""
