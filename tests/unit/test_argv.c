/* The command line, in both grammars. */
#include "unit/callers.h"
#include "unit/rcread.h"

#include "base/ascii.h"
#include "conf/argv.h"
#include "conf/cli.h"

#define WORDS 64

static const char *const modes[] = {
	[MODE_SEND] = "send", [MODE_NONE] = "none", [MODE_SERVERINFO] = "serverinfo",
	[MODE_RMQS] = "rmqs", [MODE_CONFIGURE] = "configure",
	[MODE_PRINT_CONFIG] = "print-config", [MODE_BS] = "bs", [MODE_BP] = "bp",
	[MODE_BPCOUNT] = "bP", [MODE_BI] = "bi", [MODE_BV] = "bv",
	[MODE_QUEUE] = "q", [MODE_HANDS] = "hands", [MODE_SILENT] = "silent",
};

static void say(struct buf *b, const char *key, const char *value)
{
	if (value != NULL)
		buf_addf(b, " %s<%s>", key, value);
}

/* What R asks for, in the words of the tables below. */
static const char *asks(const struct argv_result *r)
{
	static char out[4096];
	struct buf b = BUF_INIT(sizeof out - 1);
	static const char deliveries[] = "-ibq", errmodes[] = "pmweq";

	buf_adds(&b, modes[r->mode]);
	if (r->version)
		buf_adds(&b, " version");
	if (r->help)
		buf_adds(&b, " help");
	if (r->pretend)
		buf_adds(&b, " P");
	if (r->debug)
		buf_adds(&b, " d");
	if (r->show_secrets)
		buf_adds(&b, " show");
	if (r->json)
		buf_adds(&b, " json");
	if (r->lmtp)
		buf_adds(&b, " lmtp");
	if (r->read_recipients)
		buf_adds(&b, " t");
	if (r->read_envelope_from)
		buf_adds(&b, " ref");
	if (r->verbose)
		buf_adds(&b, " v");
	if (r->delivery != DELIVERY_DEFAULT)
		buf_addf(&b, " od%c", deliveries[r->delivery]);
	if (r->errmode != ERRMODE_PRINT)
		buf_addf(&b, " oe%c", errmodes[r->errmode]);
	say(&b, "f", r->from);
	for (size_t i = 0; i < opts_n; i++) {
		char name[OPT_NAME_MAX], *value;

		if (!account_isset(&r->over, i))
			continue;
		assert_null(r->over.origin[i].file);
		snprintf(name, sizeof name, "%c", opts[i].letter);
		value = value_of(&r->over, opts[i].key);
		say(&b, opts[i].letter == 0 ? opts[i].key : name, value);
		free(value);
	}
	say(&b, "a", r->account);
	say(&b, "C", r->rcfile);
	say(&b, "rmqs", r->rmqs);
	say(&b, "configure", r->configure);
	say(&b, "V", r->envid);
	say(&b, "L", r->syslog_tag);
	say(&b, "q", r->queue_run);
	if (r->queue_interval > 0)
		buf_addf(&b, " %us", r->queue_interval);
	for (int i = 0; i < r->nwords; i++)
		buf_addf(&b, " %s", r->words[i]);
	for (size_t i = 0; i < r->rcpt.n; i++)
		buf_addf(&b, " <%s>", r->rcpt.v[i]);
	snprintf(out, sizeof out, "%s", buf_str(&b));
	buf_free(&b);
	return out;
}

/*
 * Parse the N words and compare: EXPECT is what is asked, or, behind "!",
 * words of the message of a usage error.
 */
static void check(const char *what, char *const *argv, int n, bool posix,
		  const char *expect)
{
	struct argv_host host = { .posixly_correct = posix, .home = "/home/al" };
	struct argv_result r;
	struct err e = ERR_INIT;
	int ret = argv_parse(n, argv, &host, &r, &e);

	if (expect[0] == '!') {
		if (ret == 0)
			fail_msg("%s: accepted as '%s'", what, asks(&r));
		assert_int_equal(e.kind, ERR_USAGE);
		if (strstr(e.text, expect + 1) == NULL)
			fail_msg("%s: says '%s'", what, e.text);
	} else if (ret < 0) {
		fail_msg("%s: refused: %s", what, e.text);
	} else if (strcmp(asks(&r), expect) != 0) {
		fail_msg("%s: asks '%s', not '%s'", what, asks(&r), expect);
	}
	argv_clear(&r);
}

