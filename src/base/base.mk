base_sources =
