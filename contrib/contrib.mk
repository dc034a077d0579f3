# Contributed files.
