#include "app/service_manager.h"

#include <cstdlib>

#include <dlfcn.h>

namespace understudy::app {

void notify_service_manager(const char* state) {
  if (std::getenv("NOTIFY_SOCKET") == nullptr) return;
  using Notify = int (*)(int, const char*);
  static const auto kNotify = [] {
    void* library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Notify>(::dlsym(library, "sd_notify"));
  }();
  if (kNotify != nullptr) kNotify(0, state);
}

}  // namespace understudy::app
