# Tests that stop the program at each system call of the spool.
