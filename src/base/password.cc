#include "base/password.h"

#include <cstdlib>
#include <memory>

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/crypto.h"

namespace understudy {
namespace {

struct Freed {
  void operator()(char* text) const { std::free(text); }  // NOLINT: crypt_gensalt_ra gives malloc's memory
};

bool can_be_password(std::string_view text) {
  return !text.empty() && text.size() <= kMostPassword && text.find('\0') == std::string_view::npos;
}

/// Empty where libcrypt can't.
std::string run_crypt(std::string_view password, const char* setting) {
  // 32 KiB, which held the password in the end.
  const auto work = std::make_unique<crypt_data>();
  std::string text(password);
  const char* made = ::crypt_r(text.c_str(), setting, work.get());
  // A failure begins with "*", which no hash does.
  std::string hash = made == nullptr || *made == '*' ? std::string() : std::string(made);
  wipe(text);
  ::OPENSSL_cleanse(work.get(), sizeof(crypt_data));
  return hash;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  if (password.empty()) return Error{"the password is empty"};
  if (!can_be_password(password))
    return Error{fmt::format("expected a password of at most {} bytes, without a NUL", kMostPassword)};
  const std::unique_ptr<char, Freed> setting(::crypt_gensalt_ra("$y$", 0, nullptr, 0));
  std::string hash = setting == nullptr ? std::string() : run_crypt(password, setting.get());
  if (hash.empty()) return Error{"libcrypt has no yescrypt"};
  return {boost::system::in_place_value, std::move(hash)};
}

bool check_password(std::string_view password, const std::string& hash) {
  if (!can_be_password(password) || hash.empty()) return false;
  const std::string made = run_crypt(password, hash.c_str());
  return !made.empty() && equal_constant_time(made, hash);
}

}  // namespace understudy
