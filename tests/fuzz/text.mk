# Fuzz targets of src/text; tests.mk says how to write one.
