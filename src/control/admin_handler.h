#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "control/api.h"
#include "control/response.h"
#include "http/handler.h"

namespace understudy::control {

/// Answers on the admin listener: the API, metrics and health. Threads: the control thread.
class AdminHandler final : public http::Handler {
 public:
  struct Parts {
    const Clock& clock;
    Api& api;
    std::function<std::string()> metrics;      ///< rendered at the moment it is called
    std::function<std::string_view()> health;  ///< "ok" or "degraded"
  };
  explicit AdminHandler(Parts parts);

  [[nodiscard]] std::uint64_t wants_body(const http::Request& request) const override;
  void answer(const http::Request& request, http::Reply& reply) override;
  void refuse(http::Fault fault, const http::Request& partial, http::Reply& reply) override;
  void connection_opened() override {}
  void connection_closed() override {}

 private:
  [[nodiscard]] Response respond(const http::Request& request);

  const Parts parts_;
};

}  // namespace understudy::control