/* Words are separated by single blanks; "" is an empty word, "_" in a word a
 * blank. */
static void check_line(const char *line, bool posix, const char *expect)
{
	char *copy = xstrdup(line), *argv[WORDS], *p = copy;
	int n = 0;

	while (p != NULL) {
		char *word = strsep(&p, " ");

		if (strcmp(word, "\"\"") == 0)
			*word = '\0';
		for (char *c = word; *c != '\0'; c++)
			if (*c == '_')
				*c = ' ';
		assert_true(n < WORDS);
		argv[n++] = word;
	}
	check(line, argv, n, posix, expect);
	free(copy);
}

static void test_callers(void **state)
{
	size_t n = sizeof callers / sizeof callers[0];

	(void)state;
	assert_int_equal(n, 100);
	for (size_t i = 0; i < n; i++) {
		char *argv[16];
		int words = 0;

		while (words < 16 && callers[i].argv[words] != NULL) {
			argv[words] = xstrdup(callers[i].argv[words]);
			words++;
		}
		check(callers[i].name, argv, words, false,
		      strcmp(callers[i].asks, "-") == 0 ? "!-F needs a value" :
		      callers[i].asks);
		while (words > 0)
			free(argv[--words]);
	}
}

struct row {
	const char *line, *expect;
};

