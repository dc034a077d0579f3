#include "flow/queuedir.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/host.h"

int queuedir(const struct account *acc, char **out, struct err *e)
{
	bool ours = getuid() == geteuid() && host_env_ours();
	const char *state = ours ? getenv("XDG_STATE_HOME") : NULL;
	char *home;

	if (acc != NULL && acc->queue_dir != NULL && acc->queue_dir[0] != '\0') {
		*out = xstrdup(acc->queue_dir);
		return 0;
	}
	if (state != NULL && state[0] == '/') {
		*out = xasprintf("%s/ostler/queue", state);
		return 0;
	}
	if (geteuid() == 0) {
		*out = xstrdup(LOCALSTATEDIR "/spool/ostler");
		return 0;
	}
	home = host_home(ours);
	if (home == NULL)
		return err_set(e, ERR_CONFIG, "no place for a queue: the user has "
			       "no home; set 'queue_dir'");
	*out = xasprintf("%s/.local/state/ostler/queue", home);
	free(home);
	return 0;
}
