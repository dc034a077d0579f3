# Unit tests of src/flow.
