# Manual pages.
dist_man_MANS += man/ostler.1 man/ostler-queue.1 man/msmtprc.5
