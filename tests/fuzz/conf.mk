# Fuzz targets of src/conf; tests.mk says how to write one.