static const struct row msmtp_rows[] = {
	{ "msmtp", "!no recipients" },
	{ "/usr/bin/msmtp a@b", "send <a@b>" },
	{ "msmtp -", "send <->" },
	{ "msmtp \"\"", "send <>" },
	/* options and recipients mixed */
	{ "msmtp a@b -t c@d", "send t <a@b> <c@d>" },
	{ "msmtp a@b -- -t", "send <a@b> <-t>" },
	{ "msmtp -- -t", "send <-t>" },
	{ "msmtp -- a --", "send <a> <-->" },
	/* clusters, glued and separate values */
	{ "msmtp -vt", "send d t" },
	{ "msmtp -tf a@b", "send t f<a@b>" },
	{ "msmtp -tfa@b", "send t f<a@b>" },
	{ "msmtp -t -f a@b", "send t f<a@b>" },
	{ "msmtp -t -fa@b", "send t f<a@b>" },
	{ "msmtp -t --from=a@b", "send t f<a@b>" },
	{ "msmtp -t --from a@b", "send t f<a@b>" },
	{ "msmtp -t -f \"\"", "send t f<>" },
	{ "msmtp -t -f <>", "send t f<>" },
	{ "msmtp -t --from=", "send t f<>" },
	{ "msmtp -t -f <a@b>", "send t f<a@b>" },
	{ "msmtp -t -f a@b_-X_/etc/x", "send t f<a@b -X /etc/x>" },
	{ "msmtp -t -f a@b -f c@d", "send t f<c@d>" },
	{ "msmtp -t -f", "!-f needs a value" },
	{ "msmtp -t --from", "!--from needs a value" },
	{ "msmtp -t -f a\nb", "!control character" },
	{ "msmtp -t -F a\r\nb", "!control character" },
	{ "msmtp a@b\nc@d", "!control character" },
	/* beginnings of long names */
	{ "msmtp --serv", "serverinfo" },
	{ "msmtp -t --fro a@b", "send t f<a@b>" },
	{ "msmtp -t --tls-t x", "send t tls_trust_file<x>" },
	{ "msmtp -t --tl", "!ambiguous: --tls, --tls-starttls" },
	{ "msmtp -t --tls", "send t tls<on>" },
	{ "msmtp -t --au", "!ambiguous: --auth" },
	{ "msmtp -t --auth", "send t auth<on>" },
	{ "msmtp -t --re", "!ambiguous: " },
	{ "msmtp -t --p", "!ambiguous: " },
	{ "msmtp --pre -t", "send P t" },
	{ "msmtp -t --so 1.2.3.4", "!ambiguous: --socket, --source-ip" },
	{ "msmtp -t --sou 1.2.3.4", "send t source_ip<1.2.3.4>" },
	/* our own names do not spoil msmtp's beginnings: deadline, queue ... */
	{ "msmtp -t --de", "send d t" },
	{ "msmtp -t --proto lmtp", "send t protocol<lmtp>" },
	{ "msmtp -t --passworde x", "send t passwordeval<x>" },
	{ "msmtp -t --password x", "send t passwordeval<x>" },
	{ "msmtp -t --sy", "send t syslog<LOG_USER>" },
	{ "msmtp -t --dead 5", "send t deadline<5s>" },
	{ "msmtp -t --queue-l 5d", "send t queue_lifetime<5d>" },
	/* optional values are glued */
	{ "msmtp --auth plain", "send auth<on> <plain>" },
	{ "msmtp -t --auth=plain", "send t auth<plain>" },
	{ "msmtp -t --auth=", "send t auth<on>" },
	{ "msmtp -t --auth=off", "send t auth<off>" },
	{ "msmtp -t --auth=magic", "!--auth: 'magic' is not one of" },
	{ "msmtp -t --tls=", "!--tls: a value is needed" },
	{ "msmtp -t --tls=maybe", "!--tls: 'maybe' is not one of on, off" },
	{ "msmtp -t --syslog=", "!--syslog: a value is needed" },
	{ "msmtp -t --set-from-header=", "!--set-from-header: a value is needed" },
	{ "msmtp -t --tls-trust-file=", "send t tls_trust_file<>" },
	{ "msmtp -t --tls-trust-file ~/x", "send t tls_trust_file</home/al/x>" },
	{ "msmtp -t --socket ~/x", "send t socket<~/x>" },
	{ "msmtp -t --timeout=off", "send t timeout<off>" },
	{ "msmtp -t --timeout=010", "send t timeout<8>" },
	{ "msmtp -t --timeout=0x10", "send t timeout<16>" },
	{ "msmtp -t --timeout=0", "!--timeout" },
	{ "msmtp -t --timeout=", "!--timeout: a value is needed" },
	{ "msmtp -t --timeout=5x", "!--timeout" },
	{ "msmtp -t --connect-timeout=5", "send t timeout<5>" },
	{ "msmtp -t --port=0", "!--port: '0' is not in the range 1 to 65535" },
	{ "msmtp -t --port=65535", "send t port<65535>" },
	{ "msmtp -t --port=65536", "!range 1 to 65535" },
	{ "msmtp -t --domain=", "send t domain<localhost>" },
	{ "msmtp -t --domain=a\r\nb", "!control character" },
	{ "msmtp -t --host=", "!--host: a value is needed" },
	{ "msmtp -t --host=a --host=b", "send t host<b>" },
	{ "msmtp -t --host=a_b", "send t host<a b>" },
	/* no option for these */
	{ "msmtp -t --password=x", "send t passwordeval<x>" },
	{ "msmtp -t --ntlmdomain=x", "!unknown option '--ntlmdomain'" },
	{ "msmtp -t --allow-from-override=on", "!unknown option" },
	{ "msmtp -t --eval=x", "!unknown option" },
	{ "msmtp -t --proxy-password=x", "!unknown option" },
	/* modes */
	{ "msmtp --version", "none version" },
	{ "msmtp --help --version", "none version help" },
	{ "msmtp --help a@b", "none help <a@b>" },
	{ "msmtp --help --bad", "!unknown option '--bad'" },
	{ "msmtp --version --configure=a@b", "configure version configure<a@b>" },
	{ "msmtp --configure a@b c@d", "configure configure<a@b> <c@d>" },
	{ "msmtp -d0.1", "none version" },
	{ "msmtp --debug=0.1", "none version" },
	{ "msmtp -d0.12 -t", "send d t" },
	{ "msmtp -d -t", "send d t" },
	{ "msmtp -d 0.1", "send d <0.1>" },
	{ "msmtp -P", "send P" },
	{ "msmtp -S", "serverinfo" },
	{ "msmtp -S a@b", "!'a@b' is too much" },
	{ "msmtp --rmqs=@d", "rmqs rmqs<@d>" },
	{ "msmtp --rmqs @d a@b", "!'a@b' is too much" },
	{ "msmtp --rmqs=a\nQUIT", "!control character" },
	{ "msmtp -S --rmqs=x", "!exclude one another" },
	{ "msmtp --rmqs=x -S", "!exclude one another" },
	{ "msmtp -t --host=h -a x", "!exclude one another" },
	{ "msmtp -t -a x --host=h", "!exclude one another" },
	{ "msmtp -t --from=a --read-envelope-from", "!exclude one another" },
	{ "msmtp -t --read-envelope-from -f a", "!exclude one another" },
	{ "msmtp -t --read-envelope-from", "send t ref" },
	{ "msmtp --print-config", "print-config" },
	{ "msmtp -t --show-secrets", "send show t" },
	{ "msmtp --json -t", "send json t" },
	{ "msmtp --version=1", "!--version takes no value" },
	{ "msmtp -t -C f --account=x", "send t a<x> C<f>" },
	{ "msmtp -t --file f -a x -a y", "send t a<y> C<f>" },
	/* settings with letters */
	{ "msmtp -t -N failure,delay -R hdrs", "send t N<failure,delay> R<headers>" },
	{ "msmtp -t --dsn-notify=never --dsn-return=full", "send t N<never> R<full>" },
	{ "msmtp -t -N NEVER", "!-N: 'NEVER'" },
	{ "msmtp -t -N off -R off", "send t N<off> R<off>" },
	{ "msmtp -t -X -", "send t X<->" },
	{ "msmtp -t -X~/l", "send t X</home/al/l>" },
	{ "msmtp -t -F Full_Name", "send t F<Full Name>" },
	{ "msmtp -t -F \"\"", "send t F<>" },
	{ "msmtp -t --tls-fingerprint=xx", "!--tls-fingerprint: 'xx'" },
	/* obsolete */
	{ "msmtp -t --keepbcc", "send t remove_bcc_headers<off>" },
	{ "msmtp -t --keepbcc=off", "send t remove_bcc_headers<on>" },
	{ "msmtp -t --add-missing-from-header=on", "send t set_from_header<auto>" },
	{ "msmtp -t --add-missing-date-header=off", "send t set_date_header<off>" },
	{ "msmtp -t --undisclosed-recipients", "send t set_to_header<undisclosed_recipients>" },
	{ "msmtp -t --auto-from --maildomain=d", "send t auto_from<on> maildomain<d>" },
	{ "msmtp -t --tls-force-sslv3=x", "send t tls_force_sslv3<>" },
	{ "msmtp -t --tls-nocertcheck", "!unknown option" },
	/* sendmail's letters, accepted and ignored */
	{ "msmtp -A x -B x -h 3 -L x -O x -o x -b m -G -i -m -n r@x", "send <r@x>" },
	{ "msmtp -oi -oem -odb -bm r@x", "send <r@x>" },
	{ "msmtp -o r@x", "!no recipients" },
	/* and refused */
	{ "msmtp -r a r@x", "!unknown option '-r'" },
	{ "msmtp -U r@x", "!unknown option '-U'" },
	{ "msmtp -q r@x", "!unknown option '-q'" },
	{ "msmtp -p r@x", "!unknown option '-p'" },
	{ "msmtp -s r@x", "!unknown option '-s'" },
	{ "msmtp -V x r@x", "!unknown option '-V'" },
	{ "msmtp -T r@x", "!unknown option '-T'" },
	{ "msmtp -e x r@x", "!unknown option '-e'" },
	{ "msmtp -x r@x", "!unknown option '-x'" },
	{ "msmtp -E r@x", "!unknown option '-E'" },
	{ "msmtp -I r@x", "!unknown option '-I'" },
	{ "msmtp -bs", "!-b: no such mode 's'" },
	{ "msmtp -bd", "!-b: mode 'd' asks for a daemon" },
	{ "msmtp -bp", "!-b: no such mode" },
	{ "msmtp -bi", "!-b: no such mode" },
	{ "msmtp -bv r@x", "!-b: no such mode" },
	{ "msmtp -bt", "!-b: no such mode" },
	{ "msmtp -Z", "!unknown option '-Z'" },
	{ "msmtp -t --hots=x", "!did you mean '--host'?" },
	{ "msmtp -t --set-dat-header", "!did you mean '--set-date-header'?" },
	/* as ostler: the same and a few modes */
	{ "ostler a@b -t", "send t <a@b>" },
	{ "/x/anything a@b", "send <a@b>" },
	{ "ostler -bs --lmtp", "bs lmtp" },
	{ "ostler -bp --json", "bp json" },
	{ "ostler -bP", "bP" },
	{ "ostler -bi", "bi" },
	{ "ostler -bv root", "bv <root>" },
	{ "ostler -bv", "!no addresses" },
	{ "ostler -q", "q q<>" },
	{ "ostler -q15m", "q q<15m> 900s" },
	{ "ostler -q 15m", "!'15m' is too much" },
	{ "ostler -q15x", "!-q: '15x' is no time such as 30s, 15m" },
	{ "ostler -q31d", "!-q: '31d' is no time" },
	{ "ostler -qf", "q q<f>" },
	/* queue, the command */
	{ "ostler queue", "hands" },
	{ "/usr/bin/ostler queue list --json -t", "hands list --json -t" },
	{ "ostler -C rc --debug --json queue list", "hands d json C<rc> list" },
	{ "ostler -t queue list", "!-t does not go with 'queue'" },
	{ "ostler -t --tls=off queue", "!-t does not go with 'queue'" },
	{ "ostler --json --nonsense queue", "!unknown option '--nonsense'" },
	{ "ostler --json --port 0 queue", "!--port" },
	{ "ostler --help queue list", "none help list" },
	{ "ostler -t -- queue", "send t <queue>" },
	{ "ostler you queue", "send <you> <queue>" },
	{ "ostler -a queue you", "send a<queue> <you>" },
	{ "msmtp -C rc queue list", "send C<rc> <queue> <list>" },
	{ "sendmail queue", "send <queue>" },
	{ "other queue", "send <queue>" },
	{ "ostler --rmqs=", "!--rmqs: a value is needed" },
	/* mistakes that would do something else than was meant */
	{ "ostler --password=x a@b", "!there is no --password" },
	{ "ostler --password x a@b", "!use --passwordeval or --passwordfile" },
	{ "ostler --passworde x a@b", "send passwordeval<x> <a@b>" },
	{ "sendmail --password=x a@b", "!there is no --password" },
	{ "ostler --tls on a@b", "!'on' would be a recipient; write --tls=on" },
	{ "ostler a@b --auth plain", "!write --auth=plain" },
	{ "ostler --syslog off -t", "!write --syslog=off" },
	{ "ostler --tls -- on", "send tls<on> <on>" },
	{ "ostler --tls -t on", "send t tls<on> <on>" },
	{ "ostler --tls one@x on", "send tls<on> <one@x> <on>" },
	{ "ostler --host h on", "send host<h> <on>" },
	{ "ostler -odq a@b", "send odq <a@b>" },
	{ "ostler -ov a@b", "send d <a@b>" },
	{ "ostler -L tag a@b", "send L<tag> <a@b>" },
	{ "ostler -oeq a@b", "send oeq <a@b>" },
	{ "ostler -bt", "!no such mode" },
	{ "ostler -r a b", "!unknown option '-r'" },
	{ "ostler --auth-cleartext=on --pipelining=full -t",
	  "send t auth_cleartext<on> pipelining<full>" },
};

