cmd_sources = src/cmd/main.c
