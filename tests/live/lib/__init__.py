"""What the live tests share: a throwaway machine, a real relay in it, its wire.

run.main() is where a test begins; machine.py, relay.py, wire.py, certs.py and
far.py each open with what they promise.
"""
