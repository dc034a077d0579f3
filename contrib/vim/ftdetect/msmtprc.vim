autocmd BufNewFile,BufRead msmtprc,.msmtprc,*/msmtp/config setfiletype msmtprc