static const struct row sendmail_rows[] = {
	{ "sendmail", "!no recipients" },
	{ "sendmail -t", "send t" },
	{ "sendmail -ti", "send t" },
	{ "sendmail -it", "send t" },
	{ "sendmail -tvif a", "send t v f<a>" },
	/* no permutation: what follows a recipient is one */
	{ "sendmail a@b -t", "send <a@b> <-t>" },
	{ "sendmail a@b -X/etc/x", "send <a@b> <-X/etc/x>" },
	{ "sendmail a@b -- c@d", "send <a@b> <--> <c@d>" },
	{ "sendmail -- -t", "send <-t>" },
	{ "sendmail - a", "send <-> <a>" },
	{ "sendmail -i \"\" a", "send <> <a>" },
	/* null sender and other senders */
	{ "sendmail -f \"\" a", "send f<> <a>" },
	{ "sendmail -f <> a", "send f<> <a>" },
	{ "sendmail -f<> a", "send f<> <a>" },
	{ "sendmail -f <s@x> a", "send f<s@x> <a>" },
	{ "sendmail -r s@x a", "send f<s@x> <a>" },
	{ "sendmail -rs@x a", "send f<s@x> <a>" },
	{ "sendmail -f s@x -f t@x a", "send f<t@x> <a>" },
	{ "sendmail -f", "!-f needs a value" },
	{ "sendmail -F", "!-F needs a value" },
	{ "sendmail -t -F \"N\"", "send t F<N>" },
	{ "sendmail -t -F N_", "send t F<N>" },
	{ "sendmail -t -F \"\"", "send t F<>" },
	{ "sendmail -t -f a\r\nRCPT", "!control character" },
	/* -o, -O, -e */
	{ "sendmail -oi a", "send <a>" },
	{ "sendmail -oitrue a", "send <a>" },
	{ "sendmail -oifalse a", "send <a>" },
	{ "sendmail -OIgnoreDots=true a", "send <a>" },
	{ "sendmail -O ignoredots=TRUE a", "send <a>" },
	{ "sendmail -oem -oi a", "send oem <a>" },
	{ "sendmail -oeq a", "send oeq <a>" },
	{ "sendmail -oep a", "send <a>" },
	{ "sendmail -eq a", "send oeq <a>" },
	{ "sendmail -e m a", "send oem <a>" },
	{ "sendmail -OErrorMode=quiet a", "send oeq <a>" },
	{ "sendmail -oee a", "send oee <a>" },
	{ "sendmail -oew a", "send oew <a>" },
	{ "sendmail -odi a", "send odi <a>" },
	{ "sendmail -odf a", "send odi <a>" },
	{ "sendmail -odb a", "send odb <a>" },
	{ "sendmail -odq a", "send odq <a>" },
	{ "sendmail -odd a", "send odq <a>" },
	{ "sendmail -ODeliveryMode=queueonly a", "send odq <a>" },
	{ "sendmail -O DeliveryMode=b a", "send odb <a>" },
	{ "sendmail -OQueueDirectory=/tmp a", "send <a>" },
	{ "sendmail -O x a", "send <a>" },
	{ "sendmail -om -oo -os -oA/etc/aliases -oQ/q -o7 -o8 a", "send <a>" },
	{ "sendmail -oX /tmp/x a", "send </tmp/x> <a>" },
	{ "sendmail -o i a", "send <a>" },
	{ "sendmail -ov a", "send v <a>" },
	{ "sendmail -v -v a", "send v <a>" },
	{ "sendmail -vv a", "send v <a>" },
	/* modes */
	{ "sendmail -bm a", "send <a>" },
	{ "sendmail -b m a", "send <a>" },
	{ "sendmail -bs", "bs" },
	{ "sendmail -bs -odb -odi -oem -om a", "bs odi oem <a>" },
	{ "sendmail -bs --lmtp", "bs lmtp" },
	{ "sendmail -bp", "bp" },
	{ "sendmail -bP", "bP" },
	{ "sendmail -bi", "bi" },
	{ "sendmail -I", "bi" },
	{ "sendmail -bv a b", "bv <a> <b>" },
	{ "sendmail -bv", "!no addresses" },
	{ "sendmail -bh", "silent" },
	{ "sendmail -bH", "silent" },
	{ "sendmail -bt", "!-bt" },
	{ "sendmail -d0.1 -bt", "none version" },
	{ "sendmail -bt -d0.1", "none version" },
	{ "sendmail -d0.1", "none version" },
	{ "sendmail -d a", "send <a>" },
	{ "sendmail -d9.1 a", "send <a>" },
	{ "sendmail -bd", "!-b: mode 'd' asks for a daemon" },
	{ "sendmail -bd -q15m", "!daemon" },
	{ "sendmail -bD", "!daemon" },
	{ "sendmail -bl", "!daemon" },
	{ "sendmail -ba", "!no such mode 'a'" },
	{ "sendmail -bC", "!no such mode 'C'" },
	{ "sendmail -bS", "!no such mode 'S'" },
	{ "sendmail -bx", "!no such mode 'x'" },
	{ "sendmail -b", "!-b needs a value" },
	/* the queue */
	{ "sendmail -q", "q q<>" },
	{ "sendmail -q30m", "q q<30m> 1800s" },
	{ "sendmail -q15", "q q<15> 900s" },
	{ "sendmail -q1h30m", "q q<1h30m> 5400s" },
	{ "sendmail -qp5m", "q q<p5m> 300s" },
	{ "sendmail -qf", "q q<f>" },
	{ "sendmail -qRexample.org", "q q<Rexample.org>" },
	{ "sendmail -q!Rexample.org", "q q<!Rexample.org>" },
	{ "sendmail -qSx -qIy", "q q<Iy>" },
	{ "sendmail -q31d", "q q<31d>" },
	{ "sendmail -q29d23h", "q q<29d23h> 2588400s" },
	{ "sendmail -q20d20d", "q q<20d20d>" },
	{ "sendmail -q99999999d", "q q<99999999d>" },
	{ "sendmail -v -q", "q v q<>" },
	{ "sendmail -q a", "!'a' is too much" },
	{ "mailq", "bp" },
	{ "/usr/bin/mailq -v", "bp v" },
	{ "mailq -Ac", "bp" },
	{ "mailq x", "bp <x>" },
	{ "mailq --json", "bp json" },
	{ "mailq -q", "q q<>" },
	{ "newaliases", "bi" },
	{ "newaliases -v", "bi v" },
	/* delivery notices */
	{ "sendmail -N failure,delay a", "send N<failure,delay> <a>" },
	{ "sendmail -N FAILURE,Success a", "send N<failure,success> <a>" },
	{ "sendmail -Nnever a", "send N<never> <a>" },
	{ "sendmail -N never,delay a", "!-N" },
	{ "sendmail -N sometimes a", "!-N: 'sometimes'" },
	{ "sendmail -R hdrs a", "send R<headers> <a>" },
	{ "sendmail -R FULL a", "send R<full> <a>" },
	{ "sendmail -R body a", "!-R: 'body'" },
	{ "sendmail -V id1 a", "send V<id1> <a>" },
	{ "sendmail -Vid1 a", "send V<id1> <a>" },
	{ "sendmail -V caf\xc3\xa9 a", "!printable ASCII" },
	{ "sendmail -V a\nb a", "!printable ASCII" },
	/* the rest of the union */
	{ "sendmail -h 17 a", "send <a>" },
	{ "sendmail -hx a", "send <a>" },
	{ "sendmail -B 8BITMIME -B7bit a", "send <a>" },
	{ "sendmail -A c -Am -G -n -x -c -s -T -m a", "send <a>" },
	{ "sendmail -U a", "send <a>" },
	{ "sendmail -E a", "send <a>" },
	{ "sendmail -Ex a", "send <a>" },
	{ "sendmail -J a", "send <a>" },
	{ "sendmail -D f -M id -p SMTP:host -pESMTP a", "send <a>" },
	{ "sendmail -Q a", "send <a>" },
	{ "sendmail -Qreason a", "send <a>" },
	{ "sendmail -C f -X l a", "send X<l> C<f> <a>" },
	{ "sendmail -Ltag a", "send L<tag> <a>" },
	{ "sendmail -L aaaaaaaaaabbbbbbbbbbccccccccccdddd a",
	  "send L<aaaaaaaaaabbbbbbbbbbccccccccccdd> <a>" },
	{ "sendmail -L a\x1b[1mb a", "send L<a?[1mb> <a>" },
	{ "sendmail -a work -i a", "send a<work> <a>" },
	{ "sendmail -P a", "send P <a>" },
	{ "sendmail -S", "serverinfo" },
	{ "sendmail -Z a", "!unknown option '-Z'" },
	{ "sendmail -W x a", "!unknown option '-W'" },
	/* long words of ours */
	{ "sendmail --help", "none help" },
	{ "sendmail --version", "none version" },
	{ "sendmail --read-recipients --tls=off", "send t tls<off>" },
	{ "sendmail --debug a", "send d <a>" },
	{ "sendmail --queue=only a", "send queue<only> <a>" },
	{ "sendmail --nothing a", "!unknown option '--nothing'" },
	{ "sendmail a\nb", "!control character" },
};

