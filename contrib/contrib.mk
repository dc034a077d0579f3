# Contributed files.

# Made from the tables of options, but kept in the tree: "make contrib-files"
# after a change of a table, a test compares.
contrib_files = \
	contrib/completion/_ostler \
	contrib/completion/ostler.bash \
	contrib/completion/ostler.fish \
	contrib/vim/syntax/msmtprc.vim
dist_doc_DATA += msmtprc.example
EXTRA_DIST += contrib/generate $(contrib_files) contrib/vim/ftdetect/msmtprc.vim \
	contrib/systemd/system/ostler-queue-online.service \
	contrib/systemd/system/ostler-queue.path \
	contrib/systemd/system/ostler-queue.service \
	contrib/systemd/system/ostler-queue.timer \
	contrib/systemd/system/ostler-smtp-queue.path \
	contrib/systemd/system/ostler-smtp-queue.service \
	contrib/systemd/system/ostler-smtp-queue.timer \
	contrib/systemd/system/ostler-smtp.socket \
	contrib/systemd/system/ostler-smtp@.service \
	contrib/systemd/user/ostler-queue.path \
	contrib/systemd/user/ostler-queue.service \
	contrib/systemd/user/ostler-queue.timer \
	contrib/cron/ostler contrib/network/50-ostler contrib/network/if-up

contrib-files: tests/check/table$(EXEEXT)
	$(top_srcdir)/contrib/generate tests/check/table$(EXEEXT) $(top_srcdir)/contrib

bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
vimsyntaxdir = $(datadir)/vim/vimfiles/syntax
vimftdetectdir = $(datadir)/vim/vimfiles/ftdetect
zshcomp_DATA = contrib/completion/_ostler
fishcomp_DATA = contrib/completion/ostler.fish
vimsyntax_DATA = contrib/vim/syntax/msmtprc.vim
vimftdetect_DATA = contrib/vim/ftdetect/msmtprc.vim

# bash looks for a completion by the name of the command.
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(bashcompdir)"
	$(INSTALL_DATA) $(srcdir)/contrib/completion/ostler.bash \
		"$(DESTDIR)$(bashcompdir)/ostler"

uninstall-local:
	rm -f "$(DESTDIR)$(bashcompdir)/ostler"

# And so does fish; but who calls msmtp may never call ostler.  With our links it is
# the same program.  A completion that is there already is as good.
msmtp_completions = "$(bashcompdir)/msmtp:ostler" \
	"$(fishcompdir)/msmtp.fish:ostler.fish"

install-msmtp-completions:
	@for l in $(msmtp_completions); do \
		f="$(DESTDIR)$${l%:*}"; \
		test -e "$$f" || test -L "$$f" || { $(MKDIR_P) "$${f%/*}" && \
			$(LN_S) "$${l##*:}" "$$f"; } || exit 1; \
	done

uninstall-msmtp-completions:
	@for l in $(msmtp_completions); do \
		f="$(DESTDIR)$${l%:*}"; \
		test "$$(readlink "$$f")" != "$${l##*:}" || rm -f "$$f" || exit 1; \
	done

.PHONY: contrib-files install-msmtp-completions uninstall-msmtp-completions
