# Fuzz targets of src/wire; tests.mk says how to write one.
