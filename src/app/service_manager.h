#pragma once

namespace understudy::app {

/// Tells systemd how the service is doing ("READY=1", "RELOADING=1", "STOPPING=1"; sd_notify(3)). Without one
/// that wants to know nothing happens, and libsystemd, with the compression and cryptography libraries behind
/// it, is not even loaded: a process that faces the network shall carry no more code than it needs.
void notify_service_manager(const char* state);

}  // namespace understudy::app
