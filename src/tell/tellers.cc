#include "tell/tellers.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "tell/flag_folder.h"
#include "tell/follower.h"
#include "tell/map_file.h"

namespace understudy::tell {
namespace {

/// What one of a proxy's followers is responsible for.
struct Duty {
  std::string key;
  std::string address;  ///< for people
  std::function<Bring()> make;
};

Outcome to_outcome(const Result<void>& done) {
  if (done) return {};
  return Trouble{Trouble::Kind::kRefused, done.error().message};
}

std::string memory_path(const std::string& prefix, const std::string& address) {
  if (prefix.empty()) return {};
  return fmt::format("{}{}", prefix, sha256_hex(address).substr(0, 16));
}

std::vector<Duty> duties_of(const Tellers::Parts& parts, const config::ProxyConfig& proxy) {
  std::vector<Duty> duties;
  if (!proxy.map_file.empty()) {
    duties.push_back({"map " + proxy.map_file, proxy.map_file, [path = proxy.map_file]() -> Bring {
                        return [file = std::make_shared<MapFile>(path)](const config::ProxyConfig&,
                                                                        const Stands& stands) {
                          return to_outcome(file->bring(stands));
                        };
                      }});
  }
  if (!proxy.flag_folder.empty()) {
    duties.push_back({"flags " + proxy.flag_folder, proxy.flag_folder, [path = proxy.flag_folder]() -> Bring {
                        return [folder = std::make_shared<FlagFolder>(path)](const config::ProxyConfig&,
                                                                             const Stands& stands) {
                          return to_outcome(folder->bring(stands));
                        };
                      }});
  }
  for (const ListenAddress& address : proxy.runtime) {
    duties.push_back(
        {"runtime " + address.text, address.text,
         [address, ask = parts.ask, memory = memory_path(parts.memory, address.text)]() -> Bring {
           return [runtime = std::make_shared<Runtime>(ask, address, memory)](
                      const config::ProxyConfig& config, const Stands& stands) {
             return runtime->bring(config, stands);
           };
         }});
  }
  return duties;
}

}  // namespace

Tellers::Tellers(Parts parts, const std::vector<config::ProxyConfig>& proxies)
    : parts_(std::make_shared<Parts>(std::move(parts))) {
  use(proxies, std::nullopt);
}

Tellers::~Tellers() {
  // All are told first, so that the slowest attempt alone is waited for.
  static_cast<void>(stop());
}

void Tellers::use(const std::vector<config::ProxyConfig>& proxies, const std::optional<Stands>& stands) {
  const std::lock_guard lock(mutex_);
  // Under whatever name: nobody is told that all is open because a proxy has come to be called otherwise.
  std::map<std::string, std::unique_ptr<Follower>> before;
  for (Proxy& proxy : std::exchange(proxies_, {})) {
    for (auto& follower : proxy.followers) {
      const std::string key = follower->key();
      before.emplace(key, std::move(follower));
    }
  }
  for (const config::ProxyConfig& config : proxies) {
    Proxy& proxy = proxies_.emplace_back(Proxy{config, {}});
    for (const Duty& duty : duties_of(*parts_, config)) {
      auto known = before.extract(duty.key);
      auto follower = known.empty() ? std::make_unique<Follower>(*parts_, duty.key, duty.address, config,
                                                                 duty.make(), Random(parts_->random.next()))
                                    : std::move(known.mapped());
      follower->use(config, stands);
      proxy.followers.push_back(std::move(follower));
    }
  }
  for (auto& [key, follower] : before) {
    follower->leave();
    retired_.push_back(std::move(follower));
  }
  std::erase_if(retired_, [](const auto& follower) { return follower->is_done(); });
}

void Tellers::tell_all(const Stands& stands) {
  const std::lock_guard lock(mutex_);
  for (const Proxy& proxy : proxies_) {
    for (const auto& follower : proxy.followers) follower->use(proxy.config, stands);
  }
}

void Tellers::tell(const std::string& group, const Stand& stand) {
  const std::lock_guard lock(mutex_);
  for (const Proxy& proxy : proxies_) {
    for (const auto& follower : proxy.followers) follower->tell(group, stand);
  }
}

bool Tellers::has_proxies() const {
  const std::lock_guard lock(mutex_);
  return !proxies_.empty();
}

bool Tellers::stop() {
  const std::lock_guard lock(mutex_);
  bool idle = true;
  const auto end = [&](const std::unique_ptr<Follower>& follower) {
    follower->stop();
    idle = follower->is_idle() && idle;
  };
  for (const Proxy& proxy : proxies_) std::for_each(proxy.followers.begin(), proxy.followers.end(), end);
  std::for_each(retired_.begin(), retired_.end(), end);
  return idle;
}

std::vector<Tellers::State> Tellers::states(std::string_view group) const {
  const std::lock_guard lock(mutex_);
  std::vector<State> out;
  for (const Proxy& proxy : proxies_) {
    const auto& groups = proxy.config.groups;
    if (!group.empty() && !groups.empty() && std::find(groups.begin(), groups.end(), group) == groups.end())
      continue;
    for (const auto& follower : proxy.followers) out.push_back(follower->state());
  }
  return out;
}

}  // namespace understudy::tell
