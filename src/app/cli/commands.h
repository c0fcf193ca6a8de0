#pragma once

#include "app/cli/options.h"

namespace understudy::app::cli {

// The commands that talk to a running server. Each prints what there is to say and returns the exit code:
// 0 done, 1 refused, 2 wrong use.

int run_on(const Options& options);
int run_off(const Options& options);
int run_status(const Options& options);
int run_window_add(const Options& options);
int run_window_list(const Options& options);
int run_window_remove(const Options& options);
int run_window_export(const Options& options);
int run_window_import(const Options& options);
int run_token_create(const Options& options);
int run_token_list(const Options& options);
int run_token_revoke(const Options& options);
int run_audit(const Options& options);
int run_why(const Options& options);
int run_reload(const Options& options);
/// For the shells' completion: names of groups, windows or tokens, one a line. Quiet about errors.
int run_names(const Options& options);

}  // namespace understudy::app::cli
