#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/listen_address.h"
#include "base/result.h"

namespace understudy::net {

/// What may be done to the file of a Unix socket.
enum class SocketAccess : std::uint8_t {
  kEverybody,      ///< 0666: answers are public
  kOwnerAndGroup,  ///< 0660; each connection tells whose it is (http::Peer)
};

/// When a connection is handed over.
enum class Handover : std::uint8_t {
  kWithData,  ///< with its first bytes: one wake-up fewer
  kAtOnce,    ///< the other end may wait for us to speak
};

/// A listening socket.
struct Listener {
  FileDescriptor socket;
  bool tls = false;
  bool proxied = false;  ///< each connection begins with a PROXY protocol header
  bool unix_socket = false;
  SocketAccess access = SocketAccess::kEverybody;
  std::string address;  ///< as it really is, the port that the kernel chose included
};

/// Removes a Unix socket's file at the end, so that a proxy sees at once that nobody is there. Leaves
/// it if another server has put its own in its place.
class SocketFile {
 public:
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile();

 private:
  std::string path_;
  std::uint64_t inode_ = 0;
};

/// Opens an address once for each of `workers`: TCP with SO_REUSEPORT, so that the kernel spreads the
/// connections; a Unix socket once, duplicated. A Unix socket's file that nobody listens on any more
/// is replaced. Errors: in use, not permitted, no such folder; they say what to do.
[[nodiscard]] Result<std::vector<Listener>> open_listeners(const ListenAddress& address, std::size_t workers,
                                                           SocketAccess access,
                                                           Handover handover = Handover::kWithData);

}  // namespace understudy::net
