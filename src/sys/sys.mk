sys_sources =