static void test_msmtp(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof msmtp_rows / sizeof msmtp_rows[0]; i++)
		check_line(msmtp_rows[i].line, false, msmtp_rows[i].expect);
}

static void test_sendmail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sendmail_rows / sizeof sendmail_rows[0]; i++)
		check_line(sendmail_rows[i].line, false, sendmail_rows[i].expect);
}

/* POSIXLY_CORRECT stops msmtp's grammar at the first other word, too. */
static void test_posix(void **state)
{
	(void)state;
	check_line("msmtp a -t", true, "send <a> <-t>");
	check_line("msmtp -t a -v", true, "send t <a> <-v>");
	check_line("msmtp -t --auth plain -v", true, "send t auth<on> <plain> <-v>");
	check_line("sendmail a -t", true, "send <a> <-t>");
}

/* "_" stands for a blank above, so what holds one is tried here. */
static void test_literal(void **state)
{
	char *syslog[] = { (char *)"msmtp", (char *)"-t", (char *)"--syslog=LOG_MAIL" };
	char *name[] = { (char *)"sendmail", (char *)"-t", (char *)"-F",
			 (char *)" \"A B\" " };
	char *none[] = { NULL };

	(void)state;
	check("syslog", syslog, 3, false, "send t syslog<LOG_MAIL>");
	check("name", name, 4, false, "send t F<A B>");
	check("argc 0", none, 0, false, "!no recipients");
}

