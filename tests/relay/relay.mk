# The bundled relay; test code, never installed.
