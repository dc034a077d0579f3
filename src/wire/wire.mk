wire_sources =