static void test_long_values(void **state)
{
	size_t n = 100000;
	char *addr = xmalloc(n + 1);
	char *argv[] = { (char *)"msmtp", (char *)"-f", addr, addr };
	struct argv_host host = { .home = NULL };
	struct argv_result r;
	struct err e = ERR_INIT;

	(void)state;
	memset(addr, 'a', n);
	addr[n] = '\0';
	assert_int_equal(argv_parse(4, argv, &host, &r, &e), 0);
	assert_int_equal(strlen(r.from), n);
	assert_int_equal(strlen(r.rcpt.v[0]), n);
	argv_clear(&r);
	addr[0] = addr[1] = '-';
	assert_int_equal(argv_parse(4, argv, &host, &r, &e), -1);
	argv_clear(&r);
	addr[1] = 'V';
	argv[0] = (char *)"sendmail";
	argv[1] = addr;
	assert_int_equal(argv_parse(4, argv, &host, &r, &e), -1);
	argv_clear(&r);
	free(addr);
}

/* Every long option of the account table reaches its row. */
static void test_every_row(void **state)
{
	struct argv_host host = { .home = "/h" };

	(void)state;
	for (size_t i = 0; i < opts_n; i++) {
		const struct opt *o = &opts[i];
		char name[OPT_NAME_MAX], word[512], *argv[3];
		const char *value = o->words != NULL ? o->words[0].word :
			o->type == OPT_PINS ? "00112233445566778899aabbccddeeff" :
			strcmp(o->key, "source_ip") == 0 ? "::1" :
			strcmp(o->key, "retry") == 0 ? "5m" : "99";
		struct argv_result r;
		struct err e = ERR_INIT;

		if (!(o->where & OPT_LONG) || o->letter == 'f')
			continue;
		opt_long_name(o, name);
		snprintf(word, sizeof word, "--%s=%s", name, value);
		argv[0] = (char *)"ostler";
		argv[1] = word;
		argv[2] = (char *)"-t";
		if (argv_parse(3, argv, &host, &r, &e) < 0)
			fail_msg("%s: %s", word, e.text);
		if (!account_isset(&r.over, opt_index(o)))
			fail_msg("%s sets nothing", word);
		assert_int_equal(r.over.origin[opt_index(o)].line, 1);
		argv_clear(&r);
	}
}

/* No letter has two meanings for one face, and names are unique. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < cliopts_n; i++) {
		const struct cliopt *c = &cliopts[i];

		assert_true(c->letter != 0 || c->name != NULL);
		assert_true(c->faces != 0);
		assert_true((c->arg == CLI_NONE) == (c->metavar == NULL));
		if (c->letter != 0)
			assert_null(opt_by_letter(c->letter));
		if (c->name != NULL)
			assert_null(opt_by_long(c->name));
		for (size_t j = 0; j < i; j++) {
			if (!(cliopts[j].faces & c->faces))
				continue;
			assert_false(c->letter != 0 &&
				     cliopts[j].letter == c->letter);
			assert_false(c->name != NULL && cliopts[j].name != NULL &&
				     strcmp(cliopts[j].name, c->name) == 0);
		}
		for (unsigned face = 1; face < 8; face <<= 1) {
			if (!(c->faces & face))
				continue;
			if (c->letter != 0)
				assert_ptr_equal(cli_by_letter(c->letter, face), c);
			if (c->name != NULL)
				assert_ptr_equal(cli_by_name(c->name, face), c);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_msmtp),
		cmocka_unit_test(test_sendmail),
		cmocka_unit_test(test_posix),
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
