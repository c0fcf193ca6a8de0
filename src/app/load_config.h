#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/reader.h"
#include "model/locale.h"
#include "net/tls.h"

namespace understudy::app {

/// A configuration with what it names outside itself.
struct LoadedConfig {
  config::ReadResult read;
  std::shared_ptr<const net::TlsIdentity> identity;  ///< null: no tls: listener
};

/// Reads the file, or the built-in demonstration where none is given, with the environment's
/// variables over it, and the certificate. Every problem is in `read.problems`.
[[nodiscard]] LoadedConfig load_config(const std::optional<std::string>& file, const model::Locales& locales);

}  // namespace understudy::app
