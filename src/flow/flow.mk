flow_sources =
