conf_sources =
