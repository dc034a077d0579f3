# Fuzz targets of src/flow; tests.mk says how to write one.
